-- Lost customers and lost MRR of each month that is over, as shares of those at its start; and how
-- many of the trials that ended were paid for afterwards.
-- definitions: customer_churn_rate, revenue_churn_rate, trial_conversion_rate
select
    month_starts_on,
    sum(churned_customer_count) as lost_customers,
    sum(starting_customer_count) as starting_customers,
    sum(churned_customer_count) / nullif(sum(starting_customer_count), 0) as customer_churn_rate,
    sum(churned_mrr) / nullif(sum(starting_mrr), 0) as revenue_churn_rate,
    sum(converted_trial_count)
    / nullif(sum(converted_trial_count + lapsed_trial_count), 0) as trial_conversion_rate
from :marts.monthly_churn
where
    is_month_over
    and (:country = 'all' or country = :country)
    and month_starts_on > dateadd(
        month, -:months, (select max(month_starts_on) from :marts.monthly_churn)
    )
group by month_starts_on
order by month_starts_on
