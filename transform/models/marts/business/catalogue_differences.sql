with availability as (

    select distinct
        title_key,
        service_key,
        country
    from {{ ref('fct_title_availability') }}
    where is_current and offer_type = 'subscription'

),

sessions as (

    select * from {{ ref('fct_viewing_sessions') }}

),

titles as (

    select * from {{ ref('dim_titles') }}

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

viewed as (

    select
        sessions.title_key,
        sessions.country,
        count(distinct iff(sessions.is_play, sessions.profile_id, null)) as viewer_count,
        sum(sessions.watched_seconds) / 3600 as watched_hours
    from sessions
    inner join reached
        on sessions.started_on between reached.window_started_on and reached.complete_on
    group by sessions.title_key, sessions.country

),

own_titles as (

    select
        availability.title_key,
        availability.country
    from availability
    inner join services
        on availability.service_key = services.service_key
    where services.is_own

),

other_titles as (

    select
        availability.title_key,
        availability.service_key,
        availability.country
    from availability
    inner join services
        on availability.service_key = services.service_key
    where not services.is_own

),

compared_services as (

    select distinct
        service_key,
        country
    from other_titles

),

-- What is watched here, for each other service that does not have it.
only_here as (

    select
        viewed.title_key,
        compared_services.service_key,
        viewed.country,
        'own' as held_by
    from viewed
    inner join own_titles
        on
            viewed.title_key = own_titles.title_key
            and viewed.country = own_titles.country
    inner join compared_services
        on viewed.country = compared_services.country
    left join other_titles
        on
            viewed.title_key = other_titles.title_key
            and viewed.country = other_titles.country
            and compared_services.service_key = other_titles.service_key
    where viewed.watched_hours > 0 and other_titles.title_key is null

),

only_there as (

    select
        other_titles.title_key,
        other_titles.service_key,
        other_titles.country,
        'other' as held_by
    from other_titles
    left join own_titles
        on
            other_titles.title_key = own_titles.title_key
            and other_titles.country = own_titles.country
    where own_titles.title_key is null

),

unioned as (

    select * from only_here
    union all
    select * from only_there

),

final as (

    select
        unioned.title_key
        || '|' || unioned.service_key
        || '|' || unioned.country as difference_key,
        unioned.title_key,
        unioned.service_key,
        titles.title_name,
        titles.title_type,
        services.service_name,
        unioned.country,
        unioned.held_by,
        coalesce(viewed.viewer_count, 0) as viewer_count,
        round(coalesce(viewed.watched_hours, 0), 2)::number(18, 2) as watched_hours,
        titles.tmdb_popularity,
        reached.window_started_on,
        reached.complete_on as window_ended_on
    from unioned
    inner join titles
        on unioned.title_key = titles.title_key
    inner join services
        on unioned.service_key = services.service_key
    left join viewed
        on
            unioned.title_key = viewed.title_key
            and unioned.country = viewed.country
    cross join reached

)

select * from final
