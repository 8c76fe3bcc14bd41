with titles as (

    select * from {{ ref('int_titles_matched') }}

),

app_titles as (

    select * from {{ ref('stg_streaming_app__titles') }}

),

tmdb_titles as (

    select * from {{ ref('int_tmdb_titles_unioned') }}

),

tvmaze_shows as (

    select * from {{ ref('stg_tvmaze__shows') }}

),

genres as (

    select
        title_key,
        listagg(genre_name, ', ') within group (order by genre_name) as genre_names
    from {{ ref('int_title_genres_unnested') }}
    group by title_key

),

enriched as (

    select
        titles.title_key,
        titles.title_id,
        titles.tmdb_id,
        titles.tvmaze_id,
        titles.imdb_id,
        titles.tvdb_id,
        titles.title_type,
        titles.tmdb_match_method,
        titles.tvmaze_match_method,
        genres.genre_names,
        tmdb_titles.popularity as tmdb_popularity,
        tmdb_titles.vote_average as tmdb_vote_average,
        tmdb_titles.vote_count as tmdb_vote_count,
        tvmaze_shows.rating_average as tvmaze_rating_average,
        tmdb_titles.season_count,
        tmdb_titles.episode_count,
        tmdb_titles.original_language,
        app_titles.maturity_rating,
        app_titles.added_on as added_to_catalogue_on,
        app_titles.removed_on as removed_from_catalogue_on,
        coalesce(
            app_titles.title_name, tmdb_titles.title_name, tvmaze_shows.title_name
        ) as title_name,
        coalesce(
            app_titles.original_title_name, tmdb_titles.original_title_name
        ) as original_title_name,
        coalesce(tmdb_titles.release_status, tvmaze_shows.release_status) as release_status,
        coalesce(tmdb_titles.released_on, tvmaze_shows.premiered_on) as released_on,
        coalesce(
            app_titles.release_year,
            year(tmdb_titles.released_on),
            year(tvmaze_shows.premiered_on)
        ) as release_year,
        coalesce(
            app_titles.runtime_minutes,
            tmdb_titles.runtime_minutes,
            tvmaze_shows.average_runtime_minutes,
            tvmaze_shows.runtime_minutes
        ) as runtime_minutes,
        app_titles.title_id is not null
        and not app_titles.is_deleted
        and app_titles.removed_on is null as is_in_catalogue
    from titles
    left join app_titles
        on titles.title_id = app_titles.title_id
    left join tmdb_titles
        on
            titles.title_type = tmdb_titles.title_type
            and titles.tmdb_id = tmdb_titles.tmdb_id
    left join tvmaze_shows
        on titles.tvmaze_id = tvmaze_shows.tvmaze_id
    left join genres
        on titles.title_key = genres.title_key

)

select * from enriched
