with movies as (

    select * from {{ ref('stg_tmdb__movies') }}

),

tv_series as (

    select * from {{ ref('stg_tmdb__tv_series') }}

),

unioned as (

    select
        title_type,
        tmdb_id,
        imdb_id,
        null::integer as tvdb_id,
        title_name,
        original_title_name,
        original_language,
        overview,
        release_status,
        genres,
        runtime_minutes,
        null::integer as season_count,
        null::integer as episode_count,
        popularity,
        vote_average,
        vote_count,
        released_on,
        loaded_at
    from movies
    where not is_deleted

    union all

    select
        title_type,
        tmdb_id,
        imdb_id,
        tvdb_id,
        title_name,
        original_title_name,
        original_language,
        overview,
        release_status,
        genres,
        episode_runtimes_minutes[0]::integer as runtime_minutes,
        season_count,
        episode_count,
        popularity,
        vote_average,
        vote_count,
        first_aired_on as released_on,
        loaded_at
    from tv_series
    where not is_deleted

)

select * from unioned
