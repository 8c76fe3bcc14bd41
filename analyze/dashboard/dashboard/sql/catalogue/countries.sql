-- Countries in which services are compared, for the filter: those with most services first.
select
    country,
    count(distinct service_key) as services
from :marts.content_gap
group by country
order by services desc, country asc
