with days as (

    select * from {{ ref('int_days_generated') }}

),

as_of as (

    select * from {{ ref('int_data_as_of') }}

),

generated as (

    select
        last_day(days.date_day) <= as_of.complete_on as is_month_over,
        days.date_day as month_starts_on,
        least(last_day(days.date_day), as_of.complete_on) as closes_on
    from days
    inner join as_of
        on days.date_day <= as_of.complete_on
    where dayofmonth(days.date_day) = 1

)

select * from generated
