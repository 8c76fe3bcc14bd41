with source as (

    select * from {{ source('tmdb', 'tmdb_seasons') }}

),

latest as (

    select *
    from source
    {{ keep_latest(['show_id', 'season_number']) }}

),

renamed as (

    select
        show_id::integer as tmdb_id,
        id::integer as tmdb_season_id,
        {{ tmdb_title_type('media_type') }} as title_type,
        {{ blank_to_null('name') }} as season_name,
        {{ blank_to_null('overview') }} as overview,
        {{ blank_to_null('poster_path') }} as poster_path,
        season_number::integer as season_number,
        episode_count::integer as episode_count,
        nullif(vote_average, 0)::double as vote_average,
        air_date::date as first_aired_on,
        change_date::date as changed_on,
        snapshot_at::timestamp_ntz as snapshot_at,
        _sdc_batched_at::timestamp_ntz as loaded_at,
        _sdc_deleted_at::timestamp_ntz as deleted_at,
        _sdc_deleted_at is not null as is_deleted
    from latest

)

select * from renamed
