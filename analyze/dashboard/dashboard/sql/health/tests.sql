-- What dbt built and tested in the newest run that did, and how it ended.
-- definitions: fct_dbt_results
select
    results.resource_type,
    results.status,
    count(*) as nodes,
    sum(results.seconds) as seconds
from :marts.fct_dbt_results as results
where results.run_id = (
        select newest.run_id
        from :marts.fct_dbt_results as newest
        inner join :marts.fct_pipeline_runs as runs on newest.run_id = runs.run_id
        order by runs.started_at desc
        limit 1
    )
group by results.resource_type, results.status
order by results.resource_type, results.status
