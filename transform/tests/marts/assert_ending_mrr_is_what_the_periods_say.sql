with revenue as (

    select * from {{ ref('monthly_recurring_revenue') }}

),

periods as (

    select * from {{ ref('fct_subscription_periods') }}

),

as_of as (

    select * from {{ ref('int_data_as_of') }}

),

counted as (

    select
        revenue.month_country_key,
        coalesce(sum(periods.reporting_monthly_price), 0) as counted_mrr,
        count_if(periods.reporting_monthly_price > 0) as counted_customer_count
    from revenue
    cross join as_of
    left join periods
        on
            revenue.country = periods.country
            and periods.pays_from <= least(last_day(revenue.month_starts_on), as_of.complete_on)
            and coalesce(periods.ended_on, '9999-12-31'::date)
            > least(last_day(revenue.month_starts_on), as_of.complete_on)
    group by revenue.month_country_key

)

select
    revenue.*,
    counted.counted_mrr,
    counted.counted_customer_count
from revenue
inner join counted
    on revenue.month_country_key = counted.month_country_key
where
    revenue.ending_mrr != counted.counted_mrr
    or revenue.ending_customer_count != counted.counted_customer_count
