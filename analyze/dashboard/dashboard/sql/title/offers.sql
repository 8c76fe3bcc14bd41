-- Where the title can be watched now, with us and elsewhere.
-- definitions: fct_title_availability.offer_type, fct_title_availability.expires_on
select
    services.service_name,
    offers.offer_type,
    listagg(distinct offers.country, ', ') within group (order by offers.country) as countries,
    min(offers.expires_on) as leaves_on
from :marts.fct_title_availability as offers
inner join :marts.dim_services as services on offers.service_key = services.service_key
where offers.title_key = :title_key and offers.is_current
group by services.is_own, services.service_name, offers.offer_type
order by services.is_own desc, services.service_name asc, offers.offer_type asc
