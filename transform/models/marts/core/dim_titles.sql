with titles as (

    select * from {{ ref('int_titles_enriched') }}

),

final as (

    select
        title_key,
        title_id,
        tmdb_id,
        tvmaze_id,
        imdb_id,
        tvdb_id,
        title_type,
        title_name,
        original_title_name,
        original_language,
        genre_names,
        maturity_rating,
        release_status,
        tmdb_match_method,
        tvmaze_match_method,
        release_year,
        runtime_minutes,
        season_count,
        episode_count,
        tmdb_popularity,
        tmdb_vote_average,
        tmdb_vote_count,
        tvmaze_rating_average,
        is_in_catalogue,
        released_on,
        added_to_catalogue_on,
        removed_from_catalogue_on
    from titles

)

select * from final
