with results as (

    select * from {{ ref('int_dbt_results_unnested') }}

),

final as (

    select
        run_id,
        step_number::number(38, 0) as step_number,
        node,
        resource_type,
        status,
        seconds::number(18, 4) as seconds,
        failures::number(38, 0) as failures,
        age_seconds::number(18, 4) as age_seconds
    from results

)

select * from final
