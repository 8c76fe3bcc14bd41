{{ config(materialized='incremental', unique_key='started_on') }}
-- depends_on: {{ ref('int_viewing_sessions_classified') }}

with sessions as (

    select * from {{ ref('fct_viewing_sessions') }}

),

countries as (

    select * from {{ ref('int_countries_zoned') }}

),

{% if is_incremental() %}

judged as (

    select * from {{ ref('int_viewing_sessions_classified') }}
    where processed_at > {{ watermark(this) }}

),

-- The ledger also knows the days that a session has left.
touched as (

    select started_on from judged
    union all
    select previous_started_on as started_on from judged

),

days as (

    select distinct started_on from touched
    where started_on is not null

),

{% else %}

days as (

    select distinct started_on from sessions

),

{% endif %}

localised as (

    select
        sessions.*,
        hour(sessions.started_at) as utc_hour,
        convert_timezone('UTC', countries.time_zone, sessions.started_at) as local_started_at
    from sessions
    inner join days
        on sessions.started_on = days.started_on
    left join countries
        on sessions.country = countries.country

),

aggregated as (

    select
        started_on,
        utc_hour,
        local_started_at::date as local_started_on,
        hour(local_started_at) as local_hour,
        device,
        country,
        count(*) as session_count,
        count_if(is_play) as play_count,
        sum(watched_seconds) as watched_seconds
    from localised
    group by started_on, utc_hour, local_started_on, local_hour, device, country

),

final as (

    select
        to_char(days.started_on, 'YYYY-MM-DD')
        || '|' || coalesce(aggregated.utc_hour::varchar, '')
        || '|' || coalesce(aggregated.local_hour::varchar, '')
        || '|' || coalesce(aggregated.device, '')
        || '|' || coalesce(aggregated.country, '') as hourly_engagement_key,
        aggregated.device,
        aggregated.country,
        aggregated.utc_hour,
        aggregated.local_hour,
        aggregated.session_count,
        aggregated.play_count,
        aggregated.watched_seconds,
        round(aggregated.watched_seconds / 3600, 2)::number(18, 2) as watched_hours,
        days.started_on,
        aggregated.local_started_on,
        -- A day that has no session any more is a tombstone.
        iff(
            aggregated.session_count is null,
            null,
            {{ run_timestamp() }}
        ) as processed_at
    from days
    left join aggregated
        on days.started_on = aggregated.started_on

)

select * from final
