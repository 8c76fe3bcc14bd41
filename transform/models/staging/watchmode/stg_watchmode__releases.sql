with source as (

    select * from {{ source('watchmode', 'watchmode_releases') }}

),

latest as (

    select *
    from source
    {{ keep_latest(['release_id']) }}

),

renamed as (

    select
        {{ blank_to_null('release_id') }} as release_id,
        id::integer as watchmode_id,
        tmdb_id::integer as tmdb_id,
        {{ blank_to_null('imdb_id') }} as imdb_id,
        source_id::integer as source_id,
        {{ tmdb_title_type('media_type') }} as title_type,
        lower({{ blank_to_null('type') }}) as watchmode_type,
        {{ blank_to_null('title') }} as title_name,
        {{ blank_to_null('source_name') }} as source_name,
        {{ blank_to_null('poster_url') }} as poster_url,
        season_number::integer as season_number,
        is_original::boolean as is_original,
        source_release_date::date as source_released_on,
        snapshot_date::date as snapshot_date,
        _sdc_batched_at::timestamp_ntz as loaded_at,
        _sdc_deleted_at::timestamp_ntz as deleted_at,
        _sdc_deleted_at is not null as is_deleted
    from latest

)

select * from renamed
