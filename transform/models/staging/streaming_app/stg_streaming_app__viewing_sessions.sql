{{ config(materialized='incremental', unique_key='session_id') }}

with source as (

    select * from {{ source('streaming_app', 'viewing_sessions') }}

    {% if is_incremental() %}

    -- A deletion is marked in place, so a row may be old and its mark new.
    where
        _sdc_batched_at >= {{ watermark(this, 'loaded_at', var('load_overlap_hours')) }}
        or _sdc_deleted_at >= {{ watermark(this, 'deleted_at', var('load_overlap_hours')) }}

    {% endif %}

),

keyed as (

    select
        *,
        session_id is null as is_without_key,
        -- A row without a key gets one made of its content: it is kept, and kept once.
        iff(
            session_id is null,
            'unknown-' || md5(
                coalesce(profile_id::varchar, '')
                || '|' || coalesce(title_id::varchar, '')
                || '|' || coalesce(season_number::varchar, '')
                || '|' || coalesce(episode_number::varchar, '')
                || '|' || coalesce(device::varchar, '')
                || '|' || coalesce(app_version::varchar, '')
                || '|' || coalesce(country::varchar, '')
                || '|' || coalesce(watched_seconds::varchar, '')
                || '|' || coalesce(position_seconds::varchar, '')
                || '|' || coalesce(date_part('epoch_microsecond', started_at)::varchar, '')
                || '|' || coalesce(date_part('epoch_microsecond', ended_at)::varchar, '')
                || '|' || coalesce(date_part('epoch_microsecond', created_at)::varchar, '')
            ),
            session_id::varchar
        ) as row_key
    from source

),

latest as (

    select *
    from keyed
    {{ keep_latest(['row_key']) }}

),

renamed as (

    select
        row_key as session_id,
        profile_id::varchar as profile_id,
        title_id::integer as title_id,
        lower({{ blank_to_null('device') }}) as device,
        {{ blank_to_null('app_version') }} as app_version,
        upper({{ blank_to_null('country') }}) as country,
        iff(_sdc_deleted_at is null, {{ blank_to_null('ip') }}, null) as ip_address,
        playback,
        season_number::integer as season_number,
        episode_number::integer as episode_number,
        watched_seconds::integer as watched_seconds,
        position_seconds::integer as position_seconds,
        bitrate_kbps::double as bitrate_kbps,
        _sdc_sequence::integer as load_sequence,
        is_without_key,
        started_at::timestamp_ntz as started_at,
        ended_at::timestamp_ntz as ended_at,
        created_at::timestamp_ntz as created_at,
        updated_at::timestamp_ntz as updated_at,
        _sdc_batched_at::timestamp_ntz as loaded_at,
        _sdc_deleted_at::timestamp_ntz as deleted_at,
        _sdc_deleted_at is not null as is_deleted
    from latest

),

{% if is_incremental() %}

present as (

    select
        session_id,
        load_sequence,
        loaded_at,
        deleted_at
    from {{ this }}

),

changed as (

    select renamed.*
    from renamed
    left join present
        on renamed.session_id = present.session_id
    where
        present.session_id is null
        or renamed.loaded_at > present.loaded_at
        or (
            renamed.loaded_at = present.loaded_at
            and renamed.load_sequence > present.load_sequence
        )
        or (
            renamed.loaded_at = present.loaded_at
            and renamed.load_sequence is not distinct from present.load_sequence
            and renamed.deleted_at is distinct from present.deleted_at
        )

),

{% else %}

changed as (

    select * from renamed

),

{% endif %}

final as (

    select
        *,
        {{ run_timestamp() }} as processed_at
    from changed

)

select * from final
