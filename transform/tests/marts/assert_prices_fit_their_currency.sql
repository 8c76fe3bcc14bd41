with periods as (

    select * from {{ ref('int_subscription_periods_priced') }}

),

plans as (

    select * from {{ ref('stg_streaming_app__plans') }}

),

rates as (

    select * from {{ ref('planning_rates') }}

),

compared as (

    select
        periods.subscription_id,
        periods.currency,
        periods.monthly_price,
        periods.reporting_monthly_price,
        round(plans.monthly_price * rates.rate, 2) as reporting_plan_price
    from periods
    inner join plans
        on periods.plan_id = plans.plan_id
    inner join rates
        on plans.currency = rates.currency and periods.started_on >= rates.valid_from
    qualify
        row_number() over (
            partition by periods.subscription_id
            order by rates.valid_from desc
        ) = 1

)

select * from compared
where reporting_monthly_price > reporting_plan_price * {{ var('price_factor_tolerance') }}
