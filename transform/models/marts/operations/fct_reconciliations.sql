with compared as (

    select * from {{ ref('int_reconciliations_unnested') }}

),

final as (

    select
        run_id,
        step_number::number(38, 0) as step_number,
        table_name,
        compared_at,
        source_rows::number(38, 0) as source_rows,
        warehouse_rows::number(38, 0) as warehouse_rows,
        differences::number(38, 0) as differences,
        status
    from compared

)

select * from final
