{% macro name_key(column) -%}
trim(
    regexp_replace(replace(lower({{ column }}), '&', 'and'), '[[:punct:][:space:]]+', '-'), '-'
)
{%- endmacro %}
