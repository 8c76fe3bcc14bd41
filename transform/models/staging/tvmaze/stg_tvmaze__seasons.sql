with source as (

    select * from {{ source('tvmaze', 'tvmaze_seasons') }}

),

latest as (

    select *
    from source
    {{ keep_latest(['id']) }}

),

renamed as (

    select
        id::integer as tvmaze_season_id,
        show_id::integer as tvmaze_id,
        {{ blank_to_null('name') }} as season_name,
        {{ blank_to_null('url') }} as tvmaze_url,
        {{ blank_to_null('summary') }} as summary_html,
        network,
        web_channel,
        image,
        number::integer as season_number,
        episode_order::integer as ordered_episode_count,
        premiere_date::date as premiered_on,
        end_date::date as ended_on,
        to_timestamp_ntz(show_updated) as show_updated_at,
        _sdc_batched_at::timestamp_ntz as loaded_at,
        _sdc_deleted_at::timestamp_ntz as deleted_at,
        _sdc_deleted_at is not null as is_deleted
    from latest

)

select * from renamed
