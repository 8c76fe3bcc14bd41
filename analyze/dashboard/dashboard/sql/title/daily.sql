-- Hours of the title by day (UTC), and its viewers of each day, which cannot be added up.
-- definitions: daily_title_engagement.watched_hours, daily_title_engagement.user_count
select
    viewed_on,
    watched_seconds / 3600 as hours,
    user_count as viewers
from :marts.daily_title_engagement
where
    title_key = :title_key
    and viewed_on <= (select max(active_on) from :marts.daily_active_users)
order by viewed_on
