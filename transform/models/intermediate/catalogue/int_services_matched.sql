{{ config(materialized='table') }}

with tmdb_providers as (

    select * from {{ ref('stg_tmdb__watch_providers') }}
    where not is_deleted

),

tmdb_offers as (

    select * from {{ ref('stg_tmdb__watch_offers') }}

),

sa_services as (

    select * from {{ ref('stg_streaming_availability__services') }}
    where not is_deleted

),

sa_offers as (

    select * from {{ ref('stg_streaming_availability__offers') }}

),

watchmode_sources as (

    select * from {{ ref('stg_watchmode__sources') }}
    where not is_deleted

),

watchmode_offers as (

    select * from {{ ref('stg_watchmode__offers') }}

),

service_aliases as (

    select
        {{ normalised_name('service_alias') }} as compared_name,
        min(service_name) as service_name
    from {{ ref('service_aliases') }}
    group by {{ normalised_name('service_alias') }}

),

sa_addons as (

    select
        sa_services.service_id,
        addon.value:id::varchar as addon_id,
        addon.value:name::varchar as addon_name
    from sa_services, lateral flatten(input => sa_services.addons) as addon

),

-- The dictionaries first, then what offers call a service that they lack.
mentions as (

    select
        'app' as source,
        'own' as source_service_id,
        'Our service' as source_service_name,
        1 as mention_rank

    union all

    select
        'tmdb' as source,
        provider_id::varchar as source_service_id,
        provider_name as source_service_name,
        1 as mention_rank
    from tmdb_providers

    union all

    select
        'tmdb' as source,
        provider_id::varchar as source_service_id,
        provider_name as source_service_name,
        2 as mention_rank
    from tmdb_offers

    union all

    select
        'sa' as source,
        service_id as source_service_id,
        service_name as source_service_name,
        1 as mention_rank
    from sa_services

    union all

    select
        'sa' as source,
        service_id as source_service_id,
        service_name as source_service_name,
        2 as mention_rank
    from sa_offers

    union all

    select
        'sa' as source,
        service_id || '.addon.' || addon_id as source_service_id,
        addon_name as source_service_name,
        1 as mention_rank
    from sa_addons

    union all

    select
        'sa' as source,
        service_id || '.addon.' || addon_id as source_service_id,
        addon_name as source_service_name,
        2 as mention_rank
    from sa_offers
    where addon_id is not null

    union all

    select
        'watchmode' as source,
        source_id::varchar as source_service_id,
        source_name as source_service_name,
        1 as mention_rank
    from watchmode_sources

    union all

    select
        'watchmode' as source,
        source_id::varchar as source_service_id,
        source_name as source_service_name,
        2 as mention_rank
    from watchmode_offers

),

services as (

    select
        source,
        source_service_id,
        source_service_name,
        {{ normalised_name('source_service_name') }} as compared_name
    from mentions
    where source_service_id is not null
    qualify
        row_number() over (
            partition by source, source_service_id
            order by
                iff(source_service_name is null, 1, 0), mention_rank, source_service_name
        ) = 1

),

named as (

    select
        services.source,
        services.source_service_id,
        services.source_service_name,
        coalesce(
            service_aliases.service_name,
            services.source_service_name,
            services.source_service_id
        ) as service_name,
        services.source = 'app' as is_own
    from services
    left join service_aliases
        on services.compared_name = service_aliases.compared_name

),

keyed as (

    select
        *,
        case when not is_own then {{ normalised_name('service_name') }} end as name_key
    from named

),

identified as (

    select
        *,
        -- A service without a name is nobody else's, and one that is called "Own" is not ours.
        case
            when is_own then 'own'
            when source_service_name is null or name_key is null or name_key = 'own'
                then source || '-' || source_service_id
            else name_key
        end as service_key
    from keyed

),

matched as (

    select
        source || '|' || source_service_id as service_record_key,
        source,
        source_service_id,
        service_key,
        source_service_name,
        first_value(service_name) over (
            partition by service_key
            order by
                case source when 'app' then 1 when 'tmdb' then 2 when 'sa' then 3 else 4 end,
                service_name
        ) as service_name,
        is_own
    from identified

)

select * from matched
