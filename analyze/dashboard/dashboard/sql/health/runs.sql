-- The newest runs of the pipeline.
-- definitions: fct_pipeline_runs
select
    run_id,
    command,
    environment,
    started_at,
    ended_at,
    status,
    failed_step,
    duration_seconds
from :marts.fct_pipeline_runs
order by started_at desc
limit 50
