with source as (

    select * from {{ source('tvmaze', 'tvmaze_episodes') }}

),

latest as (

    select *
    from source
    {{ keep_latest(['id']) }}

),

renamed as (

    select
        id::integer as tvmaze_episode_id,
        show_id::integer as tvmaze_id,
        {{ blank_to_null('name') }} as episode_name,
        lower({{ blank_to_null('type') }}) as episode_type,
        {{ blank_to_null('url') }} as tvmaze_url,
        {{ blank_to_null('summary') }} as summary_html,
        image,
        {{ blank_to_null('airtime') }} as aired_local_time,
        season::integer as season_number,
        number::integer as episode_number,
        runtime::integer as runtime_minutes,
        rating_average::double as rating_average,
        airdate::date as aired_on,
        airstamp::timestamp_ntz as aired_at,
        to_timestamp_ntz(show_updated) as show_updated_at,
        _sdc_batched_at::timestamp_ntz as loaded_at,
        _sdc_deleted_at::timestamp_ntz as deleted_at,
        _sdc_deleted_at is not null as is_deleted
    from latest

)

select * from renamed
