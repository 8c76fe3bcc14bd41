-- How much more a group of users watches a genre than all users do: the genre's share of the
-- group's hours to its share of all hours; 1 is average. The hours of a title with several genres
-- are split between them.
-- definitions: user_genre_affinity, user_genre_affinity.affinity
with judged as (
    select
        affinity.genre_name,
        affinity.watched_hours,
        affinity.user_id,
        case :segment
            when 'age' then users.age_group_at_signup
            when 'plan' then users.plan_tier
            else users.country
        end as segment
    from :marts.user_genre_affinity as affinity
    inner join :marts.dim_users as users
        on affinity.user_id = users.user_id and users.is_current
),

totals as (
    select
        segment,
        genre_name,
        sum(watched_hours) as hours,
        sum(sum(watched_hours)) over (partition by segment) as segment_hours,
        sum(sum(watched_hours)) over (partition by genre_name) as genre_hours,
        sum(sum(watched_hours)) over () as all_hours
    from judged
    group by segment, genre_name
),

people as (
    select
        segment,
        count(distinct user_id) as users
    from judged
    group by segment
)

select
    totals.segment,
    totals.genre_name,
    totals.hours,
    totals.genre_hours,
    people.users,
    (totals.hours / nullif(totals.segment_hours, 0))
    / nullif(totals.genre_hours / nullif(totals.all_hours, 0), 0) as affinity
from totals
inner join people on totals.segment = people.segment
where people.users >= 20
order by totals.segment, totals.genre_name
