{{ config(tags=['trending']) }}

with trending_titles as (

    select * from {{ ref('stg_tmdb__trending_titles') }}
    where not is_deleted

),

readings as (

    select
        time_window,
        title_type,
        snapshot_date,
        snapshot_at,
        count(*) as title_count
    from trending_titles
    group by time_window, title_type, snapshot_date, snapshot_at

),

-- Two extractors write this table, so an older reading may land last. Only the list that was
-- written last has all its titles; of the others there is what it did not overwrite.
whole_readings as (

    select *
    from readings
    qualify
        row_number() over (
            partition by time_window, title_type, snapshot_date
            order by title_count desc, snapshot_at desc
        ) = 1

),

snapshots as (

    select
        time_window,
        title_type,
        snapshot_at,
        row_number() over (
            partition by time_window, title_type
            order by snapshot_date desc
        ) as snapshots_back
    from whole_readings

),

numbered as (

    select
        trending_titles.*,
        snapshots.snapshots_back
    from trending_titles
    inner join snapshots
        on
            trending_titles.time_window = snapshots.time_window
            and trending_titles.title_type = snapshots.title_type
            and trending_titles.snapshot_at = snapshots.snapshot_at
    where snapshots.snapshots_back <= 2

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
