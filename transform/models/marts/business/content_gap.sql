with sessions as (

    select * from {{ ref('fct_viewing_sessions') }}

),

availability as (

    select * from {{ ref('fct_title_availability') }}
    where is_current and offer_type = 'subscription'

),

title_genres as (

    select * from {{ ref('bridge_title_genres') }}

),

genres as (

    select * from {{ ref('dim_genres') }}

),

services as (

    select * from {{ ref('dim_services') }}

),

reached as (

    select
        complete_on,
        dateadd('day', 1 - {{ var('content_gap_window_days') }}, complete_on) as window_started_on
    from {{ ref('int_data_as_of') }}

),

-- A session counts in each genre of its title, by the genre's weight.
demanded as (

    select
        sessions.country,
        title_genres.genre_key,
        sum(sessions.watched_seconds * title_genres.weight::double) / 3600 as demand_hours
    from sessions
    inner join reached
        on sessions.started_on between reached.window_started_on and reached.complete_on
    inner join title_genres
        on sessions.title_key = title_genres.title_key
    where sessions.country is not null
    group by sessions.country, title_genres.genre_key

),

-- A title counts once per service and country, however many offers there are.
offered as (

    select distinct
        country,
        service_key,
        title_key
    from availability

),

supplied as (

    select
        offered.country,
        offered.service_key,
        title_genres.genre_key,
        sum(title_genres.weight::double) as supply_title_count
    from offered
    inner join title_genres
        on offered.title_key = title_genres.title_key
    group by offered.country, offered.service_key, title_genres.genre_key

),

-- Every genre that is watched or offered in a country, for every service there.
compared_genres as (

    select
        country,
        genre_key
    from demanded
    union distinct
    select
        country,
        genre_key
    from supplied

),

watched_countries as (

    select country
    from demanded
    group by country
    having sum(demand_hours) > 0

),

compared_services as (

    select distinct
        supplied.country,
        supplied.service_key
    from supplied
    inner join watched_countries
        on supplied.country = watched_countries.country

),

measured as (

    select
        compared_services.country,
        compared_services.service_key,
        compared_genres.genre_key,
        coalesce(demanded.demand_hours, 0) as demand_hours,
        coalesce(supplied.supply_title_count, 0) as supply_title_count
    from compared_services
    inner join compared_genres
        on compared_services.country = compared_genres.country
    left join demanded
        on
            compared_genres.country = demanded.country
            and compared_genres.genre_key = demanded.genre_key
    left join supplied
        on
            compared_services.country = supplied.country
            and compared_services.service_key = supplied.service_key
            and compared_genres.genre_key = supplied.genre_key

),

shared as (

    select
        *,
        demand_hours / sum(demand_hours) over (partition by country, service_key) as demand_share,
        supply_title_count
        / sum(supply_title_count) over (partition by country, service_key) as supply_share
    from measured

),

final as (

    select
        shared.country || '|' || shared.service_key || '|' || shared.genre_key as content_gap_key,
        shared.service_key,
        shared.genre_key,
        shared.country,
        services.service_name,
        genres.genre_name,
        round(shared.demand_hours, 2)::number(18, 2) as demand_hours,
        round(shared.supply_title_count, 4)::number(18, 4) as supply_title_count,
        round(shared.demand_share, 6)::number(9, 6) as demand_share,
        round(shared.supply_share, 6)::number(9, 6) as supply_share,
        round(shared.demand_share - shared.supply_share, 6)::number(9, 6) as gap,
        row_number() over (
            partition by shared.country, shared.service_key
            order by shared.demand_share - shared.supply_share desc, shared.genre_key asc
        ) as gap_rank,
        services.is_own,
        reached.window_started_on,
        reached.complete_on as window_ended_on
    from shared
    inner join services
        on shared.service_key = services.service_key
    inner join genres
        on shared.genre_key = genres.genre_key
    cross join reached

)

select * from final
