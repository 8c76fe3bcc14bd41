with users as (

    select * from {{ ref('int_users_enriched') }}

),

tracked as (

    select
        user_id,
        country,
        user_status,
        plan_name,
        plan_tier,
        subscription_status,
        changed_at
    from users

)

select * from tracked
