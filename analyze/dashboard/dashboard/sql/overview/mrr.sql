-- What customers pay a month at the close of each month, at planning rates; the running month as
-- it stands.
-- definitions: mrr, paying_customers
select
    month_starts_on,
    is_month_over,
    reporting_currency,
    sum(starting_mrr) as starting_mrr,
    sum(ending_mrr) as mrr,
    sum(ending_customer_count) as customers
from :marts.monthly_recurring_revenue
group by month_starts_on, is_month_over, reporting_currency
order by month_starts_on desc
limit 13
