"""Snowflake functions as DuckDB macros, present in every session's search path."""

from __future__ import annotations

from fakesnow import macros

SCHEMA = "memory.main"
TEXT = f"{SCHEMA}._text"
TYPE_OF = f"{SCHEMA}._type_of"
FLATTEN = f"{SCHEMA}._flatten"
AS_GIVEN = f"{SCHEMA}._as_given"
TRY_TIMESTAMP = f"{SCHEMA}._try_timestamp"
DIVISOR = f"{SCHEMA}._divisor"
ARRAY = f"{SCHEMA}._array"
MD5_LOWER = f"{SCHEMA}._md5_lower"

_OWN = """
create or replace macro memory.main._text(val) as (
    case
        when typeof(val) = 'JSON' then json_extract_string(to_json(val), '$')
        else cast(val as varchar)
    end
);
create or replace macro memory.main._fs_to_timestamp(val, scale) as (
    case
        when typeof(val) in ('TIMESTAMP', 'DATE', 'TIMESTAMP WITH TIME ZONE', 'TIMESTAMP_NS')
            then try_cast(val as timestamp)
        when regexp_full_match(memory.main._text(val), '-?[0-9]+')
            then make_timestamp((
                cast(memory.main._text(val) as hugeint) * cast(case
                    when scale = 9 then 0.001
                    when scale = 6 then 1
                    when scale = 3 then 1000
                    when typeof(val) = 'VARCHAR' and length(memory.main._text(val)) >= 17 then 0.001
                    when typeof(val) = 'VARCHAR' and length(memory.main._text(val)) >= 14 then 1
                    when typeof(val) = 'VARCHAR' and length(memory.main._text(val)) >= 11 then 1000
                    else 1000000
                end as decimal(18, 3))
            )::bigint)
        else cast(memory.main._text(val) as timestamp)
    end
);
create or replace macro memory.main._try_timestamp(val) as (
    case
        when regexp_full_match(memory.main._text(val), '-?[0-9]+')
            then memory.main._fs_to_timestamp(val, 0)
        else try_cast(memory.main._text(val) as timestamp)
    end
);
create or replace macro memory.main._divisor(val) as (
    case when val = 0 then error('Division by zero') else val end
);
create or replace macro memory.main._as_given
    (given date, moved) as cast(moved as date),
    (given timestamp, moved) as moved,
    (given timestamptz, moved) as moved,
    (given varchar, moved) as moved;
create or replace macro memory.main._type_of(val) as (
    case
        when val is null then null
        when typeof(val) <> 'JSON' then typeof(val)
        else case json_type(to_json(val))
            when 'NULL' then 'NULL_VALUE'
            when 'UBIGINT' then 'INTEGER'
            when 'BIGINT' then 'INTEGER'
            when 'HUGEINT' then 'INTEGER'
            else json_type(to_json(val))
        end
    end
);
create or replace macro memory.main._md5_lower(val) as cast('0x' || right(md5(val), 16) as ubigint);
create or replace macro memory.main._array(val) as json_extract(to_json(val), '$[*]');
create or replace macro memory.main.as_varchar(val) as case
    when json_type(to_json(val)) = 'VARCHAR' then memory.main._text(val) end;
create or replace macro memory.main.as_array(val) as case
    when json_type(to_json(val)) = 'ARRAY' then val end;
create or replace macro memory.main.as_object(val) as case
    when json_type(to_json(val)) = 'OBJECT' then val end;
create or replace macro memory.main._flatten(input, is_outer) as table
    select
        1::bigint as SEQ,
        item.k as KEY,
        case
            when item.k is not null then item.k
            when item.i is not null then '[' || item.i || ']'
        end as PATH,
        item.i as INDEX,
        item.v as VALUE,
        to_json(input) as THIS
    from (
        select unnest(case
            when json_type(to_json(input)) = 'OBJECT' and len(json_keys(to_json(input))) > 0
                then list_transform(
                    list_zip(json_keys(to_json(input)), json_extract(to_json(input), '$.*')),
                    lambda pair: {'k': pair[1], 'i': null::bigint, 'v': pair[2]}
                )
            when json_type(to_json(input)) = 'ARRAY' and json_array_length(to_json(input)) > 0
                then list_transform(
                    json_extract(to_json(input), '$[*]'),
                    lambda entry, number: {
                        'k': null::varchar, 'i': number::bigint - 1, 'v': entry
                    }
                )
            when is_outer then [{'k': null::varchar, 'i': null::bigint, 'v': null::json}]
            else []
        end) as item
    );
"""


def creation_sql() -> str:
    """Return the statements that create all macros."""
    return macros.creation_sql("memory") + _OWN
