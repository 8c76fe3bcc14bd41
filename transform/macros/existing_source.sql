{% macro existing_source(relation) -%}
{%- if execute -%}
{{ return(load_relation(relation)) }}
{%- endif -%}
{%- endmacro %}
