with source as (

    select * from {{ source('watchmode', 'watchmode_titles') }}

),

titles as (

    select *
    from source
    {{ keep_latest(['id']) }}

),

latest as (

    select
        titles.*,
        listed.index as offer_index,
        listed.value as offer
    from titles, lateral flatten(input => titles.sources) as listed

),

renamed as (

    select
        id::integer as watchmode_id,
        tmdb_id::integer as tmdb_id,
        offer:source_id::integer as source_id,
        {{ tmdb_title_type('media_type') }} as title_type,
        upper({{ blank_to_null('offer:region') }}) as country,
        lower({{ blank_to_null('offer:type') }}) as offer_type,
        upper({{ blank_to_null('offer:format') }}) as video_format,
        {{ blank_to_null('offer:name') }} as source_name,
        {{ blank_to_null('offer:web_url') }} as web_url,
        {{ blank_to_null('offer:ios_url') }} as ios_url,
        {{ blank_to_null('offer:android_url') }} as android_url,
        {{ blank_to_null('offer:tvos_url') }} as tvos_url,
        {{ blank_to_null('offer:android_tv_url') }} as android_tv_url,
        {{ blank_to_null('offer:roku_url') }} as roku_url,
        offer:price::double as price_amount,
        offer:seasons::integer as season_count,
        offer:episodes::integer as episode_count,
        snapshot_date::date as snapshot_date,
        read_at::timestamp_ntz as read_at,
        _sdc_batched_at::timestamp_ntz as loaded_at,
        _sdc_deleted_at::timestamp_ntz as deleted_at,
        _sdc_deleted_at is not null as is_deleted
    from latest
    -- A list that names an offer twice holds it once here.
    qualify
        row_number() over (
            partition by watchmode_id, source_id, country, offer_type, video_format
            order by offer_index
        ) = 1

)

select * from renamed
