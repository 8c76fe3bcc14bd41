with availability as (

    select * from {{ ref('fct_title_availability') }}
    where is_current and offer_type = 'subscription'

),

titles as (

    select * from {{ ref('dim_titles') }}

),

services as (

    select * from {{ ref('dim_services') }}

),

reached as (

    select * from {{ ref('int_data_as_of') }}

),

-- A title counts once per service and country, and is there since its first offer began. When a
-- source began to show an offer says nothing of when the offer began.
offered as (

    select
        service_key,
        country,
        title_key,
        min(iff(is_start_exact, available_from::date, null)) as added_on
    from availability
    group by service_key, country, title_key

),

dated as (

    select
        offered.service_key,
        offered.country,
        offered.added_on,
        titles.released_on,
        datediff('day', titles.released_on, reached.complete_on) as days_since_release,
        datediff('day', offered.added_on, reached.complete_on) as days_since_addition
    from offered
    inner join titles
        on offered.title_key = titles.title_key
    cross join reached

),

measured as (

    select
        service_key,
        country,
        count(*) as title_count,
        count_if(released_on is null) as unknown_release_count,
        count_if(added_on is null) as unknown_addition_count,
        count_if(days_since_release < {{ var('newly_released_days') }}) as newly_released_count,
        count_if(days_since_addition < {{ var('added_last_month_days') }})
            as added_last_month_count,
        count_if(days_since_addition < {{ var('added_last_quarter_days') }})
            as added_last_quarter_count,
        -- A release that is announced for later has no age yet.
        median(greatest(days_since_release, 0)) / 365.25 as median_age_years
    from dated
    group by service_key, country

),

final as (

    select
        measured.service_key || '|' || measured.country as catalogue_key,
        measured.service_key,
        services.service_name,
        measured.country,
        measured.title_count,
        measured.newly_released_count,
        measured.unknown_release_count,
        measured.added_last_month_count,
        measured.added_last_quarter_count,
        measured.unknown_addition_count,
        round(
            measured.newly_released_count
            / nullif(measured.title_count - measured.unknown_release_count, 0),
            4
        )::number(5, 4) as newly_released_share,
        round(measured.median_age_years, 2)::number(9, 2) as median_age_years,
        services.is_own,
        reached.complete_on as as_of_on
    from measured
    inner join services
        on measured.service_key = services.service_key
    cross join reached

)

select * from final
