-- What is watched in the newest hours, and its places on the lists of others. Growth is to the
-- hours before.
-- definitions: trending_now, trending_now.watched_rank, trending_now.trending_rank
-- definitions: trending_now.growth, trending_now.tmdb_day_rank, trending_now.best_service_rank
select
    title_key,
    title_name,
    title_type,
    watched_rank,
    trending_rank,
    viewer_count,
    watched_hours,
    previous_watched_hours,
    growth,
    tmdb_day_rank,
    tmdb_week_rank,
    best_service_rank,
    is_in_catalogue,
    window_started_at,
    as_of_at
from :marts.trending_now
where :title_type = 'all' or title_type = :title_type
order by watched_rank nulls last, tmdb_day_rank nulls last, best_service_rank nulls last, title_name
