{% macro capped_watch_seconds() -%}
least(watched_seconds, coalesce(elapsed_seconds, watched_seconds))
{%- endmacro %}
