{% macro tmdb_title_type(column) -%}
case lower({{ column }}) when 'movie' then 'film' when 'tv' then 'series' end
{%- endmacro %}
