with source as (

    select * from {{ source('tmdb', 'tmdb_tv') }}

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
        tvdb_id::integer as tvdb_id,
        tvrage_id::integer as tvrage_id,
        {{ blank_to_null('wikidata_id') }} as wikidata_id,
        {{ tmdb_title_type('media_type') }} as title_type,
        {{ blank_to_null('name') }} as title_name,
        {{ blank_to_null('original_name') }} as original_title_name,
        lower({{ blank_to_null('original_language') }}) as original_language,
        {{ blank_to_null('overview') }} as overview,
        {{ blank_to_null('tagline') }} as tagline,
        {{ blank_to_null('status') }} as release_status,
        {{ blank_to_null('type') }} as series_type,
        {{ blank_to_null('homepage') }} as homepage_url,
        {{ blank_to_null('poster_path') }} as poster_path,
        {{ blank_to_null('backdrop_path') }} as backdrop_path,
        genres,
        origin_country as origin_countries,
        languages,
        networks,
        seasons,
        created_by,
        cast_members,
        crew_members,
        production_countries,
        production_companies,
        spoken_languages,
        last_episode_to_air as last_episode,
        next_episode_to_air as next_episode,
        external_ids,
        episode_run_time as episode_runtimes_minutes,
        number_of_seasons::integer as season_count,
        number_of_episodes::integer as episode_count,
        popularity::double as popularity,
        iff(vote_count > 0, vote_average, null)::double as vote_average,
        vote_count::integer as vote_count,
        in_production::boolean as is_in_production,
        adult::boolean as is_adult,
        softcore::boolean as is_softcore,
        first_air_date::date as first_aired_on,
        last_air_date::date as last_aired_on,
        change_date::date as changed_on,
        _sdc_batched_at::timestamp_ntz as loaded_at,
        _sdc_deleted_at::timestamp_ntz as deleted_at,
        _sdc_deleted_at is not null as is_deleted
    from latest

)

select * from renamed
