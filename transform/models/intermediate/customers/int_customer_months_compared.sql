{{ config(materialized='table') }}

with paying as (

    select * from {{ ref('int_customer_months_priced') }}
    where mrr > 0

),

months as (

    select * from {{ ref('int_months_generated') }}

),

periods as (

    select * from {{ ref('int_subscription_periods_priced') }}

),

neighboured as (

    select
        *,
        dateadd('month', 1, month_starts_on)::date as following_month,
        lag(month_starts_on) over (
            partition by user_id
            order by month_starts_on
        ) as previous_paid_month,
        lag(mrr) over (
            partition by user_id
            order by month_starts_on
        ) as previous_mrr,
        lead(month_starts_on) over (
            partition by user_id
            order by month_starts_on
        ) as next_paid_month
    from paying

),

kept as (

    select
        user_id,
        country,
        iff(
            previous_paid_month = dateadd('month', -1, month_starts_on), previous_mrr, 0
        ) as starting_mrr,
        mrr as ending_mrr,
        previous_paid_month is null as is_first,
        is_month_over,
        month_starts_on,
        closes_on
    from neighboured

),

lost as (

    -- The month after the last one that was paid, unless it has not come yet.
    select
        neighboured.user_id,
        neighboured.country,
        neighboured.mrr as starting_mrr,
        0 as ending_mrr,
        false as is_first,
        months.is_month_over,
        months.month_starts_on,
        months.closes_on
    from neighboured
    inner join months
        on neighboured.following_month = months.month_starts_on
    where neighboured.next_paid_month is distinct from neighboured.following_month

),

lost_reasons as (

    -- The last subscription the customer had says why; one that runs on brings nothing.
    select
        lost.user_id,
        lost.month_starts_on,
        iff(
            periods.ended_on <= lost.closes_on, periods.end_reason, 'not_paying'
        ) as churn_reason
    from lost
    inner join periods
        on lost.user_id = periods.user_id and lost.closes_on >= periods.started_on
    qualify
        row_number() over (
            partition by lost.user_id, lost.month_starts_on
            order by periods.started_on desc, periods.created_at desc, periods.subscription_id desc
        ) = 1

),

unioned as (

    select * from kept
    union all
    select * from lost

),

compared as (

    select
        unioned.user_id,
        unioned.country,
        case
            when unioned.ending_mrr = 0 then 'churn'
            when unioned.starting_mrr = 0 and unioned.is_first then 'new'
            when unioned.starting_mrr = 0 then 'reactivation'
            when unioned.ending_mrr > unioned.starting_mrr then 'expansion'
            when unioned.ending_mrr < unioned.starting_mrr then 'contraction'
            else 'unchanged'
        end as movement,
        lost_reasons.churn_reason,
        unioned.starting_mrr::number(18, 2) as starting_mrr,
        unioned.ending_mrr::number(18, 2) as ending_mrr,
        unioned.is_month_over,
        unioned.month_starts_on
    from unioned
    left join lost_reasons
        on
            unioned.user_id = lost_reasons.user_id
            and unioned.month_starts_on = lost_reasons.month_starts_on

)

select * from compared
