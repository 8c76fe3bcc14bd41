with versions as (

    select
        *,
        lag(is_available) over (
            partition by offer_key
            order by dbt_valid_from
        ) as was_available,
        lead(ended_at) over (
            partition by offer_key
            order by dbt_valid_from
        ) as told_ended_at
    from {{ ref('title_offers_snapshot') }}

),

-- An offer that was over before it was first seen has a period only if its source tells both ends.
flagged as (

    select
        *,
        was_available is null
        and not is_available
        and starts_at < ended_at as is_told_only
    from versions

),

numbered as (

    select
        *,
        count_if(not coalesce(was_available, false)) over (
            partition by offer_key
            order by dbt_valid_from
            rows between unbounded preceding and current row
        ) as period_number
    from flagged
    where is_available or is_told_only

),

collapsed as (

    select
        offer_key,
        record_key,
        source,
        source_service_id,
        country,
        offer_type,
        period_number,
        min(iff(is_available, dbt_valid_from, null)) as first_seen_at,
        min(starts_at) as starts_at,
        max(coalesce(dbt_valid_to, '9999-12-31'::timestamp_ntz)) as missed_at,
        max(iff(is_told_only, ended_at, told_ended_at)) as ended_at,
        max_by(expires_on, dbt_valid_from) as expires_on
    from numbered
    group by
        offer_key, record_key, source, source_service_id, country, offer_type, period_number

),

bounded as (

    select
        *,
        lag(missed_at) over (
            partition by offer_key
            order by period_number
        ) as previous_missed_at
    from collapsed

),

dated as (

    select
        offer_key,
        record_key,
        source,
        source_service_id,
        country,
        offer_type,
        period_number,
        expires_on,
        coalesce(
            starts_at >= coalesce(previous_missed_at, starts_at), false
        ) as is_start_exact,
        iff(is_start_exact, starts_at, first_seen_at) as available_from,
        case
            when ended_at > available_from and ended_at <= missed_at then ended_at
            when missed_at < '9999-12-31'::timestamp_ntz then missed_at
        end as available_to,
        first_seen_at
    from bounded

)

select * from dated
