-- What of dbt's did not pass in the newest runs.
-- definitions: fct_dbt_results
select
    runs.started_at,
    results.node,
    results.resource_type,
    results.status,
    results.failures
from :marts.fct_dbt_results as results
inner join :marts.fct_pipeline_runs as runs on results.run_id = runs.run_id
where results.status not in ('success', 'pass', 'skipped')
order by runs.started_at desc, results.node asc
limit 50
