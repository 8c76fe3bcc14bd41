with offers as (

    select * from {{ ref('int_title_offers_unioned') }}

),

app_titles as (

    select * from {{ ref('stg_streaming_app__titles') }}

),

watchmode_titles as (

    select * from {{ ref('stg_watchmode__titles') }}

),

-- The snapshot reads this model, so it is not referenced but looked up. While there is none,
-- nothing is remembered but the offers themselves.
remembered as (

    select *
    from {{ existing_snapshot('title_offers_snapshot') or ref('int_title_offers_unioned') }}
    qualify
        row_number() over (
            partition by offer_key
            order by as_of_at desc
        ) = 1

),

-- These two list the offers of a title in its own row: one that is gone leaves nothing behind.
readings as (

    select
        'app-' || title_id as record_key,
        updated_at as read_at
    from app_titles

    union all

    select
        'watchmode-' || watchmode_id as record_key,
        read_at
    from watchmode_titles

),

forgotten as (

    select
        remembered.offer_key,
        remembered.record_key,
        remembered.source,
        remembered.source_service_id,
        remembered.country,
        remembered.offer_type,
        false as is_available,
        remembered.expires_on,
        remembered.starts_at,
        null::timestamp_ntz as ended_at,
        greatest(readings.read_at, remembered.as_of_at) as as_of_at
    from remembered
    inner join readings
        on remembered.record_key = readings.record_key
    left join offers
        on remembered.offer_key = offers.offer_key
    where offers.offer_key is null

),

tracked as (

    select * from offers

    union all

    select * from forgotten

)

select * from tracked
