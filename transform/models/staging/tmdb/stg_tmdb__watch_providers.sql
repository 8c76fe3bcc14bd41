with source as (

    select * from {{ source('tmdb', 'tmdb_watch_providers') }}

),

latest as (

    select *
    from source
    {{ keep_latest(['media_type', 'provider_id']) }}

),

renamed as (

    select
        provider_id::integer as provider_id,
        {{ tmdb_title_type('media_type') }} as title_type,
        {{ blank_to_null('provider_name') }} as provider_name,
        {{ blank_to_null('logo_path') }} as logo_path,
        display_priorities,
        display_priority::integer as display_priority,
        _sdc_batched_at::timestamp_ntz as loaded_at,
        _sdc_deleted_at::timestamp_ntz as deleted_at,
        _sdc_deleted_at is not null as is_deleted
    from latest

)

select * from renamed
