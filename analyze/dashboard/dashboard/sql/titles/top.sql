-- Titles by hours in the last days that are over. A session counts whole on the day it started.
-- definitions: hours_viewed, plays, viewers, completion_rate
with last_day as (
    select max(active_on) as complete_on
    from :marts.daily_active_users
),

viewing as (
    select
        engagement.title_key,
        sum(engagement.watched_seconds) / 3600 as hours,
        sum(engagement.play_count) as plays,
        sum(engagement.complete_play_count)
        / nullif(sum(engagement.play_count), 0) as completion_rate
    from :marts.daily_title_engagement as engagement
    cross join last_day
    where
        engagement.viewed_on > dateadd(day, -:days, last_day.complete_on)
        and engagement.viewed_on <= last_day.complete_on
    group by engagement.title_key
),

-- Viewers of days cannot be added up: one may be there on several.
people as (
    select
        plays.title_key,
        count(distinct plays.user_id) as viewers
    from :marts.fct_plays as plays
    cross join last_day
    where
        plays.started_on > dateadd(day, -:days, last_day.complete_on)
        and plays.started_on <= last_day.complete_on
    group by plays.title_key
)

select
    titles.title_key,
    titles.title_name,
    titles.title_type,
    titles.release_year,
    titles.genre_names,
    viewing.hours,
    viewing.plays,
    coalesce(people.viewers, 0) as viewers,
    viewing.completion_rate
from viewing
inner join :marts.dim_titles as titles on viewing.title_key = titles.title_key
left join people on viewing.title_key = people.title_key
where
    (:title_type = 'all' or titles.title_type = :title_type)
    and (
        :genre_key = 'all'
        or exists (
            select 1
            from :marts.bridge_title_genres as genres
            where genres.title_key = titles.title_key and genres.genre_key = :genre_key
        )
    )
order by viewing.hours desc, titles.title_key asc
limit 100
