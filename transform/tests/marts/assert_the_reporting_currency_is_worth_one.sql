with rates as (

    select
        count(*) as rate_count,
        count_if(rate != 1) as other_count
    from {{ ref('planning_rates') }}
    where currency = '{{ var('reporting_currency') }}'

)

select * from rates
where rate_count = 0 or other_count > 0
