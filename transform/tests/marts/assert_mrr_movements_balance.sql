with revenue as (

    select
        *,
        lag(month_starts_on) over (
            partition by country
            order by month_starts_on
        ) as previous_month,
        lag(ending_mrr) over (
            partition by country
            order by month_starts_on
        ) as previous_ending_mrr,
        lag(ending_customer_count) over (
            partition by country
            order by month_starts_on
        ) as previous_ending_customer_count
    from {{ ref('monthly_recurring_revenue') }}

)

select * from revenue
where
    starting_mrr
    + new_mrr
    + reactivation_mrr
    + expansion_mrr
    + contraction_mrr
    + churn_mrr
    != ending_mrr
    or starting_customer_count
    + new_customer_count
    + reactivated_customer_count
    - churned_customer_count
    != ending_customer_count
    or starting_mrr != coalesce(previous_ending_mrr, 0)
    or starting_customer_count != coalesce(previous_ending_customer_count, 0)
    or previous_month != dateadd('month', -1, month_starts_on)
