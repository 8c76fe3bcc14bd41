with versions as (

    select * from {{ ref('users_snapshot') }}

),

users as (

    select * from {{ ref('int_users_enriched') }}

),

started as (

    -- Before the first snapshot nothing is known but what it found, so that holds since sign-up.
    select
        versions.user_id,
        versions.country,
        versions.user_status,
        versions.plan_name,
        versions.plan_tier,
        versions.subscription_status,
        iff(
            row_number() over (
                partition by versions.user_id
                order by versions.dbt_valid_from
            ) = 1,
            least(users.signed_up_at, versions.dbt_valid_from),
            versions.dbt_valid_from
        ) as valid_from
    from versions
    inner join users
        on versions.user_id = users.user_id

),

bounded as (

    select
        user_id,
        country,
        user_status,
        plan_name,
        plan_tier,
        subscription_status,
        row_number() over (
            partition by user_id
            order by valid_from
        ) as version_number,
        coalesce(subscription_status in ('trialing', 'active', 'past_due'), false) as is_subscribed,
        lead(valid_from) over (
            partition by user_id
            order by valid_from
        ) is null as is_current,
        valid_from,
        lead(valid_from) over (
            partition by user_id
            order by valid_from
        ) as valid_to
    from started

)

select * from bounded
