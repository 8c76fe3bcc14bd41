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

sa_offers as (

    select * from {{ ref('stg_streaming_availability__offers') }}
    where not is_deleted

),

sa_changes as (

    select * from {{ ref('stg_streaming_availability__changes') }}
    where not is_deleted

),

sa_top_entries as (

    select * from {{ ref('stg_streaming_availability__top_entries') }}
    where not is_deleted

),

watchmode_titles as (

    select * from {{ ref('stg_watchmode__titles') }}
    where not is_deleted

),

watchmode_releases as (

    select * from {{ ref('stg_watchmode__releases') }}
    where not is_deleted

),

-- Streaming Availability has no table of titles: its offers, changes and lists name them.
sa_mentions as (

    select
        sa_id,
        title_type,
        tmdb_id,
        imdb_id,
        title_name,
        read_at
    from sa_offers

    union all

    select
        sa_id,
        title_type,
        tmdb_id,
        imdb_id,
        title_name,
        read_at
    from sa_changes

    union all

    select
        sa_id,
        title_type,
        tmdb_id,
        imdb_id,
        title_name,
        snapshot_at as read_at
    from sa_top_entries

),

sa_titles as (

    select *
    from sa_mentions
    where sa_id is not null
    qualify
        row_number() over (
            partition by sa_id
            order by
                read_at desc nulls last,
                tmdb_id asc nulls last,
                imdb_id asc nulls last,
                title_name asc
        ) = 1

),

-- Releases name titles that are not followed.
watchmode_released_titles as (

    select *
    from watchmode_releases
    where watchmode_id is not null
    qualify
        row_number() over (
            partition by watchmode_id
            order by
                snapshot_date desc nulls last,
                tmdb_id asc nulls last,
                imdb_id asc nulls last,
                release_id asc
        ) = 1

),

records as (

    select
        'app' as source,
        title_id::varchar as source_title_id,
        title_type,
        tmdb_id,
        imdb_id,
        tvdb_id,
        title_name,
        original_title_name,
        release_year,
        is_deleted
    from app_titles

    union all

    select
        'tmdb' as source,
        title_type || '-' || tmdb_id as source_title_id,
        title_type,
        tmdb_id,
        imdb_id,
        tvdb_id,
        title_name,
        original_title_name,
        year(released_on) as release_year,
        false as is_deleted
    from tmdb_titles

    union all

    select
        'tvmaze' as source,
        tvmaze_id::varchar as source_title_id,
        'series' as title_type,
        null::integer as tmdb_id,
        imdb_id,
        tvdb_id,
        title_name,
        null::varchar as original_title_name,
        year(premiered_on) as release_year,
        false as is_deleted
    from tvmaze_shows

    union all

    select
        'sa' as source,
        sa_id as source_title_id,
        title_type,
        tmdb_id,
        imdb_id,
        null::integer as tvdb_id,
        title_name,
        null::varchar as original_title_name,
        null::integer as release_year,
        false as is_deleted
    from sa_titles

    union all

    select
        'watchmode' as source,
        watchmode_id::varchar as source_title_id,
        title_type,
        tmdb_id,
        imdb_id,
        null::integer as tvdb_id,
        title_name,
        original_title_name,
        release_year,
        false as is_deleted
    from watchmode_titles

    union all

    select
        'watchmode' as source,
        watchmode_released_titles.watchmode_id::varchar as source_title_id,
        watchmode_released_titles.title_type,
        watchmode_released_titles.tmdb_id,
        watchmode_released_titles.imdb_id,
        null::integer as tvdb_id,
        watchmode_released_titles.title_name,
        null::varchar as original_title_name,
        null::integer as release_year,
        false as is_deleted
    from watchmode_released_titles
    left join watchmode_titles
        on watchmode_released_titles.watchmode_id = watchmode_titles.watchmode_id
    where watchmode_titles.watchmode_id is null

),

unioned as (

    select
        source || '-' || source_title_id as record_key,
        source,
        source_title_id,
        title_type,
        tmdb_id,
        imdb_id,
        tvdb_id,
        title_name,
        original_title_name,
        release_year,
        case source
            when 'app' then 1
            when 'tmdb' then 2
            when 'tvmaze' then 3
            when 'sa' then 4
            when 'watchmode' then 5
        end as source_rank,
        is_deleted
    from records

)

select * from unioned
