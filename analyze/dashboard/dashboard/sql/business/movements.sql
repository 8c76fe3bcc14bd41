-- What moved MRR in each month: start and movements add up to the end. The running month is as it
-- stands.
-- definitions: mrr, new_mrr, reactivation_mrr, expansion_mrr, contraction_mrr, churn_mrr
-- definitions: average_revenue_per_customer
select
    month_starts_on,
    is_month_over,
    reporting_currency,
    sum(starting_mrr) as starting_mrr,
    sum(new_mrr) as new_mrr,
    sum(reactivation_mrr) as reactivation_mrr,
    sum(expansion_mrr) as expansion_mrr,
    sum(contraction_mrr) as contraction_mrr,
    sum(churn_mrr) as churn_mrr,
    sum(ending_mrr) as ending_mrr,
    sum(ending_customer_count) as customers
from :marts.monthly_recurring_revenue
where
    (:country = 'all' or country = :country)
    and month_starts_on > dateadd(
        month, -:months, (select max(month_starts_on) from :marts.monthly_recurring_revenue)
    )
group by month_starts_on, is_month_over, reporting_currency
order by month_starts_on
