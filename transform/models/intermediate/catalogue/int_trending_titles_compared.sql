{{ config(tags=['trending']) }}

with trending_titles as (

    select * from {{ ref('stg_tmdb__trending_titles') }}
    where not is_deleted

),

numbered as (

    select
        *,
        dense_rank() over (
            partition by time_window, title_type
            order by snapshot_date desc
        ) as snapshots_back
    from trending_titles
    qualify snapshots_back <= 2

),

compared as (

    select
        latest.time_window,
        latest.title_type,
        latest.tmdb_id,
        latest.title_name,
        latest.trending_rank,
        previous.trending_rank as previous_trending_rank,
        previous.trending_rank - latest.trending_rank as places_gained,
        previous.tmdb_id is null as is_new_entry,
        latest.popularity,
        latest.vote_average,
        latest.vote_count,
        latest.released_on,
        latest.snapshot_date,
        latest.snapshot_at,
        latest.loaded_at
    from numbered as latest
    left join numbered as previous
        on
            latest.time_window = previous.time_window
            and latest.title_type = previous.title_type
            and latest.tmdb_id = previous.tmdb_id
            and previous.snapshots_back = 2
    where latest.snapshots_back = 1

)

select * from compared
