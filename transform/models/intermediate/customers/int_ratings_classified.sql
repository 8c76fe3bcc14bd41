with ratings as (

    select * from {{ ref('stg_streaming_app__ratings') }}

),

profiles as (

    select * from {{ ref('stg_streaming_app__profiles') }}

),

users as (

    select * from {{ ref('stg_streaming_app__users') }}

),

titles as (

    select * from {{ ref('stg_streaming_app__titles') }}

),

joined as (

    select
        ratings.profile_id,
        ratings.title_id,
        profiles.user_id,
        'app-' || ratings.title_id as title_key,
        ratings.stars,
        ratings.is_deleted,
        coalesce(profiles.is_deleted, false) or coalesce(users.is_deleted, false) as is_erased,
        profiles.profile_id is null as is_profile_unknown,
        users.user_id is null as is_user_unknown,
        titles.title_id is null as is_title_unknown,
        ratings.comment is not null as has_comment,
        ratings.created_at,
        ratings.rated_at,
        ratings.deleted_at,
        ratings.loaded_at
    from ratings
    left join profiles
        on ratings.profile_id = profiles.profile_id
    left join users
        on profiles.user_id = users.user_id
    left join titles
        on ratings.title_id = titles.title_id

),

classified as (

    select
        profile_id,
        title_id,
        user_id,
        title_key,
        stars,
        is_deleted,
        is_erased,
        has_comment,
        created_at,
        rated_at,
        deleted_at,
        loaded_at,
        case
            when is_deleted and not is_erased then 'deleted_at_source'
            when profile_id is null or title_id is null or rated_at is null then 'missing_key'
            when is_profile_unknown then 'unknown_profile'
            when is_user_unknown and not is_erased then 'unknown_user'
            when is_title_unknown then 'unknown_title'
            when
                coalesce(stars, 0) < {{ var('stars_minimum') }}
                or stars > {{ var('stars_maximum') }}
                then 'invalid_stars'
        end as rejection_reason
    from joined

)

select * from classified
