{{ config(tags=['trending']) }}

with sessions as (

    select * from {{ ref('int_recent_sessions_judged') }}
    where rejection_reason is null and time_window in ('now', 'before')

),

lists as (

    select * from {{ ref('int_trending_titles_pivoted') }}

),

ranks as (

    select * from {{ ref('fct_trending_ranks') }}
    where list_name = 'top'

),

titles as (

    select * from {{ ref('dim_titles') }}

),

reached as (

    select max(as_of_at) as as_of_at
    from {{ ref('int_recent_sessions_judged') }}

),

watched as (

    select
        title_key,
        count(distinct iff(time_window = 'now' and is_play, profile_id, null)) as viewer_count,
        count(distinct iff(time_window = 'before' and is_play, profile_id, null))
            as previous_viewer_count,
        count_if(time_window = 'now' and is_play) as play_count,
        count_if(time_window = 'before' and is_play) as previous_play_count,
        sum(iff(time_window = 'now', watched_seconds, 0)) / 3600 as watched_hours,
        sum(iff(time_window = 'before', watched_seconds, 0)) / 3600 as previous_watched_hours,
        count_if(time_window = 'now') as session_count
    from sessions
    group by title_key

),

-- Titles that dim_titles lacks wait for the hourly run, as their sessions do in the fact.
known as (

    select
        watched.*,
        watched.title_key as trending_key
    from watched
    inner join titles
        on watched.title_key = titles.title_key

),

listed as (

    select
        coalesce(titles.title_key, 'tmdb-' || lists.title_type || '-' || lists.tmdb_id)
            as trending_key,
        lists.title_type,
        lists.tmdb_id,
        lists.title_name,
        lists.tmdb_day_rank,
        lists.tmdb_week_rank
    from lists
    left join titles
        on
            lists.title_type = titles.tmdb_title_type
            and lists.tmdb_id = titles.tmdb_id

),

dated as (

    select
        *,
        coalesce(title_key, 'tmdb-' || title_type || '-' || tmdb_id, 'sa-' || sa_id)
            as trending_key,
        max(listed_on) over () as newest_on
    from ranks

),

-- Each service's list as it was read last, unless that was long before the others.
current_ranks as (

    select *
    from dated
    where listed_on >= dateadd('day', -{{ var('current_list_days') }}, newest_on)
    qualify listed_on = max(listed_on) over (partition by list_key, country)

),

topped as (

    select
        trending_key,
        max(title_type) as title_type,
        max(tmdb_id) as tmdb_id,
        max(title_name) as title_name,
        min(list_rank) as best_service_rank,
        count(*) as service_list_count
    from current_ranks
    group by trending_key

),

shown as (

    select trending_key from known
    where session_count > 0
    union distinct
    select trending_key from listed
    union distinct
    select trending_key from topped

),

measured as (

    select
        shown.trending_key,
        titles.title_key,
        coalesce(titles.tmdb_id, listed.tmdb_id, topped.tmdb_id) as tmdb_id,
        coalesce(titles.title_name, listed.title_name, topped.title_name) as title_name,
        coalesce(titles.title_type, listed.title_type, topped.title_type) as title_type,
        coalesce(known.viewer_count, 0) as viewer_count,
        coalesce(known.previous_viewer_count, 0) as previous_viewer_count,
        coalesce(known.play_count, 0) as play_count,
        coalesce(known.previous_play_count, 0) as previous_play_count,
        coalesce(known.watched_hours, 0) as watched_hours,
        coalesce(known.previous_watched_hours, 0) as previous_watched_hours,
        known.trending_key is not null as is_watched,
        listed.tmdb_day_rank,
        listed.tmdb_week_rank,
        topped.best_service_rank,
        coalesce(topped.service_list_count, 0) as service_list_count,
        coalesce(titles.is_in_catalogue, false) as is_in_catalogue,
        reached.as_of_at
    from shown
    left join titles
        on shown.trending_key = titles.title_key
    left join known
        on shown.trending_key = known.trending_key
    left join listed
        on shown.trending_key = listed.trending_key
    left join topped
        on shown.trending_key = topped.trending_key
    cross join reached

),

grown as (

    select
        *,
        iff(
            is_watched,
            (watched_hours + {{ var('trending_smoothing_hours') }})
            / (previous_watched_hours + {{ var('trending_smoothing_hours') }}),
            null
        ) as growth,
        viewer_count >= {{ var('trending_minimum_viewers') }} as has_enough_viewers
    from measured

),

final as (

    select
        trending_key,
        title_key,
        tmdb_id,
        title_name,
        title_type,
        iff(
            has_enough_viewers,
            row_number() over (
                partition by has_enough_viewers
                order by growth desc nulls last, watched_hours desc, trending_key asc
            ),
            null
        ) as trending_rank,
        iff(
            watched_hours > 0,
            row_number() over (order by watched_hours desc, trending_key asc),
            null
        ) as watched_rank,
        tmdb_day_rank,
        tmdb_week_rank,
        best_service_rank,
        service_list_count,
        viewer_count,
        previous_viewer_count,
        play_count,
        previous_play_count,
        round(watched_hours, 2)::number(18, 2) as watched_hours,
        round(previous_watched_hours, 2)::number(18, 2) as previous_watched_hours,
        round(growth, 4)::number(18, 4) as growth,
        has_enough_viewers,
        is_in_catalogue,
        dateadd('hour', -{{ var('trending_window_hours') }}, as_of_at) as window_started_at,
        as_of_at
    from grown

)

select * from final
