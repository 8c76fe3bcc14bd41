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

genre_aliases as (

    select * from {{ ref('genre_aliases') }}

),

app_genres as (

    select
        app_titles.title_id,
        genre.value::varchar as genre_name
    from app_titles, lateral flatten(input => app_titles.genres) as genre

),

tmdb_genres as (

    select
        tmdb_titles.title_type,
        tmdb_titles.tmdb_id,
        genre.value:name::varchar as genre_name
    from tmdb_titles, lateral flatten(input => tmdb_titles.genres) as genre

),

tvmaze_genres as (

    select
        tvmaze_shows.tvmaze_id,
        genre.value::varchar as genre_name
    from tvmaze_shows, lateral flatten(input => tvmaze_shows.genres) as genre

),

watchmode_genres as (

    select
        watchmode_titles.watchmode_id,
        genre.value::varchar as genre_name
    from watchmode_titles, lateral flatten(input => watchmode_titles.genre_names) as genre

),

unioned as (

    select
        titles.title_key,
        app_genres.genre_name
    from titles
    inner join app_genres
        on titles.title_id = app_genres.title_id

    union all

    select
        titles.title_key,
        tmdb_genres.genre_name
    from titles
    inner join tmdb_genres
        on
            titles.tmdb_title_type = tmdb_genres.title_type
            and titles.tmdb_id = tmdb_genres.tmdb_id

    union all

    select
        titles.title_key,
        tvmaze_genres.genre_name
    from titles
    inner join tvmaze_genres
        on titles.tvmaze_id = tvmaze_genres.tvmaze_id

    union all

    select
        titles.title_key,
        watchmode_genres.genre_name
    from titles
    inner join watchmode_genres
        on titles.watchmode_id = watchmode_genres.watchmode_id

),

named as (

    select
        title_key,
        {{ blank_to_null('genre_name') }} as source_genre_name
    from unioned

),

unnested as (

    select distinct
        named.title_key,
        coalesce(genre_aliases.genre_name, initcap(named.source_genre_name)) as genre_name
    from named
    left join genre_aliases
        on lower(named.source_genre_name) = genre_aliases.genre_alias
    where named.source_genre_name is not null

),

-- Of names with one key the first in the alphabet is used.
keyed as (

    select
        title_key,
        {{ name_key('genre_name') }} as genre_key,
        min(genre_name) over (partition by {{ name_key('genre_name') }}) as genre_name
    from unnested

),

final as (

    select distinct
        title_key,
        genre_key,
        genre_name
    from keyed

)

select * from final
