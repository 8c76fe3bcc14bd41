with records as (

    select * from {{ ref('int_title_records_matched') }}

),

-- Records of one title, each pair once.
pairs as (

    select
        first_records.title_key,
        first_records.title_key as other_title_key,
        first_records.record_key,
        other_records.record_key as other_record_key,
        first_records.title_type,
        other_records.title_type as other_title_type,
        first_records.tmdb_id,
        other_records.tmdb_id as other_tmdb_id,
        first_records.imdb_id,
        other_records.imdb_id as other_imdb_id,
        first_records.tvdb_id,
        other_records.tvdb_id as other_tvdb_id,
        first_records.release_year,
        other_records.release_year as other_release_year,
        {{ normalised_name('first_records.title_name') }}
        = {{ normalised_name('other_records.title_name') }} as has_same_name
    from records as first_records
    inner join records as other_records
        on
            first_records.title_key = other_records.title_key
            and first_records.source_rank < other_records.source_rank

),

id_conflicts as (

    {% for column in ['tmdb_id', 'imdb_id', 'tvdb_id'] -%}
    select
        'id_disagrees' as conflict_kind,
        '{{ column }}' as compared_column,
        title_key,
        other_title_key,
        record_key,
        other_record_key,
        {{ column }}::varchar as found_value,
        other_{{ column }}::varchar as other_value
    from pairs
    where
        {{ column }} != other_{{ column }}
        {%- if column == 'tmdb_id' %}
        -- Of another type it is another number anyway.
        and title_type = other_title_type
        {%- endif %}
    {%- if not loop.last %}

    union all

    {% endif -%}
    {% endfor %}

),

type_conflicts as (

    select
        'type_disagrees' as conflict_kind,
        'title_type' as compared_column,
        title_key,
        other_title_key,
        record_key,
        other_record_key,
        title_type as found_value,
        other_title_type as other_value
    from pairs
    where title_type != other_title_type

),

year_conflicts as (

    select
        'year_disagrees' as conflict_kind,
        'release_year' as compared_column,
        title_key,
        other_title_key,
        record_key,
        other_record_key,
        release_year::varchar as found_value,
        other_release_year::varchar as other_value
    from pairs
    where
        abs(release_year - other_release_year) > {{ var('match_year_tolerance') }}
        and has_same_name is distinct from true

),

second_records as (

    select
        'second_record_of_source' as conflict_kind,
        'source_title_id' as compared_column,
        kept_records.title_key,
        split_records.title_key as other_title_key,
        kept_records.record_key,
        split_records.record_key as other_record_key,
        kept_records.source_title_id as found_value,
        split_records.source_title_id as other_value
    from records as split_records
    inner join records as kept_records
        on
            split_records.anchor = kept_records.anchor
            and split_records.source = kept_records.source
            and not kept_records.is_split_off
    where split_records.is_split_off

),

-- One row for two titles, whatever the number of records that name the ids.
shared_imdb_ids as (

    select
        'imdb_id_on_two_tmdb_ids' as conflict_kind,
        'imdb_id' as compared_column,
        first_records.title_key,
        other_records.title_key as other_title_key,
        first_records.record_key,
        other_records.record_key as other_record_key,
        first_records.title_type || '-' || first_records.tmdb_id as found_value,
        other_records.title_type || '-' || other_records.tmdb_id as other_value
    from records as first_records
    inner join records as other_records
        on
            first_records.imdb_id = other_records.imdb_id
            and first_records.title_key < other_records.title_key
    where
        found_value != other_value
        and not first_records.is_split_off
        and not other_records.is_split_off
    qualify
        row_number() over (
            partition by
                first_records.imdb_id, first_records.title_key, other_records.title_key
            order by first_records.source_rank, other_records.source_rank
        ) = 1

),

unioned as (

    select * from id_conflicts
    union all
    select * from type_conflicts
    union all
    select * from year_conflicts
    union all
    select * from second_records
    union all
    select * from shared_imdb_ids

),

final as (

    select
        unioned.conflict_kind
        || '|'
        || unioned.compared_column
        || '|'
        || unioned.record_key
        || '|'
        || unioned.other_record_key as conflict_key,
        unioned.title_key,
        unioned.other_title_key,
        unioned.record_key,
        unioned.other_record_key,
        unioned.conflict_kind,
        unioned.compared_column,
        records.title_name,
        other_records.title_name as other_title_name,
        unioned.found_value,
        unioned.other_value
    from unioned
    inner join records
        on unioned.record_key = records.record_key
    inner join records as other_records
        on unioned.other_record_key = other_records.record_key

)

select * from final
