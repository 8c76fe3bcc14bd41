with trending_titles as (

    select * from {{ ref('stg_tmdb__trending_titles') }}
    where not is_deleted

),

chart_entries as (

    select * from {{ ref('stg_tmdb__chart_entries') }}
    where not is_deleted

),

top_entries as (

    select * from {{ ref('stg_streaming_availability__top_entries') }}
    where not is_deleted

),

unioned as (

    select
        'tmdb' as platform,
        'trending_' || time_window as list_name,
        null as service_id,
        title_type as list_type,
        title_type,
        tmdb_id,
        null as imdb_id,
        null as sa_id,
        title_name,
        'world' as country,
        trending_rank as list_rank,
        snapshot_date as listed_on,
        snapshot_at as listed_at,
        loaded_at
    from trending_titles

    union all

    select
        'tmdb' as platform,
        chart as list_name,
        null as service_id,
        title_type as list_type,
        title_type,
        tmdb_id,
        null as imdb_id,
        null as sa_id,
        title_name,
        coalesce(country, 'world') as country,
        chart_rank as list_rank,
        snapshot_date as listed_on,
        snapshot_at as listed_at,
        loaded_at
    from chart_entries

    union all

    select
        'streaming_availability' as platform,
        'top' as list_name,
        service_id,
        list_type,
        title_type,
        tmdb_id,
        imdb_id,
        sa_id,
        title_name,
        country,
        top_rank as list_rank,
        snapshot_date as listed_on,
        snapshot_at as listed_at,
        loaded_at
    from top_entries

),

named as (

    select
        *,
        platform || '|' || coalesce(service_id || '|', '') || list_name || '|' || list_type
            as list_key,
        coalesce(sa_id, tmdb_id::varchar) as source_title_key
    from unioned

),

-- A list is keyed by rank, and a later reading of the same day may be shorter: ranks that it did
-- not write again are those of an earlier reading.
latest as (

    select *
    from named
    qualify listed_at = max(listed_at) over (partition by list_key, country, listed_on)

)

select * from latest
