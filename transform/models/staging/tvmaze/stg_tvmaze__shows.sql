with source as (

    select * from {{ source('tvmaze', 'tvmaze_shows') }}

),

latest as (

    select *
    from source
    {{ keep_latest(['id']) }}

),

renamed as (

    select
        id::integer as tvmaze_id,
        {{ blank_to_null('imdb_id') }} as imdb_id,
        tvdb_id::integer as tvdb_id,
        tvrage_id::integer as tvrage_id,
        {{ blank_to_null('name') }} as title_name,
        {{ blank_to_null('type') }} as series_type,
        {{ blank_to_null('language') }} as language,
        {{ blank_to_null('status') }} as release_status,
        {{ blank_to_null('url') }} as tvmaze_url,
        {{ blank_to_null('official_site') }} as homepage_url,
        {{ blank_to_null('summary') }} as summary_html,
        genres,
        schedule,
        network,
        web_channel,
        dvd_country,
        image,
        runtime::integer as runtime_minutes,
        average_runtime::integer as average_runtime_minutes,
        rating_average::double as rating_average,
        weight::integer as weight,
        premiered::date as premiered_on,
        ended::date as ended_on,
        to_timestamp_ntz(updated) as updated_at,
        _sdc_batched_at::timestamp_ntz as loaded_at,
        _sdc_deleted_at::timestamp_ntz as deleted_at,
        _sdc_deleted_at is not null as is_deleted
    from latest

)

select * from renamed
