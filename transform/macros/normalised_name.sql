{% macro normalised_name(column) -%}
nullif(
    regexp_replace(
        replace(replace(lower({{ column }}), '&', 'and'), '+', 'plus'),
        '[[:punct:][:space:]]+',
        ''
    ),
    ''
)
{%- endmacro %}
