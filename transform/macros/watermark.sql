{% macro watermark(relation, column='processed_at', overlap_hours=0) -%}
(
    select
        coalesce(
            dateadd('hour', -{{ overlap_hours }}, max(present.{{ column }})),
            '1970-01-01'::timestamp_ntz
        )
    from {{ relation }} as present
)
{%- endmacro %}
