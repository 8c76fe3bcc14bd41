with customer_months as (

    select * from {{ ref('int_customer_months_compared') }}

),

periods as (

    select * from {{ ref('int_subscription_periods_priced') }}

),

months as (

    select * from {{ ref('int_months_generated') }}

),

countries as (

    select
        country,
        min(date_trunc('month', started_on))::date as first_month
    from periods
    group by country

),

country_months as (

    select
        countries.country,
        months.is_month_over,
        months.month_starts_on
    from countries
    inner join months
        on countries.first_month <= months.month_starts_on

),

aggregated as (

    select
        country,
        month_starts_on,
        sum(starting_mrr) as starting_mrr,
        sum(iff(movement = 'new', ending_mrr, 0)) as new_mrr,
        sum(iff(movement = 'reactivation', ending_mrr, 0)) as reactivation_mrr,
        sum(iff(movement = 'expansion', ending_mrr - starting_mrr, 0)) as expansion_mrr,
        sum(iff(movement = 'contraction', ending_mrr - starting_mrr, 0)) as contraction_mrr,
        sum(iff(movement = 'churn', -starting_mrr, 0)) as churn_mrr,
        sum(ending_mrr) as ending_mrr,
        count_if(starting_mrr > 0) as starting_customer_count,
        count_if(movement = 'new') as new_customer_count,
        count_if(movement = 'reactivation') as reactivated_customer_count,
        count_if(movement = 'expansion') as expanded_customer_count,
        count_if(movement = 'contraction') as contracted_customer_count,
        count_if(movement = 'churn') as churned_customer_count,
        count_if(ending_mrr > 0) as ending_customer_count
    from customer_months
    group by country, month_starts_on

),

final as (

    select
        to_char(country_months.month_starts_on, 'YYYY-MM-DD')
        || '|' || country_months.country as month_country_key,
        country_months.country,
        '{{ var('reporting_currency') }}' as reporting_currency,
        coalesce(aggregated.starting_mrr, 0)::number(18, 2) as starting_mrr,
        coalesce(aggregated.new_mrr, 0)::number(18, 2) as new_mrr,
        coalesce(aggregated.reactivation_mrr, 0)::number(18, 2) as reactivation_mrr,
        coalesce(aggregated.expansion_mrr, 0)::number(18, 2) as expansion_mrr,
        coalesce(aggregated.contraction_mrr, 0)::number(18, 2) as contraction_mrr,
        coalesce(aggregated.churn_mrr, 0)::number(18, 2) as churn_mrr,
        coalesce(aggregated.ending_mrr, 0)::number(18, 2) as ending_mrr,
        coalesce(aggregated.starting_customer_count, 0) as starting_customer_count,
        coalesce(aggregated.new_customer_count, 0) as new_customer_count,
        coalesce(aggregated.reactivated_customer_count, 0) as reactivated_customer_count,
        coalesce(aggregated.expanded_customer_count, 0) as expanded_customer_count,
        coalesce(aggregated.contracted_customer_count, 0) as contracted_customer_count,
        coalesce(aggregated.churned_customer_count, 0) as churned_customer_count,
        coalesce(aggregated.ending_customer_count, 0) as ending_customer_count,
        country_months.is_month_over,
        country_months.month_starts_on
    from country_months
    left join aggregated
        on
            country_months.country = aggregated.country
            and country_months.month_starts_on = aggregated.month_starts_on

)

select * from final
