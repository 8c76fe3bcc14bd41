-- Amounts and shares of the marts that the newest build measured, beside what is usual.
-- definitions: measurement_changes, measurement_changes.verdict, measurement_changes.usual_value
select
    mart_name,
    measure_name,
    verdict,
    measured_value,
    usual_value,
    run_count,
    is_share,
    measured_at
from :marts.measurement_changes
order by case verdict when 'usual' then 2 when 'first' then 2 else 1 end, mart_name, measure_name
