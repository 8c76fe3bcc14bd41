-- Hours by weekday and hour of the viewer's own clock, in the last days that are over; a session
-- counts whole in the hour it started.
-- definitions: hourly_engagement.watched_hours, hourly_engagement.local_hour
select
    dayofweekiso(local_started_on) as weekday,
    local_hour,
    sum(watched_seconds) / 3600 as hours
from :marts.hourly_engagement
where
    local_hour is not null
    and started_on > dateadd(day, -:days, (select max(active_on) from :marts.daily_active_users))
    and started_on <= (select max(active_on) from :marts.daily_active_users)
    and (:country = 'all' or country = :country)
    and (:device = 'all' or device = :device)
group by weekday, local_hour
order by weekday, local_hour
