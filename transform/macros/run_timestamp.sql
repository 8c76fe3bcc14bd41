{% macro run_timestamp() -%}
'{{ run_started_at | string | replace("+00:00", "") }}'::timestamp_ntz
{%- endmacro %}
