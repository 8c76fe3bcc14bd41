{{ config(tags=['trending']) }}

with source as (

    select * from {{ source('tmdb', 'tmdb_trending') }}

),

latest as (

    select *
    from source
    {{ keep_latest(['time_window', 'media_type', 'rank', 'snapshot_date']) }}

),

renamed as (

    select
        id::integer as tmdb_id,
        lower({{ blank_to_null('time_window') }}) as time_window,
        {{ tmdb_title_type('media_type') }} as title_type,
        {{ blank_to_null('title') }} as title_name,
        rank::integer as trending_rank,
        popularity::double as popularity,
        iff(vote_count > 0, vote_average, null)::double as vote_average,
        vote_count::integer as vote_count,
        release_date::date as released_on,
        snapshot_date::date as snapshot_date,
        snapshot_at::timestamp_ntz as snapshot_at,
        _sdc_batched_at::timestamp_ntz as loaded_at,
        _sdc_deleted_at::timestamp_ntz as deleted_at,
        _sdc_deleted_at is not null as is_deleted
    from latest

)

select * from renamed
