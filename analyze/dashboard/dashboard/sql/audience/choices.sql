-- Countries and kinds of device that were watched in, for the filters.
select distinct
    country,
    device
from :marts.hourly_engagement
where country is not null and device is not null
order by country, device
