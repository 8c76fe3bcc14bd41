-- A player whose clock is wrong tells of the future now and then; many are a fault of our own.
with sessions as (

    select * from {{ ref('fct_viewing_sessions') }}

),

ledger as (

    select * from {{ ref('int_viewing_sessions_classified') }}

),

counted as (

    select
        count(*) as session_count,
        count_if(sessions.started_at > ledger.created_at) as early_session_count
    from sessions
    inner join ledger
        on sessions.session_id = ledger.session_id

)

select * from counted
where early_session_count > session_count * {{ var('early_session_share_tolerance') }}
