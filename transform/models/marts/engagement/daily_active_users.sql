{{ config(materialized='incremental', unique_key='active_on') }}

-- depends_on: {{ ref('int_viewing_sessions_classified') }}

with user_days as (

    select
        user_id,
        viewed_on
    from {{ ref('daily_user_engagement') }}
    where play_count > 0

),

days as (

    select date_day from {{ ref('dim_dates') }}

),

as_of as (

    select * from {{ ref('int_data_as_of') }}

),

bounds as (

    select
        min(user_days.viewed_on) as first_day,
        max(as_of.complete_on) as last_day
    from user_days
    cross join as_of

),

counted_days as (

    select days.date_day as active_on
    from days
    inner join bounds
        on days.date_day between bounds.first_day and bounds.last_day

),

{% if is_incremental() %}

touched as (

    select * from {{ ref('int_viewing_sessions_classified') }}
    where processed_at > {{ watermark(this) }}

),

changed_days as (

    select started_on as changed_on from touched
    union all
    select previous_started_on as changed_on from touched

),

present as (

    select active_on from {{ this }}

),

-- A change of a day reaches the days that look back on it; a day may also be new.
picked as (

    select distinct counted_days.active_on
    from counted_days
    left join changed_days
        on
            counted_days.active_on >= changed_days.changed_on
            and counted_days.active_on
            < dateadd('day', {{ var('active_month_days') }}, changed_days.changed_on)
    left join present
        on counted_days.active_on = present.active_on
    where
        changed_days.changed_on is not null
        or present.active_on is null

),

-- The first day moves on when what made it the first is gone.
departed as (

    select present.active_on
    from present
    left join counted_days
        on present.active_on = counted_days.active_on
    where counted_days.active_on is null

),

{% else %}

picked as (

    select active_on from counted_days

),

{% endif %}

read_days as (

    select distinct days.date_day
    from days
    inner join picked
        on
            days.date_day <= picked.active_on
            and days.date_day > dateadd('day', -{{ var('active_month_days') }}, picked.active_on)

),

-- A user counts from a day on until a window has passed, or until their next day takes over: so
-- nobody counts twice, and a user's day is two rows, not one for each day of the window.
stays as (

    select
        user_days.viewed_on,
        dateadd('day', {{ var('active_week_days') }}, user_days.viewed_on) as week_passed_on,
        dateadd('day', {{ var('active_month_days') }}, user_days.viewed_on) as month_passed_on,
        lead(user_days.viewed_on) over (
            partition by user_days.user_id
            order by user_days.viewed_on
        ) as next_viewed_on
    from user_days
    inner join read_days
        on user_days.viewed_on = read_days.date_day

),

changes as (

    select
        viewed_on as active_on,
        count(*) as came,
        0 as left_week,
        0 as left_month
    from stays
    group by viewed_on
    union all
    select
        least(week_passed_on, coalesce(next_viewed_on, week_passed_on)) as active_on,
        0 as came,
        count(*) as left_week,
        0 as left_month
    from stays
    group by least(week_passed_on, coalesce(next_viewed_on, week_passed_on))
    union all
    select
        least(month_passed_on, coalesce(next_viewed_on, month_passed_on)) as active_on,
        0 as came,
        0 as left_week,
        count(*) as left_month
    from stays
    group by least(month_passed_on, coalesce(next_viewed_on, month_passed_on))
    union all
    select
        active_on,
        0 as came,
        0 as left_week,
        0 as left_month
    from picked

),

balances as (

    select
        active_on,
        sum(came) as dau,
        sum(sum(came - left_week)) over (
            order by active_on rows between unbounded preceding and current row
        ) as wau,
        sum(sum(came - left_month)) over (
            order by active_on rows between unbounded preceding and current row
        ) as mau
    from changes
    group by active_on

),

final as (

    select
        balances.dau,
        balances.wau,
        balances.mau,
        round(balances.dau / nullif(balances.mau, 0), 4)::number(5, 4) as stickiness,
        picked.active_on,
        {{ run_timestamp() }} as processed_at
    from picked
    inner join balances
        on picked.active_on = balances.active_on

    {% if is_incremental() %}

    union all

    select
        null as dau,
        null as wau,
        null as mau,
        null as stickiness,
        active_on,
        null as processed_at
    from departed

    {% endif %}

)

select * from final
