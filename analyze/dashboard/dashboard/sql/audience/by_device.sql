-- Hours by kind of device, in the last days that are over.
-- definitions: hours_viewed, hourly_engagement.device
select
    coalesce(device, 'unknown') as device,
    sum(watched_seconds) / 3600 as hours
from :marts.hourly_engagement
where
    started_on > dateadd(day, -:days, (select max(active_on) from :marts.daily_active_users))
    and started_on <= (select max(active_on) from :marts.daily_active_users)
    and (:country = 'all' or country = :country)
group by 1
order by 2 desc
