{{ config(materialized='view') }}

with sessions as (

    select * from {{ ref('int_viewing_sessions_classified') }}
    where rejection_reason is not null

),

final as (

    select
        session_id,
        title_key,
        rejection_reason,
        duplicate_of_session_id,
        device,
        app_version,
        country,
        watched_seconds,
        elapsed_seconds,
        started_at,
        ended_at,
        created_at,
        changed_at
    from sessions

)

select * from final
