{{ config(tags=['trending']) }}

with trending_titles as (

    select * from {{ ref('int_trending_titles_compared') }}

),

final as (

    select
        time_window || '|' || title_type || '|' || tmdb_id as trending_key,
        time_window,
        title_type,
        tmdb_id,
        title_name,
        trending_rank,
        previous_trending_rank,
        places_gained,
        popularity,
        vote_average,
        vote_count,
        is_new_entry,
        released_on,
        snapshot_date,
        snapshot_at,
        loaded_at
    from trending_titles

)

select * from final
