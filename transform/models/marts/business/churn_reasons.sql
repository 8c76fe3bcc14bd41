with churned as (

    select * from {{ ref('int_customer_months_compared') }}
    where movement = 'churn'

),

final as (

    select
        to_char(month_starts_on, 'YYYY-MM-DD')
        || '|' || country
        || '|' || churn_reason as month_country_reason_key,
        country,
        churn_reason,
        '{{ var('reporting_currency') }}' as reporting_currency,
        count(*) as churned_customer_count,
        sum(starting_mrr)::number(18, 2) as churned_mrr,
        is_month_over,
        month_starts_on
    from churned
    group by country, churn_reason, is_month_over, month_starts_on

)

select * from final
