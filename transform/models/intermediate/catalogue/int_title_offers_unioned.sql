with app_titles as (

    select * from {{ ref('stg_streaming_app__titles') }}

),

tmdb_offers as (

    select * from {{ ref('stg_tmdb__watch_offers') }}

),

sa_offers as (

    select
        *,
        service_id || coalesce('.addon.' || addon_id, '') as source_service_id,
        is_current and not is_deleted as is_offered
    from {{ ref('stg_streaming_availability__offers') }}

),

sa_changes as (

    select
        *,
        service_id || coalesce('.addon.' || addon_id, '') as source_service_id,
        -- What was announced before the newest reading may not hold any more.
        max(read_at) over (partition by country) as country_read_at
    from {{ ref('stg_streaming_availability__changes') }}
    where item_type = 'show'

),

watchmode_titles as (

    select * from {{ ref('stg_watchmode__titles') }}

),

watchmode_offers as (

    select * from {{ ref('stg_watchmode__offers') }}

),

own_offers as (

    select distinct
        'app-' || app_titles.title_id as record_key,
        'own' as source_service_id,
        upper({{ blank_to_null('territory.value') }}) as country,
        'subscription' as offer_type,
        app_titles.removed_on is null and not app_titles.is_deleted as is_available,
        try_to_date(app_titles.licence:expires_on::varchar) as expires_on,
        app_titles.added_on::timestamp_ntz as starts_at,
        app_titles.removed_on::timestamp_ntz as ended_at,
        greatest(
            app_titles.updated_at, coalesce(app_titles.deleted_at, app_titles.updated_at)
        ) as as_of_at
    from app_titles, lateral flatten(input => app_titles.licence:territories) as territory
    where {{ blank_to_null('territory.value') }} is not null

),

tmdb_snapshots as (

    select
        title_type,
        snapshot_date,
        max(snapshot_date) over (partition by title_type) as newest_snapshot_date,
        row_number() over (
            partition by title_type
            order by snapshot_date desc
        ) as snapshots_back
    from tmdb_offers
    group by title_type, snapshot_date

),

tmdb_held as (

    select
        title_type,
        min(snapshot_date) as first_held_date,
        max(newest_snapshot_date) as newest_snapshot_date
    from tmdb_snapshots
    where snapshots_back <= {{ var('offer_snapshots_held') }}
    group by title_type

),

-- All offers of a title are read together: one that was seen earlier than another is gone.
tmdb_dated as (

    select
        *,
        max(snapshot_date) over (partition by title_type, tmdb_id) as title_snapshot_date
    from tmdb_offers

),

tmdb_judged as (

    select
        'tmdb-' || tmdb_dated.title_type || '-' || tmdb_dated.tmdb_id as record_key,
        tmdb_dated.provider_id::varchar as source_service_id,
        tmdb_dated.country,
        case tmdb_dated.monetization
            when 'flatrate' then 'subscription'
            else tmdb_dated.monetization
        end as offer_type,
        not tmdb_dated.is_deleted
        and tmdb_dated.snapshot_date = tmdb_dated.title_snapshot_date
        and tmdb_dated.snapshot_date >= tmdb_held.first_held_date as is_available,
        null::date as expires_on,
        null::timestamp_ntz as starts_at,
        null::timestamp_ntz as ended_at,
        iff(
            is_available or tmdb_dated.snapshot_date < tmdb_dated.title_snapshot_date,
            tmdb_dated.title_snapshot_date,
            tmdb_held.newest_snapshot_date
        )::timestamp_ntz as as_of_at
    from tmdb_dated
    inner join tmdb_held
        on tmdb_dated.title_type = tmdb_held.title_type

),

sa_reads as (

    select
        sa_id,
        country,
        max(read_at) as title_read_at,
        max(max(read_at)) over (partition by country) as country_read_at
    from sa_offers
    group by sa_id, country

),

-- An offer is there in several qualities, each with a link of its own.
sa_collapsed as (

    select
        sa_id,
        source_service_id,
        country,
        option_type,
        boolor_agg(is_offered) as is_offered,
        max(read_at) as read_at,
        coalesce(
            min(iff(is_offered, available_since, null)), min(available_since)
        ) as starts_at,
        -- Only what is left of the offer counts, and all of it has to end.
        iff(
            count_if(is_offered and expires_at is null) = 0,
            max(iff(is_offered, expires_at, null)),
            null
        )::date as expires_on
    from sa_offers
    group by sa_id, source_service_id, country, option_type

),

sa_removed as (

    select
        sa_id,
        source_service_id,
        country,
        option_type,
        max(changed_at) as removed_at,
        max(read_at) as told_at
    from sa_changes
    where change_type = 'removed'
    group by sa_id, source_service_id, country, option_type

),

sa_announced as (

    select
        sa_id,
        source_service_id,
        country,
        option_type,
        max(changed_at)::date as expires_on
    from sa_changes
    where change_type = 'expiring' and read_at = country_read_at
    group by sa_id, source_service_id, country, option_type

),

sa_judged as (

    select
        'sa-' || sa_collapsed.sa_id as record_key,
        sa_collapsed.source_service_id,
        sa_collapsed.country,
        sa_collapsed.option_type as offer_type,
        sa_collapsed.is_offered
        and coalesce(sa_removed.removed_at <= sa_collapsed.read_at, true) as is_available,
        coalesce(sa_collapsed.expires_on, sa_announced.expires_on) as expires_on,
        sa_collapsed.starts_at,
        iff(
            is_available or sa_removed.removed_at < sa_collapsed.starts_at,
            null,
            sa_removed.removed_at
        ) as ended_at,
        case
            when is_available then sa_collapsed.read_at
            when sa_collapsed.is_offered then sa_removed.told_at
            when sa_reads.title_read_at > sa_collapsed.read_at then sa_reads.title_read_at
            else sa_reads.country_read_at
        end as as_of_at
    from sa_collapsed
    inner join sa_reads
        on
            sa_collapsed.sa_id = sa_reads.sa_id
            and sa_collapsed.country = sa_reads.country
    left join sa_removed
        on
            sa_collapsed.sa_id = sa_removed.sa_id
            and sa_collapsed.source_service_id = sa_removed.source_service_id
            and sa_collapsed.country = sa_removed.country
            and sa_collapsed.option_type = sa_removed.option_type
    left join sa_announced
        on
            sa_collapsed.sa_id = sa_announced.sa_id
            and sa_collapsed.source_service_id = sa_announced.source_service_id
            and sa_collapsed.country = sa_announced.country
            and sa_collapsed.option_type = sa_announced.option_type

),

watchmode_snapshots as (

    select
        snapshot_date,
        row_number() over (
            order by snapshot_date desc
        ) as snapshots_back
    from watchmode_titles
    group by snapshot_date

),

watchmode_held as (

    select
        min(snapshot_date) as first_held_date,
        max(snapshot_date) as newest_snapshot_date
    from watchmode_snapshots
    where snapshots_back <= {{ var('offer_snapshots_held') }}

),

watchmode_judged as (

    select
        'watchmode-' || watchmode_offers.watchmode_id as record_key,
        watchmode_offers.source_id::varchar as source_service_id,
        watchmode_offers.country,
        case watchmode_offers.offer_type
            when 'sub' then 'subscription'
            when 'tve' then 'cable'
            else watchmode_offers.offer_type
        end as offer_type,
        boolor_agg(
            not watchmode_offers.is_deleted
            and watchmode_offers.snapshot_date >= watchmode_held.first_held_date
        ) as is_available,
        null::date as expires_on,
        null::timestamp_ntz as starts_at,
        null::timestamp_ntz as ended_at,
        iff(
            is_available,
            max(watchmode_offers.read_at),
            max(watchmode_held.newest_snapshot_date)::timestamp_ntz
        ) as as_of_at
    from watchmode_offers
    cross join watchmode_held
    group by
        watchmode_offers.watchmode_id,
        watchmode_offers.source_id,
        watchmode_offers.country,
        watchmode_offers.offer_type

),

judged as (

    select
        'app' as source,
        *
    from own_offers

    union all

    select
        'tmdb' as source,
        *
    from tmdb_judged

    union all

    select
        'sa' as source,
        *
    from sa_judged

    union all

    select
        'watchmode' as source,
        *
    from watchmode_judged

),

unioned as (

    select
        record_key
        || '|'
        || source_service_id
        || '|'
        || country
        || '|'
        || offer_type as offer_key,
        record_key,
        source,
        source_service_id,
        country,
        offer_type,
        is_available,
        expires_on,
        starts_at,
        ended_at,
        as_of_at
    from judged

)

select * from unioned
