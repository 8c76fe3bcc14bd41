with source as (

    select * from {{ source('watchmode', 'watchmode_titles') }}

),

latest as (

    select *
    from source
    {{ keep_latest(['id']) }}

),

renamed as (

    select
        id::integer as watchmode_id,
        {{ blank_to_null('imdb_id') }} as imdb_id,
        tmdb_id::integer as tmdb_id,
        {{ tmdb_title_type('media_type') }} as title_type,
        lower({{ blank_to_null('type') }}) as watchmode_type,
        {{ blank_to_null('title') }} as title_name,
        {{ blank_to_null('original_title') }} as original_title_name,
        {{ blank_to_null('english_title') }} as english_title_name,
        lower({{ blank_to_null('original_language') }}) as original_language,
        {{ blank_to_null('plot_overview') }} as overview,
        {{ blank_to_null('us_rating') }} as us_age_rating,
        {{ blank_to_null('poster') }} as poster_url,
        {{ blank_to_null('backdrop') }} as backdrop_url,
        {{ blank_to_null('trailer') }} as trailer_url,
        {{ blank_to_null('trailer_thumbnail') }} as trailer_thumbnail_url,
        genres as genre_ids,
        genre_names,
        networks as network_ids,
        network_names,
        similar_titles as similar_watchmode_ids,
        runtime_minutes::integer as runtime_minutes,
        year::integer as release_year,
        end_year::integer as end_year,
        user_rating::double as user_rating,
        critic_score::double as critic_score,
        relevance_percentile::double as relevance_percentile,
        popularity_percentile::double as popularity_percentile,
        release_date::date as released_on,
        snapshot_date::date as snapshot_date,
        read_at::timestamp_ntz as read_at,
        _sdc_batched_at::timestamp_ntz as loaded_at,
        _sdc_deleted_at::timestamp_ntz as deleted_at,
        _sdc_deleted_at is not null as is_deleted
    from latest

)

select * from renamed
