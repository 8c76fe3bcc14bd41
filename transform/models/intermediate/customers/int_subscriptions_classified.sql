{{ config(materialized='table') }}

with subscriptions as (

    select * from {{ ref('stg_streaming_app__subscriptions') }}

),

users as (

    select * from {{ ref('stg_streaming_app__users') }}

),

plans as (

    select * from {{ ref('stg_streaming_app__plans') }}

),

joined as (

    select
        subscriptions.subscription_id,
        subscriptions.user_id,
        subscriptions.plan_id,
        coalesce(users.country, 'unknown') as country,
        plans.plan_name,
        plans.plan_tier,
        subscriptions.subscription_status,
        subscriptions.cancel_reason,
        subscriptions.currency,
        subscriptions.monthly_price,
        subscriptions.is_deleted,
        coalesce(users.is_deleted, false) as is_erased,
        users.user_id is null as is_user_unknown,
        plans.plan_id is null as is_plan_unknown,
        subscriptions.started_on,
        subscriptions.ended_on,
        subscriptions.trial_ends_on,
        users.deleted_at::date as erased_on,
        subscriptions.created_at,
        subscriptions.updated_at,
        subscriptions.deleted_at,
        subscriptions.loaded_at
    from subscriptions
    left join users
        on subscriptions.user_id = users.user_id
    left join plans
        on subscriptions.plan_id = plans.plan_id

),

classified as (

    select
        *,
        case
            when is_deleted and not is_erased then 'deleted_at_source'
            when
                subscription_id is null
                or user_id is null
                or plan_id is null
                or started_on is null
                then 'missing_key'
            when is_user_unknown then 'unknown_user'
            when is_plan_unknown then 'unknown_plan'
            when ended_on < started_on then 'ended_before_started'
            when
                subscription_status in ('cancelled', 'expired') and ended_on is null
                then 'missing_end'
            when monthly_price is null or monthly_price < 0 or currency is null then 'invalid_price'
        end as rejection_reason
    from joined

)

select * from classified
