with judged as (

    select max(loaded_at) as loaded_at from {{ ref('int_viewing_sessions_classified') }}

),

staged as (

    select sessions.session_id
    from {{ ref('stg_streaming_app__viewing_sessions') }} as sessions
    inner join judged
        on sessions.loaded_at <= judged.loaded_at

),

counted as (

    select session_id from {{ ref('fct_viewing_sessions') }}
    union all
    select session_id from {{ ref('quarantined_viewing_sessions') }}

),

compared as (

    select
        coalesce(staged.session_id, counted.session_id) as session_id,
        count(staged.session_id) as times_staged,
        count(counted.session_id) as times_counted
    from staged
    full outer join counted
        on staged.session_id = counted.session_id
    group by coalesce(staged.session_id, counted.session_id)

)

select * from compared
where times_staged != 1 or times_counted != 1
