{% macro get_incremental_replace_groups_sql(arg_dict) %}
{% set unique_key = arg_dict['unique_key'] %}
{% if not unique_key %}
{% do exceptions.raise_compiler_error(
    'replace_groups needs a unique_key: the columns that name a group'
) %}
{% endif %}
{% set group_columns = [unique_key] if unique_key is string else unique_key %}
{% set same_group = [] %}
{% for column in group_columns %}
{% do same_group.append('present.' ~ column ~ ' is not distinct from touched.' ~ column) %}
{% endfor %}
{% set columns = get_quoted_csv(arg_dict['dest_columns'] | map(attribute='name')) %}
{% set statements %}
delete from {{ arg_dict['target_relation'] }} as present
using (
    select distinct {{ group_columns | join(', ') }}
    from {{ arg_dict['temp_relation'] }}
) as touched
where {{ same_group | join(' and ') }};

insert into {{ arg_dict['target_relation'] }} ({{ columns }})
(
    select {{ columns }}
    from {{ arg_dict['temp_relation'] }}
    where processed_at is not null
)
{% endset %}
{% do return(snowflake_dml_explicit_transaction(statements)) %}
{% endmacro %}
