-- Titles that other services have in a subscription in the country and we lack, the most popular
-- at TMDB first.
-- definitions: catalogue_differences, catalogue_differences.tmdb_popularity
select
    title_name,
    title_type,
    max(tmdb_popularity) as popularity,
    listagg(distinct service_name, ', ') within group (order by service_name) as services
from :marts.catalogue_differences
where held_by = 'other' and country = :country
group by title_key, title_name, title_type
order by popularity desc nulls last, title_name asc
limit 50
