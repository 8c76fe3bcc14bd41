{{ config(materialized='incremental', unique_key='session_id') }}

with sessions as (

    select * from {{ ref('int_viewing_sessions_classified') }}

    {% if is_incremental() %}

    where processed_at > {{ watermark(this) }}

    {% else %}

    where rejection_reason is null

    {% endif %}

),

final as (

    select
        session_id,
        iff(is_erased, null, profile_id) as profile_id,
        iff(is_erased, null, user_id) as user_id,
        title_key,
        title_key || '|' || season_number || '|' || episode_number as episode_key,
        device,
        app_version,
        country,
        season_number,
        episode_number,
        {{ capped_watch_seconds() }} as watched_seconds,
        elapsed_seconds,
        position_seconds,
        bitrate_kbps,
        {{ capped_watch_seconds() }} >= {{ var('play_minimum_seconds') }} as is_play,
        is_without_end,
        created_at > dateadd('hour', {{ var('late_arrival_hours') }}, started_at) as is_late,
        is_erased as is_anonymised,
        started_on,
        started_at,
        ended_at,
        iff(rejection_reason is null, {{ run_timestamp() }}, null) as processed_at
    from sessions

)

select * from final
