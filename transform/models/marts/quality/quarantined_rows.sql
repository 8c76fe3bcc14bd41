{{ config(materialized='view') }}

with viewing_sessions as (

    select
        *,
        profile_id is null as is_profile_missing
    from {{ ref('int_viewing_sessions_classified') }}
    where rejection_reason is not null

),

final as (

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

)

select * from final
