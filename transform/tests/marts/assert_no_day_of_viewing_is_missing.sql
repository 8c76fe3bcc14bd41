-- A day of which almost all is missing counts as missing. The first may have begun at any hour; the
-- last one is the last that is over.
with days as (

    select date_day from {{ ref('dim_dates') }}

),

sessions as (

    select
        started_on,
        count(*) as session_count
    from {{ ref('fct_viewing_sessions') }}
    group by started_on

),

reached as (

    select
        min(sessions.started_on) as first_on,
        min(data_as_of.complete_on) as complete_on
    from sessions
    cross join {{ ref('int_data_as_of') }} as data_as_of

),

counted as (

    select
        days.date_day,
        coalesce(sessions.session_count, 0) as session_count
    from days
    inner join reached
        on
            days.date_day > reached.first_on
            and days.date_day <= reached.complete_on
    left join sessions
        on days.date_day = sessions.started_on

),

neighbours as (

    select
        days.date_day,
        median(counted.session_count) as usual_count
    from counted as days
    inner join counted
        on abs(datediff('day', days.date_day, counted.date_day)) <= 7
    group by days.date_day

)

select
    counted.date_day,
    counted.session_count,
    neighbours.usual_count
from counted
inner join neighbours
    on counted.date_day = neighbours.date_day
where
    neighbours.usual_count >= {{ var('missing_day_usual_sessions') }}
    and counted.session_count < neighbours.usual_count * {{ var('missing_day_share') }}
