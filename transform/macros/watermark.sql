{% macro watermark(relation) -%}
(
    select
        coalesce(
            dateadd('hour', -{{ var('load_overlap_hours') }}, max(processed_at)),
            '1970-01-01'::timestamp_ntz
        )
    from {{ relation }}
)
{%- endmacro %}
