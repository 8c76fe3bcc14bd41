with source as (

    select * from {{ source('watchmode', 'watchmode_sources') }}

),

latest as (

    select *
    from source
    {{ keep_latest(['id']) }}

),

renamed as (

    select
        id::integer as source_id,
        {{ blank_to_null('name') }} as source_name,
        lower({{ blank_to_null('type') }}) as source_type,
        {{ blank_to_null('logo_100px') }} as logo_url,
        {{ blank_to_null('ios_appstore_url') }} as ios_appstore_url,
        {{ blank_to_null('android_playstore_url') }} as android_playstore_url,
        {{ blank_to_null('ios_scheme') }} as ios_scheme,
        {{ blank_to_null('android_scheme') }} as android_scheme,
        {{ blank_to_null('tvos_url') }} as tvos_url,
        {{ blank_to_null('android_tv_url') }} as android_tv_url,
        {{ blank_to_null('fire_tv_url') }} as fire_tv_url,
        {{ blank_to_null('roku_url') }} as roku_url,
        regions,
        snapshot_date::date as snapshot_date,
        _sdc_batched_at::timestamp_ntz as loaded_at,
        _sdc_deleted_at::timestamp_ntz as deleted_at,
        _sdc_deleted_at is not null as is_deleted
    from latest

)

select * from renamed
