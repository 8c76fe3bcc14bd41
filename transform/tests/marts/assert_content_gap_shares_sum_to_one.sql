select
    country,
    service_key,
    sum(demand_share) as demand_share,
    sum(supply_share) as supply_share
from {{ ref('content_gap') }}
group by country, service_key
-- Each share is rounded to six digits.
having
    abs(sum(demand_share) - 1) > 0.0001
    or abs(sum(supply_share) - 1) > 0.0001
