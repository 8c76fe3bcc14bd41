with profiles as (

    select * from {{ ref('stg_streaming_app__profiles') }}
    where not is_deleted

),

users as (

    select * from {{ ref('int_users_enriched') }}

),

enriched as (

    select
        profiles.profile_id,
        profiles.user_id,
        profiles.language,
        profiles.maturity_limit,
        row_number() over (
            partition by profiles.user_id
            order by profiles.created_at, profiles.profile_id
        ) as profile_number,
        profiles.is_kids,
        profiles.created_at::date as created_on,
        profiles.created_at
    from profiles
    inner join users
        on profiles.user_id = users.user_id

)

select * from enriched
