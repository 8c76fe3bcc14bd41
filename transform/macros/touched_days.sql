{% macro touched_days(group_column) -%}
{%- for day in ['started_on', 'coalesce(previous_started_on, started_on)'] %}
{%- for group in [group_column, 'coalesce(previous_' ~ group_column ~ ', ' ~ group_column ~ ')'] %}
    select
        {{ group }} as {{ group_column }},
        {{ day }} as viewed_on
    from judged
    union all
{%- endfor %}
{%- endfor %}
    select
        {{ group_column }},
        started_on as viewed_on
    from measured
{%- endmacro %}
