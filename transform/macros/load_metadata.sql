{% macro load_metadata() -%}
greatest(
            _sdc_batched_at, coalesce(_sdc_deleted_at, _sdc_batched_at)
        )::timestamp_ntz as loaded_at,
        _sdc_deleted_at::timestamp_ntz as deleted_at,
        _sdc_deleted_at is not null as is_deleted
{%- endmacro %}
