-- Different users who watched, in windows of 1, 7 and 28 days (UTC) that end on the day.
-- definitions: dau, wau, mau
select
    active_on,
    dau,
    wau,
    mau
from :marts.daily_active_users
where active_on > dateadd(day, -:days, (select max(active_on) from :marts.daily_active_users))
order by active_on
