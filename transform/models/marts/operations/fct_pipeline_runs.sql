with runs as (

    select * from {{ ref('int_pipeline_runs_timed') }}

),

final as (

    select
        run_id,
        command,
        environment,
        status,
        failed_step,
        error_message,
        duration_seconds::number(18, 4) as duration_seconds,
        is_full_refresh,
        started_at,
        ended_at
    from runs

)

select * from final
