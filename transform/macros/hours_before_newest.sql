{% macro hours_before_newest(relation, column, hours) -%}
{%- if execute -%}
    {%- set newest -%}
        select dateadd('hour', -{{ hours }}, max({{ column }}))::timestamp_ntz from {{ relation }}
    {%- endset -%}
    {%- set moment = run_query(newest).columns[0].values()[0] -%}
{%- endif -%}
'{{ moment or '1970-01-01' }}'::timestamp_ntz
{%- endmacro %}
