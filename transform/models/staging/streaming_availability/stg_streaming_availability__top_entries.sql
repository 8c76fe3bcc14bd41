with source as (

    select * from {{ source('streaming_availability', 'sa_top') }}

),

latest as (

    select *
    from source
    {{ keep_latest(['country', 'service_id', 'show_type', 'rank', 'snapshot_date']) }}

),

renamed as (

    select
        {{ blank_to_null('show_id') }} as sa_id,
        tmdb_id::integer as tmdb_id,
        {{ blank_to_null('imdb_id') }} as imdb_id,
        {{ blank_to_null('service_id') }} as service_id,
        case lower(show_type) when 'movie' then 'film' else lower(show_type) end as list_type,
        {{ tmdb_title_type('media_type') }} as title_type,
        {{ blank_to_null('title') }} as title_name,
        upper({{ blank_to_null('country') }}) as country,
        rank::integer as top_rank,
        snapshot_date::date as snapshot_date,
        snapshot_at::timestamp_ntz as snapshot_at,
        _sdc_batched_at::timestamp_ntz as loaded_at,
        _sdc_deleted_at::timestamp_ntz as deleted_at,
        _sdc_deleted_at is not null as is_deleted
    from latest

)

select * from renamed
