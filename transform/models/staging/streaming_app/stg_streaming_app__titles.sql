with source as (

    select * from {{ source('streaming_app', 'titles') }}

),

latest as (

    select *
    from source
    {{ keep_latest(['title_id']) }}

),

renamed as (

    select
        title_id::integer as title_id,
        tmdb_id::integer as tmdb_id,
        {{ blank_to_null('imdb_id') }} as imdb_id,
        tvdb_id::integer as tvdb_id,
        lower({{ blank_to_null('kind') }}) as title_type,
        {{ blank_to_null('name') }} as title_name,
        {{ blank_to_null('original_name') }} as original_title_name,
        {{ blank_to_null('maturity_rating') }} as maturity_rating,
        genres,
        licence,
        release_year::integer as release_year,
        runtime_minutes::integer as runtime_minutes,
        added_on::date as added_on,
        removed_on::date as removed_on,
        created_at::timestamp_ntz as created_at,
        updated_at::timestamp_ntz as updated_at,
        _sdc_batched_at::timestamp_ntz as loaded_at,
        _sdc_deleted_at::timestamp_ntz as deleted_at,
        _sdc_deleted_at is not null as is_deleted
    from latest

)

select * from renamed
