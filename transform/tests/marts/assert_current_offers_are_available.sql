-- What the sources offer now, counted from them, is what the fact holds as current.
with offers as (

    select * from {{ ref('int_title_offers_unioned') }}
    where is_available

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

keyed as (

    select
        coalesce(sources.title_key, titles.title_key) as title_key,
        services.service_key,
        offers.country,
        offers.offer_type,
        offers.source
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

offered as (

    select distinct
        title_key || '|' || service_key || '|' || country || '|' || offer_type || '|' || source
            as offered_key
    from keyed

),

held as (

    select
        title_key || '|' || service_key || '|' || country || '|' || offer_type || '|' || source
            as held_key
    from {{ ref('fct_title_availability') }}
    where is_current

),

compared as (

    select
        offered.offered_key,
        held.held_key
    from offered
    full outer join held
        on offered.offered_key = held.held_key

)

select * from compared
where offered_key is null or held_key is null
