{% macro existing_snapshot(name) -%}
{%- if execute -%}
{{ return(adapter.get_relation(
    database=target.database,
    schema=generate_schema_name('snapshots'),
    identifier=name
)) }}
{%- endif -%}
{%- endmacro %}
