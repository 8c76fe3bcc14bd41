-- The lists of the platforms that were read last: which there are.
-- definitions: fct_trending_ranks.list_name, fct_trending_ranks.listed_on
select
    ranks.list_key,
    ranks.platform,
    ranks.list_name,
    ranks.title_type,
    ranks.country,
    services.service_name,
    max(ranks.listed_on) as listed_on
from :marts.fct_trending_ranks as ranks
left join :marts.dim_services as services on ranks.service_key = services.service_key
group by
    ranks.list_key, ranks.platform, ranks.list_name, ranks.title_type, ranks.country,
    services.service_name
order by ranks.platform, ranks.list_name, services.service_name, ranks.title_type
