-- Why customers were lost, in the months shown that are over.
-- definitions: customers_lost_by_reason, churn_reasons.churn_reason, churn_reasons.churned_mrr
select
    churn_reason,
    sum(churned_customer_count) as customers,
    sum(churned_mrr) as mrr
from :marts.churn_reasons
where
    is_month_over
    and (:country = 'all' or country = :country)
    and month_starts_on > dateadd(
        month, -:months, (select max(month_starts_on) from :marts.churn_reasons)
    )
group by churn_reason
order by customers desc, churn_reason asc
