-- The last days that are over, and as many before them.
-- definitions: hours_viewed, plays, completion_rate
with days as (
    select
        viewed_on,
        watched_seconds,
        play_count,
        complete_play_count,
        datediff(
            day, viewed_on, (select max(active_on) from :marts.daily_active_users)
        ) as days_ago
    from :marts.daily_title_engagement
)

select
    case when days_ago < :days then 'these' else 'before' end as period,
    count(distinct viewed_on) as day_count,
    sum(watched_seconds) / 3600 as hours,
    sum(play_count) as plays,
    sum(complete_play_count) / nullif(sum(play_count), 0) as completion_rate
from days
where days_ago >= 0 and days_ago < 2 * :days
group by period
