with app_titles as (

    select * from {{ ref('stg_streaming_app__titles') }}

),

tmdb_titles as (

    select * from {{ ref('int_tmdb_titles_unioned') }}

),

tvmaze_shows as (

    select * from {{ ref('stg_tvmaze__shows') }}
    where not is_deleted

),

app_tmdb_candidates as (

    select
        app_titles.title_id,
        tmdb_titles.title_type,
        tmdb_titles.tmdb_id,
        1 as match_rank
    from app_titles
    inner join tmdb_titles
        on
            app_titles.title_type = tmdb_titles.title_type
            and app_titles.tmdb_id = tmdb_titles.tmdb_id

    union all

    select
        app_titles.title_id,
        tmdb_titles.title_type,
        tmdb_titles.tmdb_id,
        2 as match_rank
    from app_titles
    inner join tmdb_titles
        on
            app_titles.title_type = tmdb_titles.title_type
            and app_titles.imdb_id = tmdb_titles.imdb_id

    union all

    select
        app_titles.title_id,
        tmdb_titles.title_type,
        tmdb_titles.tmdb_id,
        3 as match_rank
    from app_titles
    inner join tmdb_titles
        on
            app_titles.title_type = tmdb_titles.title_type
            and app_titles.tvdb_id = tmdb_titles.tvdb_id
    where app_titles.title_type = 'series'

),

app_tmdb_matches as (

    select
        title_id,
        title_type,
        tmdb_id,
        match_rank
    from app_tmdb_candidates
    qualify
        row_number() over (partition by title_id order by match_rank, tmdb_id) = 1
        and row_number() over (
            partition by title_type, tmdb_id
            order by match_rank, title_id
        ) = 1

),

app_and_tmdb as (

    select
        'app-' || app_titles.title_id as title_key,
        app_titles.title_type,
        app_titles.title_id,
        app_tmdb_matches.tmdb_id,
        coalesce(app_titles.imdb_id, tmdb_titles.imdb_id) as imdb_id,
        coalesce(app_titles.tvdb_id, tmdb_titles.tvdb_id) as tvdb_id,
        case app_tmdb_matches.match_rank
            when 1 then 'tmdb_id'
            when 2 then 'imdb_id'
            when 3 then 'tvdb_id'
        end as tmdb_match_method
    from app_titles
    left join app_tmdb_matches
        on app_titles.title_id = app_tmdb_matches.title_id
    left join tmdb_titles
        on
            app_tmdb_matches.title_type = tmdb_titles.title_type
            and app_tmdb_matches.tmdb_id = tmdb_titles.tmdb_id

    union all

    select
        'tmdb-' || tmdb_titles.title_type || '-' || tmdb_titles.tmdb_id as title_key,
        tmdb_titles.title_type,
        null::integer as title_id,
        tmdb_titles.tmdb_id,
        tmdb_titles.imdb_id,
        tmdb_titles.tvdb_id,
        null::varchar as tmdb_match_method
    from tmdb_titles
    left join app_tmdb_matches
        on
            tmdb_titles.title_type = app_tmdb_matches.title_type
            and tmdb_titles.tmdb_id = app_tmdb_matches.tmdb_id
    where app_tmdb_matches.tmdb_id is null

),

tvmaze_candidates as (

    select
        app_and_tmdb.title_key,
        tvmaze_shows.tvmaze_id,
        1 as match_rank
    from app_and_tmdb
    inner join tvmaze_shows
        on app_and_tmdb.imdb_id = tvmaze_shows.imdb_id
    where app_and_tmdb.title_type = 'series'

    union all

    select
        app_and_tmdb.title_key,
        tvmaze_shows.tvmaze_id,
        2 as match_rank
    from app_and_tmdb
    inner join tvmaze_shows
        on app_and_tmdb.tvdb_id = tvmaze_shows.tvdb_id
    where app_and_tmdb.title_type = 'series'

),

tvmaze_matches as (

    select
        title_key,
        tvmaze_id,
        case match_rank when 1 then 'imdb_id' when 2 then 'tvdb_id' end as tvmaze_match_method
    from tvmaze_candidates
    qualify
        row_number() over (partition by title_key order by match_rank, tvmaze_id) = 1
        and row_number() over (partition by tvmaze_id order by match_rank, title_key) = 1

),

matched as (

    select
        app_and_tmdb.title_key,
        app_and_tmdb.title_type,
        app_and_tmdb.title_id,
        app_and_tmdb.tmdb_id,
        tvmaze_matches.tvmaze_id,
        app_and_tmdb.imdb_id,
        app_and_tmdb.tvdb_id,
        app_and_tmdb.tmdb_match_method,
        tvmaze_matches.tvmaze_match_method
    from app_and_tmdb
    left join tvmaze_matches
        on app_and_tmdb.title_key = tvmaze_matches.title_key

    union all

    select
        'tvmaze-' || tvmaze_shows.tvmaze_id as title_key,
        'series' as title_type,
        null::integer as title_id,
        null::integer as tmdb_id,
        tvmaze_shows.tvmaze_id,
        tvmaze_shows.imdb_id,
        tvmaze_shows.tvdb_id,
        null::varchar as tmdb_match_method,
        null::varchar as tvmaze_match_method
    from tvmaze_shows
    left join tvmaze_matches
        on tvmaze_shows.tvmaze_id = tvmaze_matches.tvmaze_id
    where tvmaze_matches.tvmaze_id is null

)

select * from matched
