with staged as (

    select session_id from {{ ref('stg_streaming_app__viewing_sessions') }}

),

counted as (

    select session_id from {{ ref('fct_viewing_sessions') }}
    union all
    select row_key as session_id from {{ ref('quarantined_rows') }}
    where entity = 'viewing_session'

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
