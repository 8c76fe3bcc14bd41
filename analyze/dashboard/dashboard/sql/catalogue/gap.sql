-- Share of a genre in the hours watched with us in the country, less its share in a service's
-- titles there. Above 0 the genre is watched more than it is offered; a genre of which a service
-- has nothing is the largest gap.
-- definitions: content_gap, content_gap.demand_share, content_gap.supply_share, content_gap.gap
select
    service_name,
    is_own,
    genre_name,
    demand_hours,
    demand_share,
    supply_title_count,
    supply_share,
    gap,
    gap_rank,
    window_started_on,
    window_ended_on
from :marts.content_gap
where country = :country
order by is_own desc, service_name asc, gap_rank asc
