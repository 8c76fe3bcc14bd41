with source as (

    select * from {{ source('streaming_app', 'users') }}

),

latest as (

    select *
    from source
    {{ keep_latest(['user_id']) }}

),

renamed as (

    select
        user_id::varchar as user_id,
        {{ blank_to_null('email_sha256') }} as email_sha256,
        {{ blank_to_null('display_name') }} as display_name,
        upper({{ blank_to_null('country') }}) as country,
        {{ blank_to_null('locale') }} as locale,
        lower({{ blank_to_null('signup_source') }}) as signup_source,
        lower({{ blank_to_null('status') }}) as user_status,
        preferences,
        marketing_opt_in::boolean as is_marketing_opted_in,
        nullif(birth_date::date, '1900-01-01'::date) as birth_date,
        created_at::timestamp_ntz as created_at,
        updated_at::timestamp_ntz as updated_at,
        _sdc_batched_at::timestamp_ntz as loaded_at,
        _sdc_deleted_at::timestamp_ntz as deleted_at,
        _sdc_deleted_at is not null as is_deleted
    from latest

)

select * from renamed
