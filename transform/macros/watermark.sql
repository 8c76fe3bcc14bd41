{% macro watermark(relation, column='processed_at') -%}
(
    select
        coalesce(
            dateadd('hour', -{{ var('load_overlap_hours') }}, max(present.{{ column }})),
            '1970-01-01'::timestamp_ntz
        )
    from {{ relation }} as present
)
{%- endmacro %}
