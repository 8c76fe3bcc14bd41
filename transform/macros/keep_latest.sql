{% macro keep_latest(key_columns) -%}
    qualify
        row_number() over (
            partition by {{ key_columns | join(', ') }}
            order by _sdc_batched_at desc nulls last, _sdc_sequence desc nulls last
        ) = 1
{%- endmacro %}
