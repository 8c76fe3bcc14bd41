with source as (

    select * from {{ source('streaming_app', 'ratings') }}

),

latest as (

    select *
    from source
    {{ keep_latest(['profile_id', 'title_id']) }}

),

renamed as (

    select
        profile_id::varchar as profile_id,
        title_id::integer as title_id,
        {{ blank_to_null('comment') }} as comment,
        stars::number(2, 1) as stars,
        rated_at::timestamp_ntz as rated_at,
        created_at::timestamp_ntz as created_at,
        updated_at::timestamp_ntz as updated_at,
        _sdc_batched_at::timestamp_ntz as loaded_at,
        _sdc_deleted_at::timestamp_ntz as deleted_at,
        _sdc_deleted_at is not null as is_deleted
    from latest

)

select * from renamed
