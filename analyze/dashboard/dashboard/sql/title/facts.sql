-- What is known of the title, and of its plays over all days.
-- definitions: completion_rate, viewers, fct_ratings.stars
select
    titles.title_name,
    titles.title_type,
    titles.release_year,
    titles.runtime_minutes,
    titles.genre_names,
    titles.original_language,
    titles.maturity_rating,
    titles.licence_expires_on,
    titles.is_in_catalogue,
    funnel.play_count,
    funnel.completion_rate,
    funnel.first_viewed_on,
    funnel.last_viewed_on,
    (
        select count(distinct user_id)
        from :marts.fct_plays
        where title_key = :title_key
    ) as viewers,
    (
        select sum(watched_seconds) / 3600
        from :marts.daily_title_engagement
        where title_key = :title_key
    ) as hours,
    (
        select avg(stars)
        from :marts.fct_ratings
        where title_key = :title_key
    ) as stars,
    (
        select count(*)
        from :marts.fct_ratings
        where title_key = :title_key
    ) as ratings
from :marts.dim_titles as titles
left join :marts.title_completion_funnel as funnel on titles.title_key = funnel.title_key
where titles.title_key = :title_key
