-- Titles that are watched and are announced to leave a service, most viewers first.
-- definitions: titles_leaving_soon, titles_leaving_soon.viewer_count
-- definitions: titles_leaving_soon.days_left
select
    title_key,
    title_name,
    title_type,
    service_name,
    country,
    leaving_on,
    days_left,
    viewer_count,
    watched_hours
from :marts.titles_leaving_soon
where :title_type = 'all' or title_type = :title_type
order by attention_rank
