{% macro run_timestamp() -%}
'{{ run_started_at.strftime("%Y-%m-%d %H:%M:%S.%f") }}'::timestamp_ntz
{%- endmacro %}
