with versions as (

    select * from {{ ref('int_user_versions_bounded') }}

),

users as (

    select * from {{ ref('int_users_enriched') }}

),

final as (

    select
        versions.user_id || '|' || versions.version_number as user_version_key,
        versions.user_id,
        versions.country,
        users.locale,
        users.age_group_at_signup,
        users.signup_source,
        versions.user_status,
        versions.plan_name,
        versions.plan_tier,
        versions.subscription_status,
        versions.version_number,
        users.profile_count,
        users.kids_profile_count,
        users.is_marketing_opted_in,
        versions.is_subscribed,
        versions.is_current,
        users.signed_up_on,
        users.subscribed_on,
        users.signed_up_at,
        versions.valid_from,
        versions.valid_to
    from versions
    inner join users
        on versions.user_id = users.user_id

)

select * from final
