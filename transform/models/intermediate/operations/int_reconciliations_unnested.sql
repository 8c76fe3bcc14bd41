with runs as (

    select * from {{ ref('stg_pipeline__runs') }}

),

final as (

    select
        runs.run_id,
        listed.value:table_name::varchar as table_name,
        listed.value:status::varchar as status,
        listed.value:step_number::integer as step_number,
        listed.value:source_rows::integer as source_rows,
        listed.value:warehouse_rows::integer as warehouse_rows,
        listed.value:differences::integer as differences,
        listed.value:compared_at::timestamp_ntz as compared_at
    from runs, lateral flatten(input => runs.reconciliations) as listed

)

select * from final
