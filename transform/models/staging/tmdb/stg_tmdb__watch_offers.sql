with source as (

    select * from {{ source('tmdb', 'tmdb_watch_offers') }}

),

latest as (

    select *
    from source
    {{ keep_latest(['media_type', 'title_id', 'country', 'monetization', 'provider_id']) }}

),

renamed as (

    select
        title_id::integer as tmdb_id,
        provider_id::integer as provider_id,
        {{ tmdb_title_type('media_type') }} as title_type,
        upper({{ blank_to_null('country') }}) as country,
        lower({{ blank_to_null('monetization') }}) as monetization,
        {{ blank_to_null('provider_name') }} as provider_name,
        {{ blank_to_null('link') }} as offers_url,
        display_priority::integer as display_priority,
        snapshot_date::date as snapshot_date,
        _sdc_batched_at::timestamp_ntz as loaded_at,
        _sdc_deleted_at::timestamp_ntz as deleted_at,
        _sdc_deleted_at is not null as is_deleted
    from latest

)

select * from renamed
