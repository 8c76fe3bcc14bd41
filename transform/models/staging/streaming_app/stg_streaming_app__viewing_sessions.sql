with source as (

    select * from {{ source('streaming_app', 'viewing_sessions') }}

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
        lower({{ blank_to_null('device') }}) as device,
        {{ blank_to_null('app_version') }} as app_version,
        upper({{ blank_to_null('country') }}) as country,
        {{ blank_to_null('ip') }} as ip_address,
        playback,
        season_number::integer as season_number,
        episode_number::integer as episode_number,
        watched_seconds::integer as watched_seconds,
        position_seconds::integer as position_seconds,
        bitrate_kbps::double as bitrate_kbps,
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
