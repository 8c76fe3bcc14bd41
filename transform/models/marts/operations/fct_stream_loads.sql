with loads as (

    select * from {{ ref('int_stream_loads_unnested') }}

),

final as (

    select
        run_id,
        step_number::number(38, 0) as step_number,
        step,
        stream,
        rows_loaded::number(38, 0) as rows_loaded,
        rows_extracted::number(38, 0) as rows_extracted,
        bytes_loaded::number(38, 0) as bytes_loaded,
        (coalesce(extract_seconds, 0) + coalesce(load_seconds, 0))::number(18, 4) as seconds,
        extract_seconds::number(18, 4) as extract_seconds,
        load_seconds::number(18, 4) as load_seconds,
        bookmark_before,
        bookmark_after
    from loads

)

select * from final
