-- How large, how new and how old the catalogue of each service in the country is.
-- definitions: catalogue_freshness.title_count, catalogue_freshness.newly_released_share
-- definitions: catalogue_freshness.median_age_years, catalogue_freshness.added_last_month_count
select
    service_name,
    is_own,
    title_count,
    newly_released_share,
    median_age_years,
    added_last_month_count,
    unknown_addition_count,
    as_of_on
from :marts.catalogue_freshness
where country = :country
order by title_count desc
