with records as (

    select * from {{ ref('int_title_records_matched') }}

),

-- What several sources say is taken from the first that says it, in the order of source_rank.
completed as (

    select
        title_key,
        source,
        source_title_id,
        match_method,
        match_confidence,
        -- All records of a title but a split-off stand for one TMDB id, if for any.
        iff(anchor like 'tmdb:%' and not is_split_off, split_part(anchor, ':', 2), null)
            as tmdb_title_id,
        {{ first_known('title_type', 'title_key', 'source_rank') }} as title_type,
        {{ first_known('imdb_id', 'title_key', 'source_rank') }} as imdb_id,
        {{ first_known('tvdb_id', 'title_key', 'source_rank') }} as tvdb_id,
        {{ first_known('title_name', 'title_key', 'source_rank') }} as title_name,
        {{ first_known('original_title_name', 'title_key', 'source_rank') }} as original_title_name,
        {{ first_known('release_year', 'title_key', 'source_rank') }} as release_year
    from records

),

matched as (

    select
        title_key,
        max(iff(source = 'app', source_title_id, null))::integer as title_id,
        split_part(max(tmdb_title_id), '-', 2)::integer as tmdb_id,
        max(iff(source = 'tvmaze', source_title_id, null))::integer as tvmaze_id,
        max(iff(source = 'sa', source_title_id, null)) as sa_id,
        max(iff(source = 'watchmode', source_title_id, null))::integer as watchmode_id,
        max(imdb_id) as imdb_id,
        max(tvdb_id) as tvdb_id,
        max(title_type) as title_type,
        split_part(max(tmdb_title_id), '-', 1) as tmdb_title_type,
        max(title_name) as title_name,
        max(original_title_name) as original_title_name,
        max(release_year) as release_year,
        {% for source in ['tmdb', 'tvmaze', 'sa', 'watchmode'] -%}
        max(iff(source = '{{ source }}', match_method, null)) as {{ source }}_match_method,
        max(iff(source = '{{ source }}', match_confidence, null)) as {{ source }}_match_confidence,
        {% endfor -%}
        count(*) as source_count
    from completed
    group by title_key

)

select * from matched
