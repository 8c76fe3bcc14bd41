{{ config(tags=['trending']) }}

with trending_titles as (

    select * from {{ ref('stg_tmdb__trending_titles') }}
    where not is_deleted

),

-- The newest reading of each list; ranks that it did not write again are not of it.
latest as (

    select *
    from trending_titles
    qualify snapshot_at = max(snapshot_at) over (partition by time_window, title_type)

),

pivoted as (

    select
        title_type,
        tmdb_id,
        max(title_name) as title_name,
        min(iff(time_window = 'day', trending_rank, null)) as tmdb_day_rank,
        min(iff(time_window = 'week', trending_rank, null)) as tmdb_week_rank,
        max(snapshot_at) as listed_at
    from latest
    group by title_type, tmdb_id

)

select * from pivoted
