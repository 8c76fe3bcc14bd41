-- Hours by country of the session, in the last days that are over.
-- definitions: hours_viewed, hourly_engagement.country
select
    coalesce(country, 'unknown') as country,
    sum(watched_seconds) / 3600 as hours
from :marts.hourly_engagement
where
    started_on > dateadd(day, -:days, (select max(active_on) from :marts.daily_active_users))
    and started_on <= (select max(active_on) from :marts.daily_active_users)
    and (:device = 'all' or device = :device)
group by 1
order by 2 desc
