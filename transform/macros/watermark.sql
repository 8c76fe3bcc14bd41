{% macro watermark(relation, column='processed_at') -%}
(
    select
        coalesce(
            dateadd('hour', -{{ var('load_overlap_hours') }}, max({{ column }})),
            '1970-01-01'::timestamp_ntz
        )
    from {{ relation }}
)
{%- endmacro %}
