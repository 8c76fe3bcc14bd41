with users as (

    select * from {{ ref('stg_streaming_app__users') }}
    where not is_deleted

),

profiles as (

    select * from {{ ref('stg_streaming_app__profiles') }}
    where not is_deleted

),

subscriptions as (

    select * from {{ ref('stg_streaming_app__subscriptions') }}

),

plans as (

    select * from {{ ref('stg_streaming_app__plans') }}

),

profile_counts as (

    select
        user_id,
        count(*) as profile_count,
        count_if(is_kids) as kids_profile_count
    from profiles
    group by user_id

),

changes as (

    -- Deleted subscriptions count too: another one is the latest then.
    select
        subscriptions.user_id,
        max(
            greatest(
                subscriptions.updated_at,
                coalesce(subscriptions.deleted_at, subscriptions.updated_at),
                coalesce(plans.updated_at, subscriptions.updated_at)
            )
        ) as changed_at
    from subscriptions
    left join plans
        on subscriptions.plan_id = plans.plan_id
    group by subscriptions.user_id

),

latest_subscriptions as (

    select *
    from subscriptions
    where not is_deleted
    qualify
        row_number() over (
            partition by user_id
            order by started_on desc, created_at desc, subscription_id desc
        ) = 1

),

enriched as (

    select
        users.user_id,
        users.country,
        users.locale,
        users.signup_source,
        users.user_status,
        plans.plan_name,
        plans.plan_tier,
        latest_subscriptions.subscription_status,
        coalesce(profile_counts.profile_count, 0) as profile_count,
        coalesce(profile_counts.kids_profile_count, 0) as kids_profile_count,
        users.is_marketing_opted_in,
        coalesce(
            latest_subscriptions.subscription_status in ('trialing', 'active', 'past_due'), false
        ) as is_subscribed,
        users.created_at::date as signed_up_on,
        latest_subscriptions.started_on as subscribed_on,
        users.created_at as signed_up_at,
        greatest(
            users.updated_at, coalesce(changes.changed_at, users.updated_at)
        ) as changed_at,
        case
            when users.birth_date is null then 'unknown'
            when users.birth_date > dateadd('year', -18, users.created_at::date) then 'under 18'
            when users.birth_date > dateadd('year', -25, users.created_at::date) then '18-24'
            when users.birth_date > dateadd('year', -35, users.created_at::date) then '25-34'
            when users.birth_date > dateadd('year', -45, users.created_at::date) then '35-44'
            when users.birth_date > dateadd('year', -55, users.created_at::date) then '45-54'
            when users.birth_date > dateadd('year', -65, users.created_at::date) then '55-64'
            else '65+'
        end as age_group_at_signup
    from users
    left join profile_counts
        on users.user_id = profile_counts.user_id
    left join changes
        on users.user_id = changes.user_id
    left join latest_subscriptions
        on users.user_id = latest_subscriptions.user_id
    left join plans
        on latest_subscriptions.plan_id = plans.plan_id

)

select * from enriched
