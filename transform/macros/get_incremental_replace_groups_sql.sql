{% macro get_incremental_replace_groups_sql(arg_dict) %}
    {%- set target = arg_dict['target_relation'] -%}
    {%- set selected = arg_dict['temp_relation'] -%}
    {%- set unique_key = arg_dict['unique_key'] -%}
    {%- if not unique_key -%}
        {%- do exceptions.raise_compiler_error(
            "The strategy replace_groups needs a unique_key: the columns that name a group."
        ) -%}
    {%- endif -%}
    {%- set group_columns = [unique_key] if unique_key is string else unique_key -%}
    {%- set columns = get_quoted_csv(arg_dict['dest_columns'] | map(attribute='name')) -%}

    {%- set statements -%}
        delete from {{ target }} as present
        using (
            select distinct {{ group_columns | join(', ') }}
            from {{ selected }}
        ) as touched
        where
        {%- for column in group_columns %}
            {% if not loop.first %}and {% endif -%}
            present.{{ column }} is not distinct from touched.{{ column }}
        {%- endfor %};

        insert into {{ target }} ({{ columns }})
        (
            select {{ columns }}
            from {{ selected }}
            where processed_at is not null
        )
    {%- endset -%}

    {%- do return(snowflake_dml_explicit_transaction(statements)) -%}
{% endmacro %}
