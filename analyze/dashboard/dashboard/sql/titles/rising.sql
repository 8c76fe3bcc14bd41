-- Titles that grow: hours of the last seven days that are over, to the mean of the four weeks
-- before, two hours added to both so that little does not lead; at least three viewers in the
-- seven days.
-- definitions: hours_viewed, viewers
with last_day as (
    select max(active_on) as complete_on
    from :marts.daily_active_users
),

viewing as (
    select
        engagement.title_key,
        sum(
            case
                when engagement.viewed_on > dateadd(day, -7, last_day.complete_on)
                    then engagement.watched_seconds
                else 0
            end
        ) / 3600 as hours,
        sum(
            case
                when engagement.viewed_on <= dateadd(day, -7, last_day.complete_on)
                    then engagement.watched_seconds
                else 0
            end
        ) / 3600 / 4 as usual_hours
    from :marts.daily_title_engagement as engagement
    cross join last_day
    where
        engagement.viewed_on > dateadd(day, -35, last_day.complete_on)
        and engagement.viewed_on <= last_day.complete_on
    group by engagement.title_key
),

people as (
    select
        plays.title_key,
        count(distinct plays.user_id) as viewers
    from :marts.fct_plays as plays
    cross join last_day
    where
        plays.started_on > dateadd(day, -7, last_day.complete_on)
        and plays.started_on <= last_day.complete_on
    group by plays.title_key
)

select
    titles.title_key,
    titles.title_name,
    titles.title_type,
    viewing.hours,
    viewing.usual_hours,
    people.viewers,
    (viewing.hours + 2) / (viewing.usual_hours + 2) as growth
from viewing
inner join people on viewing.title_key = people.title_key
inner join :marts.dim_titles as titles on viewing.title_key = titles.title_key
where
    people.viewers >= 3
    and (:title_type = 'all' or titles.title_type = :title_type)
order by growth desc, titles.title_key asc
limit 20
