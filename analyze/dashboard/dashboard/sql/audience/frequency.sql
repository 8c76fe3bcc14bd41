-- Users by the number of days with a play, of the last 28 that are over. All users together are
-- the MAU.
-- definitions: mau, daily_user_engagement
with days as (
    select
        engagement.user_id,
        count(*) as active_days
    from :marts.daily_user_engagement as engagement
    cross join (select max(active_on) as complete_on from :marts.daily_active_users) as last_day
    where
        engagement.play_count > 0
        and engagement.viewed_on > dateadd(day, -28, last_day.complete_on)
        and engagement.viewed_on <= last_day.complete_on
    group by engagement.user_id
)

select
    active_days,
    count(*) as users
from days
group by active_days
order by active_days
