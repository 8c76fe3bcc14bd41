-- Series that are watched in one go, in the last days that are over. A binge counts whole on the
-- day it started.
-- definitions: binges, episodes_per_binge, binge_runs
select
    titles.title_key,
    titles.title_name,
    count(*) as binges,
    avg(runs.episode_count) as episodes_per_binge
from :marts.binge_runs as runs
inner join :marts.dim_titles as titles on runs.title_key = titles.title_key
cross join (select max(active_on) as complete_on from :marts.daily_active_users) as last_day
where
    runs.started_on > dateadd(day, -:days, last_day.complete_on)
    and runs.started_on <= last_day.complete_on
group by titles.title_key, titles.title_name
order by binges desc, titles.title_key asc
limit 20
