{{ config(materialized='table') }}

with subscriptions as (

    select * from {{ ref('int_subscriptions_classified') }}
    where rejection_reason is null

),

rates as (

    select * from {{ ref('planning_rates') }}

),

ended as (

    -- Nobody ends the subscription of an erased user: it is over when the user is gone.
    select
        *,
        iff(
            is_erased,
            greatest(started_on, least(erased_on, coalesce(ended_on, erased_on))),
            ended_on
        ) as closed_on,
        lead(started_on) over (
            partition by user_id
            order by started_on, created_at, subscription_id
        ) as next_started_on
    from subscriptions

),

cut as (

    select
        *,
        coalesce(next_started_on < coalesce(closed_on, '9999-12-31'::date), false) as is_cut,
        -- Days are whole, so a next one on the following day leaves no pause either.
        coalesce(
            next_started_on
            <= dateadd('day', {{ var('switch_gap_days') }}, coalesce(closed_on, next_started_on)),
            false
        ) as is_followed,
        greatest(started_on, coalesce(trial_ends_on, started_on)) as pays_from
    from ended

),

rated as (

    select
        cut.*,
        iff(cut.is_followed, cut.next_started_on, cut.closed_on) as over_on,
        rates.rate
    from cut
    left join rates
        on cut.currency = rates.currency and cut.started_on >= rates.valid_from
    qualify
        row_number() over (
            partition by cut.subscription_id
            order by rates.valid_from desc nulls last
        ) = 1

),

priced as (

    select
        subscription_id,
        user_id,
        plan_id,
        country,
        plan_name,
        plan_tier,
        subscription_status,
        case
            when over_on is null then null
            when is_followed then 'plan_change'
            when is_erased and over_on is distinct from ended_on then 'account_erased'
            when subscription_status = 'expired' then 'not_paid'
            when cancel_reason = 'plan_change' then 'plan_change_not_made'
            else coalesce(cancel_reason, 'not_stated')
        end as end_reason,
        currency,
        monthly_price,
        round(monthly_price * rate, 2)::number(18, 2) as reporting_monthly_price,
        trial_ends_on is not null as has_trial,
        coalesce(over_on <= pays_from, false) as is_never_paid,
        is_cut,
        is_erased,
        started_on,
        over_on as ended_on,
        trial_ends_on,
        pays_from,
        created_at
    from rated

)

select * from priced
