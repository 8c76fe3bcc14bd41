with sessions as (

    select * from {{ ref('stg_streaming_app__viewing_sessions') }}

),

newest as (

    select max(updated_at) as as_of_at from sessions

),

final as (

    select
        dateadd('day', -1, as_of_at::date) as complete_on,
        as_of_at
    from newest

)

select * from final
