with source as (

    select * from {{ source('streaming_app', 'profiles') }}

),

latest as (

    select *
    from source
    {{ keep_latest(['profile_id']) }}

),

renamed as (

    select
        profile_id::varchar as profile_id,
        user_id::varchar as user_id,
        {{ blank_to_null('name') }} as profile_name,
        {{ blank_to_null('language') }} as language,
        {{ blank_to_null('maturity_limit') }} as maturity_limit,
        is_kids::boolean as is_kids,
        created_at::timestamp_ntz as created_at,
        updated_at::timestamp_ntz as updated_at,
        _sdc_batched_at::timestamp_ntz as loaded_at,
        _sdc_deleted_at::timestamp_ntz as deleted_at,
        _sdc_deleted_at is not null as is_deleted
    from latest

)

select * from renamed
