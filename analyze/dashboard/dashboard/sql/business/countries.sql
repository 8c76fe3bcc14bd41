-- Countries of accounts, for the filter.
select distinct country
from :marts.monthly_recurring_revenue
order by country
