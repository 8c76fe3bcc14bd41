{{ config(tags=['trending']) }}

with sessions as (

    select * from {{ ref('stg_streaming_app__recent_sessions') }}

),

measured as (

    select
        *,
        datediff('second', started_at, ended_at) as elapsed_seconds,
        max(updated_at) over () as as_of_at
    from sessions

),

judged as (

    select
        *,
        case
            when is_deleted then 'deleted_at_source'
            when profile_id is null or title_id is null or started_at is null then 'missing_key'
            when ended_at < started_at then 'ended_before_started'
            when coalesce(watched_seconds, -1) < 0 then 'invalid_watch_time'
            when
                watched_seconds > elapsed_seconds + {{ var('watched_tolerance_seconds') }}
                then 'watched_longer_than_elapsed'
        end as own_rejection_reason
    from measured

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

final as (

    select
        session_id,
        profile_id,
        'app-' || title_id as title_key,
        case
            when own_rejection_reason is not null then own_rejection_reason
            when session_id != first_session_id then 'duplicate'
        end as rejection_reason,
        case
            when started_at > as_of_at then 'future'
            when
                started_at > dateadd('hour', -{{ var('trending_window_hours') }}, as_of_at)
                then 'now'
            when
                started_at > dateadd('hour', -2 * {{ var('trending_window_hours') }}, as_of_at)
                then 'before'
            else 'past'
        end as time_window,
        {{ capped_watch_seconds() }} as watched_seconds,
        {{ capped_watch_seconds() }} >= {{ var('play_minimum_seconds') }} as is_play,
        started_at,
        updated_at,
        loaded_at,
        as_of_at
    from ranked

)

select * from final
