with records as (

    select * from {{ ref('int_title_records_matched') }}

),

final as (

    select
        record_key,
        source,
        source_title_id,
        title_key,
        matched_record_key,
        tmdb_id,
        imdb_id,
        tvdb_id,
        title_type,
        title_name,
        match_method,
        match_confidence,
        release_year,
        same_id_count,
        has_same_name,
        has_other_id,
        has_other_type,
        has_other_year,
        is_name_giver,
        is_split_off,
        is_deleted
    from records

)

select * from final
