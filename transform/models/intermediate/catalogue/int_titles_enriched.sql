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

watchmode_titles as (

    select * from {{ ref('stg_watchmode__titles') }}

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
        titles.sa_id,
        titles.watchmode_id,
        titles.imdb_id,
        titles.tvdb_id,
        titles.title_type,
        titles.tmdb_title_type,
        titles.title_name,
        titles.original_title_name,
        coalesce(
            tmdb_titles.original_language, watchmode_titles.original_language
        ) as original_language,
        genres.genre_names,
        app_titles.maturity_rating,
        coalesce(tmdb_titles.release_status, tvmaze_shows.release_status) as release_status,
        {% for source in ['tmdb', 'tvmaze', 'sa', 'watchmode'] -%}
        titles.{{ source }}_match_method,
        titles.{{ source }}_match_confidence,
        {% endfor -%}
        titles.source_count,
        titles.release_year,
        coalesce(
            nullif(app_titles.runtime_minutes, 0),
            nullif(tmdb_titles.runtime_minutes, 0),
            nullif(tvmaze_shows.average_runtime_minutes, 0),
            nullif(tvmaze_shows.runtime_minutes, 0),
            nullif(watchmode_titles.runtime_minutes, 0)
        ) as runtime_minutes,
        tmdb_titles.season_count,
        tmdb_titles.episode_count,
        tmdb_titles.popularity as tmdb_popularity,
        tmdb_titles.vote_average as tmdb_vote_average,
        tmdb_titles.vote_count as tmdb_vote_count,
        tvmaze_shows.rating_average as tvmaze_rating_average,
        app_titles.title_id is not null
        and not app_titles.is_deleted
        and app_titles.removed_on is null as is_in_catalogue,
        coalesce(
            tmdb_titles.released_on, tvmaze_shows.premiered_on, watchmode_titles.released_on
        ) as released_on,
        app_titles.added_on as added_to_catalogue_on,
        app_titles.removed_on as removed_from_catalogue_on,
        try_to_date(app_titles.licence:expires_on::varchar) as licence_expires_on
    from titles
    left join app_titles
        on titles.title_id = app_titles.title_id
    left join tmdb_titles
        on
            titles.tmdb_title_type = tmdb_titles.title_type
            and titles.tmdb_id = tmdb_titles.tmdb_id
    left join tvmaze_shows
        on titles.tvmaze_id = tvmaze_shows.tvmaze_id
    left join watchmode_titles
        on titles.watchmode_id = watchmode_titles.watchmode_id
    left join genres
        on titles.title_key = genres.title_key

)

select * from enriched
