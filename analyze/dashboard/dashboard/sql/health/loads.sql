-- What the newest run that loaded a stream brought, by stream.
-- definitions: fct_stream_loads
select
    loads.stream,
    runs.started_at,
    loads.rows_loaded,
    loads.bytes_loaded,
    loads.seconds,
    loads.bookmark_before,
    loads.bookmark_after
from :marts.fct_stream_loads as loads
inner join :marts.fct_pipeline_runs as runs on loads.run_id = runs.run_id
qualify row_number() over (partition by loads.stream order by runs.started_at desc) = 1
order by loads.stream
