"""What is read by COPY lands as what the stock tap's records land as."""

from __future__ import annotations

import datetime as dt
import string
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from bulk_runs import disconnect
from bulk_types import BY_ROW, COPIED, TYPES
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import sql
from psycopg.types.json import Jsonb
from psycopg2 import extensions

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bulk_runs import Database


def fill(database: Database, declared: str, values: list[Any]) -> None:
    database.sql(TYPES)
    database.sql(
        f"create table app.t (id integer primary key, updated_at timestamptz, v {declared})"
    )
    for number, value in enumerate([None, *values]):
        database.sql(f"insert into app.t values (%s, now(), %s::{declared})", number, value)


@pytest.mark.parametrize("declared", [*COPIED, *BY_ROW])
@pytest.mark.parametrize("method", ["FULL_TABLE", "INCREMENTAL"])
def test_every_type(database: Database, declared: str, method: str) -> None:
    fill(database, declared, COPIED.get(declared) or BY_ROW[declared])
    stock = database.run(bulk=None, method=method)
    bulk = database.run(bulk=True, method=method)
    assert bulk.of("SCHEMA") == stock.of("SCHEMA")
    assert bulk.landed() == stock.landed()
    assert len(bulk.of("BATCH")) == 1
    assert not bulk.of("RECORD")


@pytest.mark.parametrize("declared", [*COPIED, *BY_ROW])
def test_only_some_types_are_read_by_row(database: Database, declared: str) -> None:
    fill(database, declared, [])
    tap, _ = database.tap(bulk=True)
    by_copy = tap.streams["app-t"]._statement(None) is not None
    disconnect(tap)
    assert by_copy == (declared in COPIED)


@pytest.mark.parametrize(
    ("declared", "given", "expected"),
    [
        ("date", "0044-03-15 BC", dt.date.min),
        ("date", "12345-01-01", dt.date.max),
        ("timestamp", "0044-03-15 BC", dt.datetime.min.replace(tzinfo=dt.UTC)),
        ("timestamp", "12345-01-01", dt.datetime.max.replace(tzinfo=dt.UTC)),
        ("timestamptz", "0044-03-15 00:00+00 BC", dt.datetime.min.replace(tzinfo=dt.UTC)),
        ("timestamptz", "12345-01-01 00:00+00", dt.datetime.max.replace(tzinfo=dt.UTC)),
    ],
)
def test_years_that_python_has_not_are_the_first_or_the_last(
    database: Database, declared: str, given: str, expected: object
) -> None:
    fill(database, declared, [given])
    with pytest.raises(ValueError, match="out of range"):
        database.run(bulk=None)
    assert [row.get("v") for row in database.run(bulk=True).landed()] == [None, expected]


def test_names_are_taken_as_they_are(database: Database) -> None:
    database.sql('create table app."T 1%" (id integer primary key, "we%ird "" Näme(%s)" text)')
    database.sql("""insert into app."T 1%" values (1, '50% "off"')""")
    stock = database.run(bulk=None, method="FULL_TABLE")
    assert database.run(bulk=True, method="FULL_TABLE").landed() == stock.landed()
    assert len(stock.landed()) == 1


@pytest.fixture
def types_restored() -> Iterator[None]:
    """Undo what `dates_as_string` does to psycopg2 for the rest of a process."""
    yield
    for name in ("PYDATE", "PYDATETIME", "PYDATETIMETZ"):
        for kind in (name, f"{name}ARRAY"):
            extensions.register_type(getattr(extensions, kind))


@pytest.mark.usefixtures("types_restored")
def test_dates_as_string(database: Database) -> None:
    database.sql("create table app.t (id integer primary key, d date, at timestamptz, n integer)")
    database.sql("insert into app.t values (1, '2026-02-03', 'infinity', 4)")
    stock = database.run(bulk=None, method="FULL_TABLE", dates_as_string=True)
    assert database.run(bulk=True, method="FULL_TABLE", dates_as_string=True).rows()[0].items() >= (
        stock.rows()[0].items()
    )


DAY = dt.timedelta(1)
EARLIEST, LATEST = dt.datetime.min, dt.datetime.max  # noqa: DTZ901 - hypothesis adds the zone
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=30)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
).map(Jsonb)
STRATEGIES = {
    "bigint": st.integers(-(2**63), 2**63 - 1),
    "numeric": st.decimals(allow_infinity=False, places=9, min_value=-(10**15), max_value=10**15)
    | st.just(Decimal("NaN")),
    "double precision": st.floats(),
    "real": st.floats(width=32),
    "boolean": st.booleans(),
    "text": TEXT,
    "char(40)": TEXT,
    "bytea": st.binary(max_size=40),
    "uuid": st.uuids(),
    "date": st.dates(),
    "time": st.times(),
    "timestamp": st.datetimes(),
    "timestamptz": st.datetimes(EARLIEST + DAY, LATEST - DAY, timezones=st.just(dt.UTC)),
    "jsonb": JSON,
    "text[]": st.lists(TEXT | st.none(), max_size=4),
    "bigint[]": st.lists(st.integers(-(2**63), 2**63 - 1) | st.none(), max_size=4),
}
NAMES = st.text(string.printable + "é😀", min_size=1, max_size=20).filter(
    lambda name: name.strip() and name not in ("id", "updated_at") and "\x00" not in name
)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_random_tables(database: Database, data: st.DataObject) -> None:
    names = data.draw(st.lists(NAMES, min_size=1, max_size=6, unique_by=str.lower))
    declared = [data.draw(st.sampled_from(sorted(STRATEGIES))) for _ in names]
    rows = data.draw(
        st.lists(st.tuples(*(st.none() | STRATEGIES[kind] for kind in declared)), max_size=8)
    )
    database.start_over()
    columns = sql.SQL(", ").join(
        sql.SQL("{} {}").format(sql.Identifier(name), sql.SQL(kind))
        for name, kind in zip(names, declared, strict=True)
    )
    database.connection.execute(
        sql.SQL("create table app.t (id integer primary key, updated_at timestamptz, {})").format(
            columns
        )
    )
    places = sql.SQL(", ").join(sql.SQL("%s::{}").format(sql.SQL(kind)) for kind in declared)
    for number, row in enumerate(rows):
        database.connection.execute(
            sql.SQL("insert into app.t values ({}, now(), {})").format(number, places), row
        )
    assert database.run(bulk=True).landed() == database.run(bulk=None).landed()
