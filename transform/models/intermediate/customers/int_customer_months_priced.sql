{{ config(materialized='table') }}

with periods as (

    select * from {{ ref('int_subscription_periods_priced') }}

),

months as (

    select * from {{ ref('int_months_generated') }}

),

priced as (

    select
        periods.user_id,
        periods.subscription_id,
        periods.country,
        periods.plan_tier,
        iff(
            periods.pays_from <= months.closes_on, periods.reporting_monthly_price, 0
        )::number(18, 2) as mrr,
        periods.pays_from > months.closes_on as is_in_trial,
        months.is_month_over,
        months.month_starts_on,
        months.closes_on
    from periods
    inner join months
        on
            periods.started_on <= months.closes_on
            and (periods.ended_on > months.closes_on or periods.ended_on is null)

)

select * from priced
