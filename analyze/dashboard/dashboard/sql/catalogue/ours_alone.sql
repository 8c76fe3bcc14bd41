-- Titles that are watched with us in the country, and how many of the other services there lack
-- them.
-- definitions: catalogue_differences, catalogue_differences.watched_hours
-- definitions: catalogue_differences.viewer_count
select
    title_name,
    title_type,
    max(watched_hours) as hours,
    max(viewer_count) as viewers,
    count(distinct service_key) as lacking_services
from :marts.catalogue_differences
where held_by = 'own' and country = :country
group by title_key, title_name, title_type
order by hours desc, title_name asc
limit 50
