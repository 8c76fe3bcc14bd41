with numbers as (

    select row_number() over (order by null) - 1 as day_number
    from table(generator(rowcount => {{ var('calendar_day_count') }}))

),

generated as (

    select dateadd('day', day_number, '{{ var('calendar_first_day') }}'::date) as date_day
    from numbers

)

select * from generated
