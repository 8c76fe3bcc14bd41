with source as (

    select * from {{ source('tmdb', 'tmdb_genres') }}

),

latest as (

    select *
    from source
    {{ keep_latest(['media_type', 'id']) }}

),

renamed as (

    select
        id::integer as genre_id,
        {{ tmdb_title_type('media_type') }} as title_type,
        {{ blank_to_null('name') }} as genre_name,
        _sdc_batched_at::timestamp_ntz as loaded_at,
        _sdc_deleted_at::timestamp_ntz as deleted_at,
        _sdc_deleted_at is not null as is_deleted
    from latest

)

select * from renamed
