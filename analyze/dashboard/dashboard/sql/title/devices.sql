-- Hours of the title by kind of device, over all days.
-- definitions: hours_viewed, fct_viewing_sessions.device
select
    coalesce(device, 'unknown') as device,
    sum(watched_seconds) / 3600 as hours
from :marts.fct_viewing_sessions
where title_key = :title_key
group by 1
order by 2 desc
