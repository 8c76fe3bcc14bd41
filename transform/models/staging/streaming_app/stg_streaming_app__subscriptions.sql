with source as (

    select * from {{ source('streaming_app', 'subscriptions') }}

),

latest as (

    select *
    from source
    {{ keep_latest(['subscription_id']) }}

),

renamed as (

    select
        subscription_id::varchar as subscription_id,
        user_id::varchar as user_id,
        plan_id::integer as plan_id,
        lower({{ blank_to_null('status') }}) as subscription_status,
        {{ blank_to_null('cancel_reason') }} as cancel_reason,
        upper({{ blank_to_null('currency') }}) as currency,
        price::number(10, 2) as monthly_price,
        started_on::date as started_on,
        ended_on::date as ended_on,
        trial_ends_on::date as trial_ends_on,
        created_at::timestamp_ntz as created_at,
        updated_at::timestamp_ntz as updated_at,
        _sdc_batched_at::timestamp_ntz as loaded_at,
        _sdc_deleted_at::timestamp_ntz as deleted_at,
        _sdc_deleted_at is not null as is_deleted
    from latest

)

select * from renamed
