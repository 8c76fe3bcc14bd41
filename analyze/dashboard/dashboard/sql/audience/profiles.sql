-- Hours of profiles for children and of others, in the last days that are over. A profile that was
-- erased is unknown.
-- definitions: hours_viewed, dim_profiles.is_kids
select
    case
        when profiles.profile_id is null then 'unknown'
        when profiles.is_kids then 'children'
        else 'others'
    end as profile,
    sum(sessions.watched_seconds) / 3600 as hours
from :marts.fct_viewing_sessions as sessions
cross join (select max(active_on) as complete_on from :marts.daily_active_users) as last_day
left join :marts.dim_profiles as profiles on sessions.profile_id = profiles.profile_id
where
    sessions.started_on > dateadd(day, -:days, last_day.complete_on)
    and sessions.started_on <= last_day.complete_on
    and (:country = 'all' or sessions.country = :country)
    and (:device = 'all' or sessions.device = :device)
group by 1
order by 2 desc
