{{ config(materialized='view') }}

with measurements as (

    select * from {{ ref('model_measurements') }}

),

numbered as (

    select
        *,
        measured_at = max(measured_at) over () as is_of_newest_run,
        row_number() over (
            partition by mart_name, measure_name
            order by measured_at desc
        ) as run_number
    from measurements

),

usual as (

    select
        mart_name,
        measure_name,
        median(measured_value) as usual_value,
        count(*) as run_count
    from numbered
    where run_number between 2 and 1 + {{ var('drift_run_count') }}
    group by mart_name, measure_name

),

compared as (

    select
        newest.mart_name || '|' || newest.measure_name as measure_key,
        newest.mart_name,
        newest.measure_name,
        newest.measured_value,
        usual.usual_value,
        coalesce(usual.run_count, 0) as run_count,
        newest.is_share,
        newest.measured_at
    from numbered as newest
    left join usual
        on
            newest.mart_name = usual.mart_name
            and newest.measure_name = usual.measure_name
    where newest.run_number = 1 and newest.is_of_newest_run

),

final as (

    select
        measure_key,
        mart_name,
        measure_name,
        case
            when usual_value is null then 'first'
            when
                not is_share
                and measured_value < usual_value * (1 - {{ var('drift_loss_tolerance') }})
                and usual_value - measured_value >= {{ var('drift_loss_minimum') }}
                then 'lost'
            when
                is_share
                and abs(measured_value - usual_value) > {{ var('drift_share_tolerance') }}
                then 'moved'
            else 'usual'
        end as verdict,
        measured_value,
        usual_value,
        run_count,
        is_share,
        measured_at
    from compared

)

select * from final
