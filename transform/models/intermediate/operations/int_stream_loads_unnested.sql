with runs as (

    select * from {{ ref('stg_pipeline__runs') }}

),

final as (

    select
        runs.run_id,
        listed.value:step::varchar as step,
        listed.value:stream::varchar as stream,
        listed.value:bookmark_before::varchar as bookmark_before,
        listed.value:bookmark_after::varchar as bookmark_after,
        listed.value:step_number::integer as step_number,
        listed.value:rows_extracted::integer as rows_extracted,
        listed.value:rows_loaded::integer as rows_loaded,
        listed.value:bytes_loaded::integer as bytes_loaded,
        listed.value:extract_seconds::double as extract_seconds,
        listed.value:load_seconds::double as load_seconds
    from runs, lateral flatten(input => runs.stream_loads) as listed

)

select * from final
