-- Titles that were ever played, the most played first.
select
    funnel.title_key,
    funnel.title_name,
    funnel.title_type,
    titles.release_year
from :marts.title_completion_funnel as funnel
inner join :marts.dim_titles as titles on funnel.title_key = titles.title_key
order by funnel.play_count desc, funnel.title_key asc
