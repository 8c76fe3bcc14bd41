with days as (

    select * from {{ ref('int_days_generated') }}

),

final as (

    select
        date_day,
        dayname(date_day) as day_name,
        monthname(date_day) as month_name,
        yearofweekiso(date_day) || '-W' || lpad(weekiso(date_day)::varchar, 2, '0') as iso_week,
        left(to_char(date_day, 'YYYY-MM-DD'), 7) as year_month,
        year(date_day) || '-Q' || quarter(date_day) as year_quarter,
        dayofweekiso(date_day)::integer as day_of_week,
        dayofmonth(date_day)::integer as day_of_month,
        dayofyear(date_day)::integer as day_of_year,
        weekiso(date_day)::integer as iso_week_number,
        yearofweekiso(date_day)::integer as iso_year,
        month(date_day)::integer as month_number,
        quarter(date_day)::integer as quarter_number,
        year(date_day)::integer as year_number,
        dayofmonth(last_day(date_day))::integer as days_in_month,
        dayofweekiso(date_day) >= 6 as is_weekend,
        date_day = last_day(date_day) as is_month_end,
        dateadd('day', 1 - dayofweekiso(date_day), date_day)::date as week_starts_on,
        date_trunc('month', date_day)::date as month_starts_on,
        last_day(date_day) as month_ends_on,
        date_trunc('quarter', date_day)::date as quarter_starts_on,
        date_trunc('year', date_day)::date as year_starts_on
    from days

)

select * from final
