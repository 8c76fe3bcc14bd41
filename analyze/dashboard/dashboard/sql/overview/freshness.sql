-- How far the data reach: the last day that is over, the newest session, and when the marts were
-- built (all UTC).
-- definitions: fct_viewing_sessions.started_at, daily_active_users.active_on
select
    (select max(active_on) from :marts.daily_active_users) as complete_on,
    (select max(started_at) from :marts.fct_viewing_sessions) as newest_session_at,
    (select max(processed_at) from :marts.fct_viewing_sessions) as built_at
