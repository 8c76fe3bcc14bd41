{{ config(materialized='table') }}

-- In the second round records are found through those that found theirs in the first.
{% set rounds = 2 %}

with records as (

    select * from {{ ref('int_title_records_unioned') }}

),

record_ids as (

    select
        record_key,
        1 as id_rank,
        title_type || '-' || tmdb_id as id_value
    from records
    where title_type is not null and tmdb_id is not null

    union all

    select
        record_key,
        2 as id_rank,
        imdb_id as id_value
    from records
    where imdb_id is not null

    union all

    select
        record_key,
        3 as id_rank,
        tvdb_id::varchar as id_value
    from records
    where title_type = 'series' and tvdb_id is not null

    union all

    select
        record_key,
        4 as id_rank,
        record_key as id_value
    from records

),

-- What a record stands for by itself: a TMDB id that TMDB has (level 1), one that it does not have
-- (2), an IMDb id (3), a TheTVDB id (4), or nothing but itself (5).
round_0 as (

    select
        record_ids.record_key,
        iff(tmdb_records.record_key is not null, 1, record_ids.id_rank + 1) as anchor_level,
        case record_ids.id_rank
            when 1 then 'tmdb:'
            when 2 then 'imdb:'
            when 3 then 'tvdb:'
            else 'record:'
        end || record_ids.id_value as anchor,
        record_ids.id_rank as rule_rank
    from record_ids
    left join records as tmdb_records
        on
            record_ids.id_rank = 1
            and tmdb_records.source = 'tmdb'
            and record_ids.id_value = tmdb_records.source_title_id
    qualify
        row_number() over (
            partition by record_ids.record_key
            order by record_ids.id_rank
        ) = 1

),

-- Each round, a record goes to the best that it or a record with one of its ids stands for.
{% for round in range(1, rounds + 1) -%}
round_{{ round }} as (

    select
        record_ids.record_key,
        found.anchor_level,
        found.anchor,
        greatest(record_ids.id_rank, found.rule_rank) as rule_rank
    from record_ids
    inner join records
        on record_ids.record_key = records.record_key
    inner join record_ids as shared_ids
        on
            record_ids.id_rank = shared_ids.id_rank
            and record_ids.id_value = shared_ids.id_value
    inner join round_{{ round - 1 }} as found
        on shared_ids.record_key = found.record_key
    inner join records as sharing_records
        on shared_ids.record_key = sharing_records.record_key
    qualify
        row_number() over (
            partition by record_ids.record_key
            order by
                found.anchor_level,
                greatest(record_ids.id_rank, found.rule_rank),
                iff(records.title_type = sharing_records.title_type, 0, 1),
                iff(sharing_records.source = 'tmdb', 0, 1),
                sharing_records.source_rank,
                found.anchor
        ) = 1

),

{% endfor -%}
identified as (

    select
        records.record_key,
        anchors.anchor,
        anchors.rule_rank,
        -- Ids of one source sort by their length first, which is their order as numbers.
        row_number() over (
            partition by anchors.anchor, records.source
            order by
                records.is_deleted,
                anchors.rule_rank,
                length(records.source_title_id),
                records.source_title_id
        ) as place_in_source
    from records
    inner join round_{{ rounds }} as anchors
        on records.record_key = anchors.record_key

)

select * from identified
