with source as (

    select * from {{ source('tmdb', 'tmdb_episodes') }}

),

latest as (

    select *
    from source
    {{ keep_latest(['id']) }}

),

renamed as (

    select
        id::integer as tmdb_episode_id,
        show_id::integer as tmdb_id,
        season_id::integer as tmdb_season_id,
        {{ tmdb_title_type('media_type') }} as title_type,
        {{ blank_to_null('name') }} as episode_name,
        lower({{ blank_to_null('episode_type') }}) as episode_type,
        {{ blank_to_null('overview') }} as overview,
        {{ blank_to_null('production_code') }} as production_code,
        {{ blank_to_null('still_path') }} as still_path,
        season_number::integer as season_number,
        episode_number::integer as episode_number,
        runtime::integer as runtime_minutes,
        iff(vote_count > 0, vote_average, null)::double as vote_average,
        vote_count::integer as vote_count,
        air_date::date as aired_on,
        change_date::date as changed_on,
        snapshot_at::timestamp_ntz as snapshot_at,
        _sdc_batched_at::timestamp_ntz as loaded_at,
        _sdc_deleted_at::timestamp_ntz as deleted_at,
        _sdc_deleted_at is not null as is_deleted
    from latest

)

select * from renamed
