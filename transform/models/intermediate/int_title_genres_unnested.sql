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

app_genres as (

    select
        titles.title_key,
        nullif(trim(genre.value::varchar), '') as genre_name
    from titles
    inner join app_titles
        on titles.title_id = app_titles.title_id
    inner join lateral flatten(input => app_titles.genres) as genre

),

tmdb_genres as (

    select
        titles.title_key,
        nullif(trim(genre.value:name::varchar), '') as genre_name
    from titles
    inner join tmdb_titles
        on
            titles.title_type = tmdb_titles.title_type
            and titles.tmdb_id = tmdb_titles.tmdb_id
    inner join lateral flatten(input => tmdb_titles.genres) as genre

),

tvmaze_genres as (

    select
        titles.title_key,
        nullif(trim(genre.value::varchar), '') as genre_name
    from titles
    inner join tvmaze_shows
        on titles.tvmaze_id = tvmaze_shows.tvmaze_id
    inner join lateral flatten(input => tvmaze_shows.genres) as genre

),

unioned as (

    select * from app_genres
    union
    select * from tmdb_genres
    union
    select * from tvmaze_genres

)

select * from unioned
where genre_name is not null
