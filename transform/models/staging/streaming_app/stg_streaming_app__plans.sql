with source as (

    select * from {{ source('streaming_app', 'plans') }}

),

latest as (

    select *
    from source
    {{ keep_latest(['plan_id']) }}

),

renamed as (

    select
        plan_id::integer as plan_id,
        {{ blank_to_null('name') }} as plan_name,
        lower({{ blank_to_null('tier') }}) as plan_tier,
        upper({{ blank_to_null('currency') }}) as currency,
        features,
        monthly_price::number(10, 2) as monthly_price,
        max_streams::integer as max_streams,
        has_ads::boolean as has_ads,
        valid_from::date as valid_from,
        retired_on::date as retired_on,
        created_at::timestamp_ntz as created_at,
        updated_at::timestamp_ntz as updated_at,
        _sdc_batched_at::timestamp_ntz as loaded_at,
        _sdc_deleted_at::timestamp_ntz as deleted_at,
        _sdc_deleted_at is not null as is_deleted
    from latest

)

select * from renamed
