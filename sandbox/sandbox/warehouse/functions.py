"""Snowflake functions as DuckDB macros, present in every session's search path."""

from __future__ import annotations

from fakesnow import macros

SCHEMA = "memory.main"

_OWN = """
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
"""
_TEXT = """
create or replace macro memory.main._text(val) as (
    case
        when typeof(val) = 'JSON' then json_extract_string(to_json(val), '$')
        else cast(val as varchar)
    end
);
"""


def creation_sql() -> str:
    """Return the statements that create all macros."""
    return _TEXT + macros.creation_sql("memory") + _OWN
