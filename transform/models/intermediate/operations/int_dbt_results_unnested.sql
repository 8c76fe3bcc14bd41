with runs as (

    select * from {{ ref('stg_pipeline__runs') }}

),

final as (

    select
        runs.run_id,
        listed.value:node::varchar as node,
        split_part(listed.value:node::varchar, '.', 1) as resource_type,
        listed.value:status::varchar as status,
        listed.value:step_number::integer as step_number,
        listed.value:failures::integer as failures,
        listed.value:seconds::double as seconds,
        listed.value:age_seconds::double as age_seconds
    from runs, lateral flatten(input => runs.dbt_results) as listed

)

select * from final
