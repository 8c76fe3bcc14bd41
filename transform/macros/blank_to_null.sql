{% macro blank_to_null(column) -%}
iff(upper(trim({{ column }}::varchar)) in ('', 'N/A'), null, trim({{ column }}::varchar))
{%- endmacro %}
