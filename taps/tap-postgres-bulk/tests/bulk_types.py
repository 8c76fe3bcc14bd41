"""Values of every type, by how they are read."""

from __future__ import annotations

from typing import Any

TEXTS = [
    "",
    " ",
    "a",
    'q"uo\\te',
    "line\nfeed\r\t",
    "\x01\x02\x7f",
    "é😀",
    "'",
    "NULL",
    "x" * 1_000_000,
]
COPIED: dict[str, list[Any]] = {
    "smallint": [0, -32768, 32767],
    "integer": [0, -(2**31), 2**31 - 1],
    "bigint": [0, -(2**63), 2**63 - 1],
    "numeric": ["0", "1234567890.123456789", "1e40", "1e-30", "-0.10", "NaN", "Infinity"],
    "numeric(10, 2)": ["1.1", "-12345678.99"],
    "numeric(38, 10)": ["1234567890123456789012345678.0123456789"],
    "numeric(20, 0)": ["12345678901234567890"],
    "real": ["1.1", "3.4028235e38", "-0", "NaN", "-Infinity"],
    "double precision": ["0.1", "1e15", "5e-324", "1.7976931348623157e308", "NaN", "Infinity"],
    "money": ["1234.56", "-0.5"],
    "boolean": [True, False],
    "text": TEXTS,
    "varchar(20)": ["", "twenty characters ok"],
    "char(5)": ["", "ab", "abcde"],
    "bytea": [b"", b"\x00\xff\\", bytes(range(256))],
    "uuid": ["a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"],
    "date": ["2026-02-28", "0001-01-01", "9999-12-31", "infinity", "-infinity"],
    "time": ["00:00", "23:59:59.999999", "04:05:06.7", "24:00"],
    "timestamp": ["2026-02-03 04:05:06.123456", "0001-01-01", "infinity", "-infinity"],
    "timestamp(3)": ["2026-02-03 04:05:06.1234"],
    "timestamptz": [
        "2026-02-03 04:05:06+02", "1890-01-01 00:00:00.5+00", "9999-12-31 23:59:59.999999+00",
        "infinity", "-infinity",
    ],
    "jsonb": [
        "null", '"x"', "[]", "{}",
        '{"a": 1.50, "u": "é😀\\n", "n": null, "deep": [{"x": [1, "2"]}]}',
    ],
    "inet": ["10.0.0.1", "10.0.0.1/24", "2001:db8::1"],
    "cidr": ["10.0.0.0/8"],
    "macaddr": ["08:00:2b:01:02:03"],
    "integer[]": ["{}", "{1,null,-3}", "{{1,2},{3,4}}"],
    "text[]": ["{}", '{"a\\"b","{c}","NULL",null,"","lf\n"}'],
    "boolean[]": ["{t,f,null}"],
    "uuid[]": ["{a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11}"],
    "app.mood": ["sad", "it's ok"],
    "app.mood[]": ["{sad,null}"],
    "app.counted": [1, 2**31 - 1],
    "app.named": ["", "x"],
}  # fmt: skip
"""Values by type that COPY reads, as text where Postgres is to make sense of them."""

BY_ROW: dict[str, list[Any]] = {
    "json": ['{"a": 1.0, "b": [1, null], "a": 2}', '"\\u0000"', "null"],
    "interval": ["1 year 2 mons -3 days 04:00:00", "-1 days -00:00:01.5", "100000 hours"],
    "timetz": ["04:05:06+02", "23:59:59.5-03:30"],
    "timestamp[]": ['{"2026-01-01 00:00:00.5"}'],
    "double precision[]": ["{1.5,NaN}"],
    "numeric[]": ["{1.10,2}"],
    "int4range": ["[1,5)", "empty"],
    "tstzrange": ["[2026-01-01 00:00+00,)"],
    "int4multirange": ["{[1,3),[7,9)}"],
    "point": ["(1,2)"],
    "bit(3)": ["101"],
    "tsvector": ["'a':1 'cat':2"],
    "pg_lsn": ["16/B374D848"],
    "oid": [42],
    "app.moment": ["2026-02-03 04:05:06+02"],
    "app.pair": ["(1,z)"],
}
"""Values of types that are left to the record path."""

TYPES = """
create type app.mood as enum ('sad', 'it''s ok');
create domain app.counted as integer check (value > 0);
create domain app.named as text;
create domain app.moment as timestamptz;
create type app.pair as (x integer, y text);
"""
