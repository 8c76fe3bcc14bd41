with sessions as (

    select * from {{ ref('fct_viewing_sessions') }}

),

titles as (

    select * from {{ ref('dim_titles') }}

),

measured as (

    select
        sessions.session_id,
        sessions.profile_id,
        sessions.user_id,
        sessions.title_key,
        sessions.started_on,
        sessions.watched_seconds,
        sessions.is_play,
        sessions.is_play
        and titles.runtime_minutes > 0
        and sessions.watched_seconds
        >= titles.runtime_minutes * 60 * {{ var('complete_play_ratio') }} as is_complete_play
    from sessions
    inner join titles
        on sessions.title_key = titles.title_key

),

aggregated as (

    select
        title_key,
        started_on as viewed_on,
        count(*) as session_count,
        count_if(is_play) as play_count,
        count_if(is_complete_play) as complete_play_count,
        count(distinct profile_id) as profile_count,
        count(distinct user_id) as user_count,
        sum(watched_seconds) as watched_seconds
    from measured
    group by title_key, started_on

),

final as (

    select
        aggregated.title_key || '|' || to_char(aggregated.viewed_on, 'YYYY-MM-DD') as title_day_key,
        aggregated.title_key,
        titles.title_name,
        titles.title_type,
        aggregated.session_count,
        aggregated.play_count,
        aggregated.complete_play_count,
        aggregated.profile_count,
        aggregated.user_count,
        aggregated.watched_seconds,
        round(aggregated.watched_seconds / 3600, 2)::number(18, 2) as watched_hours,
        round(
            aggregated.complete_play_count / nullif(aggregated.play_count, 0), 4
        )::number(5, 4) as completion_rate,
        aggregated.viewed_on
    from aggregated
    inner join titles
        on aggregated.title_key = titles.title_key

)

select * from final
