{{ config(materialized='table') }}

with sessions as (

    select * from {{ ref('stg_streaming_app__viewing_sessions') }}

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

flagged as (

    select
        sessions.*,
        profiles.user_id,
        datediff('second', sessions.started_at, sessions.ended_at) as elapsed_seconds,
        sessions.session_id is null
        or sessions.profile_id is null
        or sessions.title_id is null
        or sessions.started_at is null as is_missing_key,
        coalesce(profiles.is_deleted, false) or coalesce(users.is_deleted, false) as is_erased,
        users.user_id is null as is_user_unknown,
        titles.title_id is null as is_title_unknown,
        sessions.ended_at is null as is_without_end,
        coalesce(sessions.ended_at < sessions.started_at, false) as is_ended_before_started,
        coalesce(sessions.watched_seconds, -1) < 0 as is_watch_time_invalid,
        coalesce(
            sessions.watched_seconds
            > datediff('second', sessions.started_at, sessions.ended_at)
            + {{ var('watched_tolerance_seconds') }},
            false
        ) as is_watched_longer_than_elapsed,
        greatest(
            sessions.loaded_at,
            coalesce(profiles.loaded_at, sessions.loaded_at),
            coalesce(users.loaded_at, sessions.loaded_at)
        ) as changed_at
    from sessions
    left join profiles
        on sessions.profile_id = profiles.profile_id
    left join users
        on profiles.user_id = users.user_id
    left join titles
        on sessions.title_id = titles.title_id

),

judged as (

    select
        *,
        case
            when is_deleted and not is_erased then 'deleted_at_source'
            when is_missing_key then 'missing_key'
            when is_user_unknown and not is_erased then 'unknown_user'
            when is_title_unknown then 'unknown_title'
            when is_ended_before_started then 'ended_before_started'
            when is_watch_time_invalid then 'invalid_watch_time'
            when is_watched_longer_than_elapsed then 'watched_longer_than_elapsed'
        end as own_rejection_reason
    from flagged

),

ranked as (

    select
        *,
        first_value(session_id) over (
            partition by
                own_rejection_reason is null, profile_id, title_id, season_number, episode_number,
                started_at
            order by created_at, session_id
        ) as first_session_id
    from judged

),

classified as (

    select
        session_id,
        profile_id,
        user_id,
        title_id,
        'app-' || title_id as title_key,
        device,
        app_version,
        country,
        season_number,
        episode_number,
        watched_seconds,
        elapsed_seconds,
        position_seconds,
        bitrate_kbps,
        is_deleted,
        is_missing_key,
        is_erased,
        is_user_unknown,
        is_title_unknown,
        is_without_end,
        is_ended_before_started,
        is_watch_time_invalid,
        is_watched_longer_than_elapsed,
        own_rejection_reason is null and session_id != first_session_id as is_duplicate,
        case
            when own_rejection_reason is not null then own_rejection_reason
            when session_id != first_session_id then 'duplicate'
        end as rejection_reason,
        case
            when own_rejection_reason is null and session_id != first_session_id
                then first_session_id
        end as duplicate_of_session_id,
        started_at,
        ended_at,
        created_at,
        updated_at,
        loaded_at,
        changed_at
    from ranked

)

select * from classified
