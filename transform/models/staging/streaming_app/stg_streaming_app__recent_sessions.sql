{{ config(tags=['trending']) }}

-- A literal and not a subquery, and before the latest version is picked: so Snowflake leaves out
-- the micro-partitions of older rows. Newer versions of a row never have an older updated_at.
with source as (

    select * from {{ source('streaming_app', 'viewing_sessions') }}
    where
        updated_at >= {{ hours_before_newest(
            source('streaming_app', 'viewing_sessions'),
            'updated_at',
            2 * var('trending_window_hours')
        ) }}
        -- What has no key is for the hourly run, which puts it into quarantine.
        and session_id is not null

),

latest as (

    select *
    from source
    {{ keep_latest(['session_id']) }}

),

renamed as (

    select
        session_id::varchar as session_id,
        profile_id::varchar as profile_id,
        title_id::integer as title_id,
        season_number::integer as season_number,
        episode_number::integer as episode_number,
        watched_seconds::integer as watched_seconds,
        started_at::timestamp_ntz as started_at,
        ended_at::timestamp_ntz as ended_at,
        created_at::timestamp_ntz as created_at,
        updated_at::timestamp_ntz as updated_at,
        _sdc_batched_at::timestamp_ntz as loaded_at,
        _sdc_deleted_at::timestamp_ntz as deleted_at,
        _sdc_deleted_at is not null as is_deleted
    from latest

)

select * from renamed
