with sessions as (

    select
        started_on,
        count(*) as session_count,
        sum(watched_seconds) as watched_seconds
    from {{ ref('fct_viewing_sessions') }}
    group by started_on

),

engagement as (

    select
        started_on,
        sum(session_count) as session_count,
        sum(watched_seconds) as watched_seconds
    from {{ ref('hourly_engagement') }}
    group by started_on

)

select
    sessions.*,
    engagement.session_count as engagement_session_count,
    engagement.watched_seconds as engagement_watched_seconds
from sessions
full outer join engagement
    on sessions.started_on = engagement.started_on
where
    sessions.session_count is distinct from engagement.session_count
    or sessions.watched_seconds is distinct from engagement.watched_seconds
