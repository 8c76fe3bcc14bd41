-- Hours of each genre in the last days that are over. The hours of a title with several genres are
-- split between them, so that the genres add up to all hours.
-- definitions: hours_viewed, bridge_title_genres.weight
with last_day as (
    select max(active_on) as complete_on
    from :marts.daily_active_users
)

select
    genres.genre_name,
    sum(engagement.watched_seconds * bridge.weight) / 3600 as hours
from :marts.daily_title_engagement as engagement
cross join last_day
inner join :marts.bridge_title_genres as bridge on engagement.title_key = bridge.title_key
inner join :marts.dim_genres as genres on bridge.genre_key = genres.genre_key
inner join :marts.dim_titles as titles on engagement.title_key = titles.title_key
where
    engagement.viewed_on > dateadd(day, -:days, last_day.complete_on)
    and engagement.viewed_on <= last_day.complete_on
    and (:title_type = 'all' or titles.title_type = :title_type)
group by genres.genre_name
order by hours desc
