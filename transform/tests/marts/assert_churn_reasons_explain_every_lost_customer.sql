with churn as (

    select * from {{ ref('monthly_churn') }}

),

reasons as (

    select
        country,
        month_starts_on,
        sum(churned_customer_count) as explained_customer_count,
        sum(churned_mrr) as explained_mrr
    from {{ ref('churn_reasons') }}
    group by country, month_starts_on

)

select
    churn.*,
    reasons.explained_customer_count,
    reasons.explained_mrr
from churn
left join reasons
    on churn.country = reasons.country and churn.month_starts_on = reasons.month_starts_on
where
    churn.churned_customer_count != coalesce(reasons.explained_customer_count, 0)
    or churn.churned_mrr != coalesce(reasons.explained_mrr, 0)
