{{
    config(
        materialized='incremental',
        incremental_strategy='merge',
        unique_key='session_id',
        on_schema_change='append_new_columns',
        post_hook="
            delete from {{ this }}
            where session_id not in (
                select session_id
                from {{ ref('int_viewing_sessions_classified') }}
                where rejection_reason is null
            )
        "
    )
}}

with sessions as (

    select * from {{ ref('int_viewing_sessions_classified') }}
    where rejection_reason is null

),

{% if is_incremental() %}

watermark as (

    select
        coalesce(
            dateadd('hour', -{{ var('load_overlap_hours') }}, max(changed_at)),
            '1970-01-01'::timestamp_ntz
        ) as changed_at
    from {{ this }}

),

present as (

    select
        session_id,
        is_anonymised
    from {{ this }}

),

picked as (

    select sessions.*
    from sessions
    cross join watermark
    left join present
        on sessions.session_id = present.session_id
    where
        sessions.changed_at > watermark.changed_at
        or present.session_id is null
        or present.is_anonymised != sessions.is_erased

),

{% else %}

picked as (

    select * from sessions

),

{% endif %}

final as (

    select
        session_id,
        iff(is_erased, null, profile_id) as profile_id,
        iff(is_erased, null, user_id) as user_id,
        title_key,
        device,
        app_version,
        country,
        season_number,
        episode_number,
        least(watched_seconds, coalesce(elapsed_seconds, watched_seconds)) as watched_seconds,
        elapsed_seconds,
        position_seconds,
        bitrate_kbps,
        least(watched_seconds, coalesce(elapsed_seconds, watched_seconds))
        >= {{ var('play_minimum_seconds') }} as is_play,
        is_without_end,
        created_at > dateadd('hour', {{ var('late_arrival_hours') }}, started_at) as is_late,
        is_erased as is_anonymised,
        started_at::date as started_on,
        started_at,
        ended_at,
        changed_at
    from picked

)

select * from final
