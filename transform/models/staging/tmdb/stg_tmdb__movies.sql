with source as (

    select * from {{ source('tmdb', 'tmdb_movies') }}

),

latest as (

    select *
    from source
    {{ keep_latest(['id']) }}

),

renamed as (

    select
        id::integer as tmdb_id,
        {{ blank_to_null('imdb_id') }} as imdb_id,
        {{ blank_to_null('wikidata_id') }} as wikidata_id,
        {{ tmdb_title_type('media_type') }} as title_type,
        {{ blank_to_null('title') }} as title_name,
        {{ blank_to_null('original_title') }} as original_title_name,
        lower({{ blank_to_null('original_language') }}) as original_language,
        {{ blank_to_null('overview') }} as overview,
        {{ blank_to_null('tagline') }} as tagline,
        {{ blank_to_null('status') }} as release_status,
        {{ blank_to_null('homepage') }} as homepage_url,
        {{ blank_to_null('poster_path') }} as poster_path,
        {{ blank_to_null('backdrop_path') }} as backdrop_path,
        genres,
        origin_country as origin_countries,
        production_countries,
        production_companies,
        spoken_languages,
        belongs_to_collection as collection,
        cast_members,
        crew_members,
        external_ids,
        nullif(runtime, 0)::integer as runtime_minutes,
        nullif(budget, 0)::integer as budget_usd,
        nullif(revenue, 0)::integer as revenue_usd,
        popularity::double as popularity,
        iff(vote_count > 0, vote_average, null)::double as vote_average,
        vote_count::integer as vote_count,
        adult::boolean as is_adult,
        softcore::boolean as is_softcore,
        video::boolean as is_video,
        release_date::date as released_on,
        change_date::date as changed_on,
        _sdc_batched_at::timestamp_ntz as loaded_at,
        _sdc_deleted_at::timestamp_ntz as deleted_at,
        _sdc_deleted_at is not null as is_deleted
    from latest

)

select * from renamed
