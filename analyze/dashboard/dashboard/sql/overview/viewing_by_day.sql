-- Hours, plays and complete plays of each day (UTC). A session counts whole on the day it started
-- also when it goes on over midnight.
-- definitions: hours_viewed, plays, completion_rate
select
    viewed_on,
    sum(watched_seconds) / 3600 as hours,
    sum(play_count) as plays,
    sum(complete_play_count) / nullif(sum(play_count), 0) as completion_rate
from :marts.daily_title_engagement
where
    viewed_on > dateadd(day, -:days, (select max(active_on) from :marts.daily_active_users))
    and viewed_on <= (select max(active_on) from :marts.daily_active_users)
group by viewed_on
order by viewed_on
