with users as (

    select * from {{ ref('int_users_enriched') }}

),

final as (

    select
        user_id,
        country,
        locale,
        age_group_at_signup,
        signup_source,
        user_status,
        plan_name,
        plan_tier,
        subscription_status,
        profile_count,
        kids_profile_count,
        is_marketing_opted_in,
        is_subscribed,
        signed_up_on,
        subscribed_on,
        signed_up_at
    from users

)

select * from final
