with source as (

    select * from {{ source('streaming_availability', 'sa_changes') }}

),

latest as (

    select *
    from source
    {{ keep_latest(['change_id']) }}

),

renamed as (

    select
        {{ blank_to_null('change_id') }} as change_id,
        {{ blank_to_null('show_id') }} as sa_id,
        tmdb_id::integer as tmdb_id,
        {{ blank_to_null('imdb_id') }} as imdb_id,
        {{ blank_to_null('service_id') }} as service_id,
        {{ blank_to_null('addon_id') }} as addon_id,
        lower({{ blank_to_null('change_type') }}) as change_type,
        lower({{ blank_to_null('item_type') }}) as item_type,
        {{ tmdb_title_type('media_type') }} as title_type,
        {{ blank_to_null('title') }} as title_name,
        upper({{ blank_to_null('country') }}) as country,
        {{ blank_to_null('service_name') }} as service_name,
        lower({{ blank_to_null('option_type') }}) as option_type,
        {{ blank_to_null('addon_name') }} as addon_name,
        {{ blank_to_null('link') }} as title_url,
        season::integer as season_number,
        episode::integer as episode_number,
        changed_at::timestamp_ntz as changed_at,
        read_at::timestamp_ntz as read_at,
        _sdc_batched_at::timestamp_ntz as loaded_at,
        _sdc_deleted_at::timestamp_ntz as deleted_at,
        _sdc_deleted_at is not null as is_deleted
    from latest

)

select * from renamed
