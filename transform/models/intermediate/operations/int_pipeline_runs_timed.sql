with runs as (

    select * from {{ ref('stg_pipeline__runs') }}

),

final as (

    select
        run_id,
        command,
        environment,
        status,
        failed_step,
        error_message,
        datediff('millisecond', started_at, ended_at) / 1000.0 as duration_seconds,
        is_full_refresh,
        started_at,
        ended_at
    from runs

)

select * from final
