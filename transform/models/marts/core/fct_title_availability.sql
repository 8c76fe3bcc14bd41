with offers as (

    select * from {{ ref('int_title_offers_dated') }}

),

sources as (

    select * from {{ ref('bridge_title_sources') }}

),

titles as (

    select
        title_key,
        'tmdb-' || tmdb_title_type || '-' || tmdb_id as tmdb_record_key
    from {{ ref('dim_titles') }}

),

services as (

    select * from {{ ref('int_services_matched') }}

),

-- Keys as they are today: a title that the service takes on brings its history along, and one that
-- TMDB has given up keeps it as long as another source names the TMDB id.
keyed as (

    select
        coalesce(sources.title_key, titles.title_key) as title_key,
        services.service_key,
        offers.offer_key,
        offers.country,
        offers.offer_type,
        offers.source,
        offers.is_start_exact,
        offers.expires_on,
        offers.available_from,
        offers.available_to,
        offers.first_seen_at
    from offers
    left join sources
        on offers.record_key = sources.record_key
    left join titles
        on offers.record_key = titles.tmdb_record_key
    inner join services
        on
            offers.source = services.source
            and offers.source_service_id = services.source_service_id
    where sources.title_key is not null or titles.title_key is not null

),

-- A service may sell a title in two ways that are one here, as through two add-ons.
compared as (

    select
        *,
        max(coalesce(available_to, '9999-12-31'::timestamp_ntz)) over (
            partition by title_key, service_key, country, offer_type, source
            order by available_from, offer_key
            rows between unbounded preceding and 1 preceding
        ) as available_until
    from keyed

),

numbered as (

    select
        *,
        count_if(available_until is null or available_from > available_until) over (
            partition by title_key, service_key, country, offer_type, source
            order by available_from, offer_key
            rows between unbounded preceding and current row
        ) as period_number
    from compared

),

merged as (

    select
        title_key,
        service_key,
        country,
        offer_type,
        source,
        boolor_agg(available_to is null) as is_current,
        min_by(is_start_exact, available_from) as is_start_exact,
        -- What goes on without a known end has none.
        iff(
            count_if(available_to is null and expires_on is null) > 0, null, max(expires_on)
        ) as expires_on,
        min(available_from) as available_from,
        iff(is_current, null, max(available_to)) as available_to,
        min(first_seen_at) as first_seen_at
    from numbered
    group by title_key, service_key, country, offer_type, source, period_number

),

final as (

    select
        title_key
        || '|'
        || service_key
        || '|'
        || country
        || '|'
        || offer_type
        || '|'
        || source
        || '|'
        || to_char(available_from, 'YYYY-MM-DD HH24:MI:SS') as availability_key,
        title_key,
        service_key,
        country,
        offer_type,
        source,
        is_current,
        is_start_exact,
        expires_on,
        available_from,
        available_to,
        first_seen_at
    from merged

)

select * from final
