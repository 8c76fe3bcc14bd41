{% macro normalised_name(column) -%}
nullif(
    regexp_replace(replace(lower({{ column }}), '&', 'and'), '[[:punct:][:space:]]+', ''), ''
)
{%- endmacro %}
