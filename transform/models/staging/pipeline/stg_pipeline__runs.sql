{%- set runs = source('pipeline', 'runs') -%}

with source as (

    {% if existing_source(runs) -%}
    select * from {{ runs }}
    {%- else -%}
    select
        null::varchar as run_id,
        null::timestamp_ntz as started_at,
        null::variant as record,
        null::timestamp_ntz as loaded_at
    where false
    {%- endif %}

),

renamed as (

    select
        run_id::varchar as run_id,
        record:command::varchar as command,
        record:environment::varchar as environment,
        record:status::varchar as status,
        record:failed_step::varchar as failed_step,
        record:error::varchar as error_message,
        record:streams as stream_loads,
        record:dbt_results as dbt_results,
        record:reconciliations as reconciliations,
        record:is_full_refresh::boolean as is_full_refresh,
        started_at::timestamp_ntz as started_at,
        record:ended_at::timestamp_ntz as ended_at,
        loaded_at::timestamp_ntz as loaded_at,
        null::timestamp_ntz as deleted_at,
        false as is_deleted
    from source

)

select * from renamed
