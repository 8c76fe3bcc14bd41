with titles as (

    select * from {{ ref('int_titles_enriched') }}

),

final as (

    select
        title_key,
        title_id,
        tmdb_id,
        tvmaze_id,
        sa_id,
        watchmode_id,
        imdb_id,
        tvdb_id,
        title_type,
        tmdb_title_type,
        title_name,
        original_title_name,
        original_language,
        genre_names,
        maturity_rating,
        release_status,
        tmdb_match_method,
        tmdb_match_confidence,
        tvmaze_match_method,
        tvmaze_match_confidence,
        sa_match_method,
        sa_match_confidence,
        watchmode_match_method,
        watchmode_match_confidence,
        source_count,
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
        removed_from_catalogue_on,
        licence_expires_on
    from titles

)

select * from final
