with source as (

    select * from {{ source('streaming_availability', 'sa_services') }}

),

latest as (

    select *
    from source
    {{ keep_latest(['country_code', 'service_id']) }}

),

renamed as (

    select
        {{ blank_to_null('service_id') }} as service_id,
        upper({{ blank_to_null('country_code') }}) as country,
        {{ blank_to_null('country_name') }} as country_name,
        {{ blank_to_null('service_name') }} as service_name,
        {{ blank_to_null('home_page') }} as homepage_url,
        streaming_option_types as option_types,
        addons,
        read_at::timestamp_ntz as read_at,
        _sdc_batched_at::timestamp_ntz as loaded_at,
        _sdc_deleted_at::timestamp_ntz as deleted_at,
        _sdc_deleted_at is not null as is_deleted
    from latest

)

select * from renamed
