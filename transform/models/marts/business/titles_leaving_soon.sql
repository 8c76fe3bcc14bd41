with availability as (

    select * from {{ ref('fct_title_availability') }}
    where offer_type = 'subscription'

),

plays as (

    select * from {{ ref('fct_plays') }}

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
        as_of_at::date as today_on,
        dateadd('day', {{ var('leaving_soon_days') }}, as_of_at::date) as horizon_on,
        dateadd('day', 1 - {{ var('leaving_viewing_days') }}, complete_on) as viewing_started_on
    from {{ ref('int_data_as_of') }}

),

-- The end of a licence or an offer, or a removal that is planned for later.
announced as (

    select
        availability.title_key,
        availability.service_key,
        availability.country,
        coalesce(
            least(availability.expires_on, availability.available_to::date),
            availability.expires_on,
            availability.available_to::date
        ) as leaving_on
    from availability
    cross join reached
    where availability.is_current or availability.available_to::date >= reached.today_on

),

leaving as (

    select
        announced.title_key,
        announced.service_key,
        announced.country,
        min(announced.leaving_on) as leaving_on
    from announced
    inner join reached
        on announced.leaving_on between reached.today_on and reached.horizon_on
    group by announced.title_key, announced.service_key, announced.country

),

viewed as (

    select
        plays.title_key,
        plays.country,
        count(distinct plays.profile_id) as viewer_count,
        count(*) as play_count,
        sum(plays.watched_seconds) / 3600 as watched_hours
    from plays
    inner join reached
        on plays.started_on between reached.viewing_started_on and reached.complete_on
    group by plays.title_key, plays.country

),

final as (

    select
        leaving.title_key
        || '|' || leaving.service_key
        || '|' || leaving.country as leaving_key,
        leaving.title_key,
        leaving.service_key,
        titles.title_name,
        titles.title_type,
        services.service_name,
        leaving.country,
        viewed.viewer_count,
        viewed.play_count,
        round(viewed.watched_hours, 2)::number(18, 2) as watched_hours,
        row_number() over (
            order by
                viewed.viewer_count desc,
                viewed.watched_hours desc,
                leaving.leaving_on asc,
                leaving.title_key asc,
                leaving.service_key asc,
                leaving.country asc
        ) as attention_rank,
        datediff('day', reached.today_on, leaving.leaving_on) as days_left,
        services.is_own,
        leaving.leaving_on
    from leaving
    inner join viewed
        on
            leaving.title_key = viewed.title_key
            and leaving.country = viewed.country
    inner join titles
        on leaving.title_key = titles.title_key
    inner join services
        on leaving.service_key = services.service_key
    cross join reached

)

select * from final
