{{ config(materialized='table') }}

with records as (

    select * from {{ ref('int_title_records_unioned') }}

),

identified as (

    select * from {{ ref('int_title_records_identified') }}

),

-- A title has one record of each source at most; a second one is a title of its own.
grouped as (

    select
        records.*,
        identified.anchor,
        identified.place_in_source > 1 as is_split_off,
        iff(
            identified.place_in_source > 1, 'record:' || records.record_key, identified.anchor
        ) as title_anchor,
        {{ normalised_name('records.title_name') }} as compared_name,
        {{ normalised_name('records.original_title_name') }} as compared_original_name
    from records
    inner join identified
        on records.record_key = identified.record_key

),

named as (

    select
        *,
        first_value(record_key) over (
            partition by title_anchor
            order by source_rank
        ) as title_key
    from grouped

),

compared as (

    select
        named.record_key,
        others.record_key as compared_record_key,
        others.source_rank as compared_source_rank,
        others.record_key = named.title_key as is_compared_with_name_giver,
        coalesce(
            named.title_type = others.title_type and named.tmdb_id = others.tmdb_id, false
        ) as has_same_tmdb_id,
        coalesce(named.imdb_id = others.imdb_id, false) as has_same_imdb_id,
        coalesce(
            named.title_type = 'series'
            and others.title_type = 'series'
            and named.tvdb_id = others.tvdb_id,
            false
        ) as has_same_tvdb_id,
        -- Ids of films and series are numbered apart, so they differ whatever the title.
        coalesce(
            named.title_type = others.title_type and named.tmdb_id != others.tmdb_id, false
        )
        or coalesce(named.imdb_id != others.imdb_id, false)
        or coalesce(named.tvdb_id != others.tvdb_id, false) as has_other_id,
        coalesce(named.title_type != others.title_type, false) as has_other_type,
        coalesce(
            abs(named.release_year - others.release_year) > {{ var('match_year_tolerance') }}, false
        ) as has_other_year,
        coalesce(named.compared_name = others.compared_name, false)
        or coalesce(named.compared_name = others.compared_original_name, false)
        or coalesce(named.compared_original_name = others.compared_name, false)
        or coalesce(
            named.compared_original_name = others.compared_original_name, false
        ) as has_same_name,
        coalesce(
            abs(named.release_year - others.release_year)
            <= {{ var('match_year_tolerance') }},
            false
        ) as has_same_year
    from named
    inner join named as others
        on
            named.title_anchor = others.title_anchor
            and named.record_key != others.record_key

),

-- A record is judged against the one that names the title, or, if they share no id, against the
-- one that ties it to the title.
judged as (

    select
        *,
        case
            when has_same_tmdb_id then 'tmdb_id'
            when has_same_imdb_id then 'imdb_id'
            when has_same_tvdb_id then 'tvdb_id'
        end as match_method,
        has_same_tmdb_id::integer
        + has_same_imdb_id::integer
        + has_same_tvdb_id::integer as same_id_count
    from compared
    qualify
        row_number() over (
            partition by record_key
            order by
                iff(same_id_count > 0, 0, 1),
                iff(is_compared_with_name_giver, 0, 1),
                case match_method when 'tmdb_id' then 1 when 'imdb_id' then 2 else 3 end,
                compared_source_rank
        ) = 1

),

matched as (

    select
        named.record_key,
        named.title_key,
        named.source,
        named.source_title_id,
        named.source_rank,
        named.title_type,
        named.tmdb_id,
        named.imdb_id,
        named.tvdb_id,
        named.title_name,
        named.original_title_name,
        named.release_year,
        named.anchor,
        judged.compared_record_key as matched_record_key,
        judged.match_method,
        case
            when judged.match_method is null then null
            when judged.has_other_id or judged.has_other_type or judged.has_other_year then 'low'
            when judged.same_id_count > 1 then 'high'
            when judged.has_same_name and judged.has_same_year then 'high'
            else 'medium'
        end as match_confidence,
        judged.same_id_count,
        named.record_key = named.title_key as is_name_giver,
        named.is_split_off,
        judged.has_same_name,
        judged.has_same_year,
        judged.has_other_id,
        judged.has_other_type,
        judged.has_other_year,
        named.is_deleted
    from named
    left join judged
        on
            named.record_key = judged.record_key
            and named.record_key != named.title_key

)

select * from matched
