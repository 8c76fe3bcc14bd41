{{ config(materialized='view') }}

with viewing_sessions as (

    select
        *,
        profile_id is null as is_profile_missing
    from {{ ref('int_viewing_sessions_classified') }}
    where rejection_reason is not null

),

ratings as (

    -- A rating is named by its profile, so those of the erased are not shown.
    select * from {{ ref('int_ratings_classified') }}
    where rejection_reason is not null and not is_erased

),

subscriptions as (

    select
        *,
        user_id is null as is_user_missing
    from {{ ref('int_subscriptions_classified') }}
    where rejection_reason is not null

),

judged_sessions as (

    select
        'viewing_session' as entity,
        session_id as row_key,
        rejection_reason,
        duplicate_of_session_id as duplicate_of_row_key,
        case rejection_reason
            when 'deleted_at_source'
                then object_construct_keep_null('deleted_at', deleted_at)::variant
            when 'missing_key'
                then object_construct_keep_null(
                        'is_profile_missing', is_profile_missing,
                        'title_id', title_id,
                        'started_at', started_at
                    )::variant
            when 'unknown_user'
                then object_construct_keep_null(
                        'profile_id', profile_id,
                        'user_id', user_id
                    )::variant
            when 'unknown_title'
                then object_construct_keep_null('title_id', title_id)::variant
            when 'ended_before_started'
                then object_construct_keep_null(
                        'started_at', started_at,
                        'ended_at', ended_at
                    )::variant
            when 'invalid_watch_time'
                then object_construct_keep_null('watched_seconds', watched_seconds)::variant
            when 'watched_longer_than_elapsed'
                then object_construct_keep_null(
                        'watched_seconds', watched_seconds,
                        'elapsed_seconds', elapsed_seconds,
                        'tolerance_seconds', {{ var('watched_tolerance_seconds') }}
                    )::variant
            when 'duplicate'
                then object_construct_keep_null(
                        'title_id', title_id,
                        'started_at', started_at,
                        'created_at', created_at
                    )::variant
        end as evidence,
        loaded_at::date as loaded_on,
        loaded_at
    from viewing_sessions

),

judged_ratings as (

    select
        'rating' as entity,
        coalesce(profile_id, 'unknown')
        || '|' || coalesce(title_id::varchar, 'unknown') as row_key,
        rejection_reason,
        null as duplicate_of_row_key,
        case rejection_reason
            when 'deleted_at_source'
                then object_construct_keep_null('deleted_at', deleted_at)::variant
            when 'missing_key'
                then object_construct_keep_null('rated_at', rated_at)::variant
            when 'unknown_profile'
                then object_construct_keep_null('profile_id', profile_id)::variant
            when 'unknown_user'
                then object_construct_keep_null(
                        'profile_id', profile_id,
                        'user_id', user_id
                    )::variant
            when 'unknown_title'
                then object_construct_keep_null('title_id', title_id)::variant
            when 'invalid_stars'
                then object_construct_keep_null('stars', stars)::variant
        end as evidence,
        loaded_at::date as loaded_on,
        loaded_at
    from ratings

),

judged_subscriptions as (

    select
        'subscription' as entity,
        coalesce(subscription_id, 'unknown') as row_key,
        rejection_reason,
        null as duplicate_of_row_key,
        case rejection_reason
            when 'deleted_at_source'
                then object_construct_keep_null('deleted_at', deleted_at)::variant
            when 'missing_key'
                then object_construct_keep_null(
                        'is_user_missing', is_user_missing,
                        'plan_id', plan_id,
                        'started_on', started_on
                    )::variant
            when 'unknown_user'
                then object_construct_keep_null('user_id', user_id)::variant
            when 'unknown_plan'
                then object_construct_keep_null('plan_id', plan_id)::variant
            when 'ended_before_started'
                then object_construct_keep_null(
                        'started_on', started_on,
                        'ended_on', ended_on
                    )::variant
            when 'missing_end'
                then object_construct_keep_null(
                        'subscription_status', subscription_status,
                        'ended_on', ended_on
                    )::variant
            when 'invalid_price'
                then object_construct_keep_null(
                        'monthly_price', monthly_price,
                        'currency', currency
                    )::variant
        end as evidence,
        loaded_at::date as loaded_on,
        loaded_at
    from subscriptions

),

final as (

    select * from judged_sessions
    union all
    select * from judged_ratings
    union all
    select * from judged_subscriptions

)

select * from final
