-- What each build measured of a mart.
-- definitions: model_measurements, model_measurements.measured_value
select
    measured_at,
    measured_value
from :marts.model_measurements
where mart_name = :mart and measure_name = :measure
order by measured_at
