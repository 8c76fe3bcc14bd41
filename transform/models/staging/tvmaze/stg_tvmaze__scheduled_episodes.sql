with source as (

    select * from {{ source('tvmaze', 'tvmaze_schedule') }}

),

latest as (

    select *
    from source
    {{ keep_latest(['kind', 'country', 'episode_id']) }}

),

renamed as (

    select
        episode_id::integer as tvmaze_episode_id,
        show_id::integer as tvmaze_id,
        {{ blank_to_null('show_imdb_id') }} as imdb_id,
        show_tvdb_id::integer as tvdb_id,
        network_id::integer as network_id,
        lower({{ blank_to_null('kind') }}) as schedule_kind,
        {{ blank_to_null('country') }} as country,
        {{ blank_to_null('name') }} as episode_name,
        lower({{ blank_to_null('type') }}) as episode_type,
        {{ blank_to_null('show_name') }} as title_name,
        {{ blank_to_null('network_name') }} as network_name,
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
        read_at::timestamp_ntz as read_at,
        _sdc_batched_at::timestamp_ntz as loaded_at,
        _sdc_deleted_at::timestamp_ntz as deleted_at,
        _sdc_deleted_at is not null as is_deleted
    from latest

)

select * from renamed
