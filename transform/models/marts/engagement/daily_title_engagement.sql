{{ config(materialized='incremental', unique_key=['title_key', 'viewed_on']) }}
-- depends_on: {{ ref('int_viewing_sessions_classified') }}

with sessions as (

    select * from {{ ref('fct_viewing_sessions') }}

),

plays as (

    select * from {{ ref('fct_plays') }}

),

{% if is_incremental() %}

judged as (

    select * from {{ ref('int_viewing_sessions_classified') }}
    where processed_at > {{ watermark(this) }}

),

measured as (

    select * from {{ ref('fct_plays') }}
    where processed_at > {{ watermark(this) }}

),

-- Where a session is, and where it was; a running time changes plays and not the ledger.
touched as (

    {{ touched_days('title_key') }}

),

title_days as (

    select distinct
        title_key,
        viewed_on
    from touched
    where
        title_key is not null
        and viewed_on is not null

),

{% else %}

title_days as (

    select distinct
        title_key,
        started_on as viewed_on
    from sessions

),

{% endif %}

session_totals as (

    select
        title_days.title_key,
        title_days.viewed_on,
        count(*) as session_count,
        count(distinct sessions.profile_id) as profile_count,
        count(distinct sessions.user_id) as user_count,
        sum(sessions.watched_seconds) as watched_seconds
    from title_days
    inner join sessions
        on
            title_days.title_key = sessions.title_key
            and title_days.viewed_on = sessions.started_on
    group by title_days.title_key, title_days.viewed_on

),

play_totals as (

    select
        title_days.title_key,
        title_days.viewed_on,
        count(*) as play_count,
        count_if(plays.is_complete) as complete_play_count,
        count_if(plays.progress >= 0.25) as reached_25_play_count,
        count_if(plays.progress >= 0.5) as reached_50_play_count,
        count_if(plays.progress >= 0.75) as reached_75_play_count,
        count_if(plays.progress >= 0.95) as reached_95_play_count
    from title_days
    inner join plays
        on
            title_days.title_key = plays.title_key
            and title_days.viewed_on = plays.started_on
    group by title_days.title_key, title_days.viewed_on

),

final as (

    select
        title_days.title_key,
        session_totals.session_count,
        coalesce(play_totals.play_count, 0) as play_count,
        coalesce(play_totals.complete_play_count, 0) as complete_play_count,
        coalesce(play_totals.reached_25_play_count, 0) as reached_25_play_count,
        coalesce(play_totals.reached_50_play_count, 0) as reached_50_play_count,
        coalesce(play_totals.reached_75_play_count, 0) as reached_75_play_count,
        coalesce(play_totals.reached_95_play_count, 0) as reached_95_play_count,
        session_totals.profile_count,
        session_totals.user_count,
        session_totals.watched_seconds,
        round(session_totals.watched_seconds / 3600, 2)::number(18, 2) as watched_hours,
        round(play_totals.complete_play_count / play_totals.play_count, 4)::number(5, 4)
            as completion_rate,
        title_days.viewed_on,
        iff(session_totals.session_count is null, null, {{ run_timestamp() }}) as processed_at
    from title_days
    left join session_totals
        on
            title_days.title_key = session_totals.title_key
            and title_days.viewed_on = session_totals.viewed_on
    left join play_totals
        on
            title_days.title_key = play_totals.title_key
            and title_days.viewed_on = play_totals.viewed_on

)

select * from final
