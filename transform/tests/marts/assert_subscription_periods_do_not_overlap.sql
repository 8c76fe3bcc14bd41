with periods as (

    select
        subscription_id,
        started_on,
        ended_on,
        lead(started_on) over (
            partition by user_id
            order by started_on, created_at, subscription_id
        ) as next_started_on
    from {{ ref('int_subscription_periods_priced') }}

)

select * from periods
where
    ended_on < started_on
    or (next_started_on is not null and ended_on is null)
    or ended_on > next_started_on
