{% macro first_known(column, partition_by, order_by) -%}
first_value({{ column }}) ignore nulls over (
            partition by {{ partition_by }}
            order by {{ order_by }}
            rows between unbounded preceding and unbounded following
        )
{%- endmacro %}
