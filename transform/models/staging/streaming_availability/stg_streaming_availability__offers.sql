with source as (

    select * from {{ source('streaming_availability', 'sa_offers') }}

),

latest as (

    select *
    from source
    {{ keep_latest(['offer_id']) }}

),

-- Rows without a type are no offers. One with a title says that the title had none in the country
-- when it was read; one without says that all of the country read before are gone.
dated as (

    select
        *,
        max(read_at) over (partition by show_id, country) as title_read_at,
        max(iff(show_id is null, read_at, null)) over (partition by country) as country_read_at
    from latest

),

renamed as (

    select
        {{ blank_to_null('offer_id') }} as offer_id,
        {{ blank_to_null('show_id') }} as sa_id,
        tmdb_id::integer as tmdb_id,
        {{ blank_to_null('imdb_id') }} as imdb_id,
        {{ blank_to_null('service_id') }} as service_id,
        {{ blank_to_null('addon_id') }} as addon_id,
        {{ tmdb_title_type('media_type') }} as title_type,
        {{ blank_to_null('title') }} as title_name,
        upper({{ blank_to_null('country') }}) as country,
        {{ blank_to_null('service_name') }} as service_name,
        lower({{ blank_to_null('type') }}) as option_type,
        {{ blank_to_null('addon_name') }} as addon_name,
        lower({{ blank_to_null('quality') }}) as video_quality,
        {{ blank_to_null('link') }} as title_url,
        {{ blank_to_null('video_link') }} as video_url,
        upper({{ blank_to_null('price_currency') }}) as price_currency,
        audios as audio_languages,
        subtitles as subtitle_languages,
        price_amount::double as price_amount,
        expires_soon::boolean as is_expiring_soon,
        expires_on::timestamp_ntz as expires_at,
        available_since::timestamp_ntz as available_since,
        read_at = title_read_at and read_at >= coalesce(country_read_at, read_at) as is_current,
        read_at::timestamp_ntz as read_at,
        _sdc_batched_at::timestamp_ntz as loaded_at,
        _sdc_deleted_at::timestamp_ntz as deleted_at,
        _sdc_deleted_at is not null as is_deleted
    from dated
    where type is not null

)

select * from renamed
