{{ config(materialized='incremental', unique_key=['user_id', 'viewed_on']) }}
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

-- Whose a session is, and whose it was; a running time changes plays and not the ledger.
touched as (

    {{ touched_days('user_id') }}

),

user_days as (

    select distinct
        user_id,
        viewed_on
    from touched
    where
        user_id is not null
        and viewed_on is not null

),

{% else %}

user_days as (

    select distinct
        user_id,
        started_on as viewed_on
    from sessions
    where user_id is not null

),

{% endif %}

session_totals as (

    select
        user_days.user_id,
        user_days.viewed_on,
        count(*) as session_count,
        count(distinct sessions.profile_id) as profile_count,
        count(distinct sessions.title_key) as title_count,
        sum(sessions.watched_seconds) as watched_seconds
    from user_days
    inner join sessions
        on
            user_days.user_id = sessions.user_id
            and user_days.viewed_on = sessions.started_on
    group by user_days.user_id, user_days.viewed_on

),

play_totals as (

    select
        user_days.user_id,
        user_days.viewed_on,
        count(*) as play_count,
        count_if(plays.is_complete) as complete_play_count
    from user_days
    inner join plays
        on
            user_days.user_id = plays.user_id
            and user_days.viewed_on = plays.started_on
    group by user_days.user_id, user_days.viewed_on

),

final as (

    select
        user_days.user_id,
        session_totals.session_count,
        coalesce(play_totals.play_count, 0) as play_count,
        coalesce(play_totals.complete_play_count, 0) as complete_play_count,
        session_totals.profile_count,
        session_totals.title_count,
        session_totals.watched_seconds,
        user_days.viewed_on,
        iff(session_totals.session_count is null, null, {{ run_timestamp() }}) as processed_at
    from user_days
    left join session_totals
        on
            user_days.user_id = session_totals.user_id
            and user_days.viewed_on = session_totals.viewed_on
    left join play_totals
        on
            user_days.user_id = play_totals.user_id
            and user_days.viewed_on = play_totals.viewed_on

)

select * from final
