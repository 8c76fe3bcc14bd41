with revenue as (

    select * from {{ ref('monthly_recurring_revenue') }}

),

periods as (

    select * from {{ ref('int_subscription_periods_priced') }}
    where has_trial

),

months as (

    select * from {{ ref('int_months_generated') }}

),

trials as (

    select
        periods.country,
        months.month_starts_on,
        count_if(periods.started_on >= months.month_starts_on) as started_trial_count,
        count_if(
            not periods.is_never_paid
            and periods.pays_from between months.month_starts_on and months.closes_on
        ) as converted_trial_count,
        count_if(
            periods.is_never_paid
            and periods.end_reason != 'plan_change'
            and periods.ended_on between months.month_starts_on and months.closes_on
        ) as lapsed_trial_count
    from periods
    inner join months
        on
            periods.started_on <= months.closes_on
            and periods.pays_from >= months.month_starts_on
    group by periods.country, months.month_starts_on

),

final as (

    select
        revenue.month_country_key,
        revenue.country,
        revenue.reporting_currency,
        revenue.starting_customer_count,
        revenue.churned_customer_count,
        round(
            revenue.churned_customer_count / nullif(revenue.starting_customer_count, 0), 4
        )::number(5, 4) as customer_churn_rate,
        revenue.starting_mrr,
        (-revenue.churn_mrr)::number(18, 2) as churned_mrr,
        round(
            -revenue.churn_mrr / nullif(revenue.starting_mrr, 0), 4
        )::number(5, 4) as revenue_churn_rate,
        coalesce(trials.started_trial_count, 0) as started_trial_count,
        coalesce(trials.converted_trial_count, 0) as converted_trial_count,
        coalesce(trials.lapsed_trial_count, 0) as lapsed_trial_count,
        revenue.is_month_over,
        revenue.month_starts_on
    from revenue
    left join trials
        on
            revenue.country = trials.country
            and revenue.month_starts_on = trials.month_starts_on

)

select * from final
