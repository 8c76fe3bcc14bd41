{% macro playback_key() -%}
profile_id
        || '|' || title_id
        || '|' || coalesce(season_number::varchar, '')
        || '|' || coalesce(episode_number::varchar, '')
        || '|' || date_part('epoch_microsecond', started_at)
{%- endmacro %}
