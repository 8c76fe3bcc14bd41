"""What the raw tables lack, have wrong or have too much is found, and nothing else is."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any

import pytest
from test_deletions import environment

from reconcile.equality import Equality, compare_versions
from reconcile.errors import ReconcileError
from reconcile.raw import Raw
from reconcile.source import Source
from sandbox.warehouse import client

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from workspace import Workspace

pytestmark = pytest.mark.pipeline

SCHEMA, RAW = "app_compared", "compared"
FIRST = dt.datetime(2026, 11, 1, 12, 0, 0, 123456)  # noqa: DTZ001 - as both sides have it
ROWS, STEP = 1100, dt.timedelta(seconds=3)
PAIRS = [("a", "b|c", 1), ("a|b", "c", -1), ("é😀", "%s", 0)]
SOURCE = f"""
create schema {SCHEMA};
create table {SCHEMA}.numbers (id bigint primary key, updated_at timestamptz);
create table {SCHEMA}.pairs (
    one text, two varchar(9), three smallint, updated_at timestamp not null,
    primary key (one, two, three)
);
create table {SCHEMA}.days (id uuid primary key, updated_at date);
create table {SCHEMA}.keyless (v integer, updated_at timestamptz);
"""
COLUMNS = "updated_at timestamp_ntz, _sdc_extracted_at timestamp_ntz, _sdc_deleted_at timestamp_ntz"
LOADED = (
    f"create schema raw.{RAW}",
    f"create table raw.{RAW}.numbers (id number, {COLUMNS})",
    f"create table raw.{RAW}.pairs (one varchar, two varchar, three number, {COLUMNS})",
    f"create table raw.{RAW}.days (id varchar, {COLUMNS})",
    f"create table raw.{RAW}.keyless (v number, {COLUMNS})",
)
GRACE = dt.timedelta(minutes=30)


class Sides:
    """The two databases, and what a comparison says of them."""

    def __init__(self, workspace: Workspace, source: Source, raw: Raw) -> None:
        self.workspace = workspace
        self._source, self._raw = source, raw

    def source(self, statement: str, *values: Any) -> None:
        with self.workspace.postgres() as connection:
            connection.execute(statement, values)

    def raw(self, statement: str, *values: Any) -> None:
        with (
            client.connect(self.workspace.settings, role="ACCOUNTADMIN") as connection,
            connection.cursor() as cursor,
        ):
            cursor.execute(statement, values or None)

    def compare(self) -> dict[str, Equality]:
        found = compare_versions(self._source, self._raw, version_column="updated_at", grace=GRACE)
        return {equality.name: equality for equality in found}

    def numbers(self) -> tuple[int, int, int]:
        """Compare, and return how many numbers are lost, stale and surplus."""
        found = self.compare()["numbers"]
        return found.lost, found.stale, found.surplus


@pytest.fixture(scope="module")
def made(workspace: Workspace) -> Workspace:
    with workspace.postgres() as connection:
        connection.execute(SOURCE)
    with (
        client.connect(workspace.settings, role="ACCOUNTADMIN") as connection,
        connection.cursor() as cursor,
    ):
        for statement in LOADED:
            cursor.execute(statement)
    return workspace


@pytest.fixture
def sides(made: Workspace, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sides]:
    """Both sides with the same rows, and one that has no version on either."""
    for name, value in environment(made).items():
        monkeypatch.setenv(name, value)
    with Source(SCHEMA) as source, Raw(RAW) as raw:
        given = Sides(made, source, raw)
        versions = [FIRST + STEP * number for number in range(ROWS)]
        given.source(f"truncate {SCHEMA}.numbers, {SCHEMA}.pairs")
        given.raw(f"delete from raw.{RAW}.numbers")
        given.raw(f"delete from raw.{RAW}.pairs")
        given.source(
            f"insert into {SCHEMA}.numbers "
            "select number, version at time zone 'UTC' "
            "from unnest(%s::timestamp[]) with ordinality as t (version, number)",
            versions,
        )
        given.source(f"insert into {SCHEMA}.numbers values (-1, null)")
        rows = ", ".join(f"({place + 1}, '{version}')" for place, version in enumerate(versions))
        given.raw(
            f"insert into raw.{RAW}.numbers (id, updated_at) "
            f"select column1, column2::timestamp_ntz from values {rows}, (-1, null)"
        )
        for pair in PAIRS:
            given.source(f"insert into {SCHEMA}.pairs values (%s, %s, %s, %s)", *pair, FIRST)
            given.raw(
                f"insert into raw.{RAW}.pairs (one, two, three, updated_at) "
                "select %s, %s, %s, %s::timestamp_ntz",
                *pair,
                str(FIRST),
            )
        yield given


def test_equal_tables_are_equal(sides: Sides) -> None:
    found = sides.compare()
    assert {name: equality.status for name, equality in found.items()} == {
        "numbers": "equal",
        "pairs": "equal",
        "days": "not_compared",
        "keyless": "not_compared",
    }
    assert found["days"].reason == "updated_at is of date; timestamp and timestamptz can be"
    assert found["keyless"].reason == "Postgres has no such table with a primary key"
    assert (found["numbers"].source_rows, found["numbers"].raw_rows) == (ROWS + 1, ROWS + 1)
    assert (found["numbers"].differing, found["numbers"].buckets) == (0, 16)
    assert (found["pairs"].source_rows, found["pairs"].differing) == (3, 0)


def test_what_differs_is_counted_by_its_kind(sides: Sides) -> None:
    sides.raw(f"delete from raw.{RAW}.numbers where id in (7, -1)")
    sides.raw(
        f"update raw.{RAW}.numbers set updated_at = dateadd('microsecond', -1, updated_at) "
        "where id in (8, 9, 10)"
    )
    sides.source(f"delete from {SCHEMA}.numbers where id = 11")
    sides.raw(f"update raw.{RAW}.pairs set three = 2 where three = 1")
    found = sides.compare()
    numbers, pairs = found["numbers"], found["pairs"]
    assert (numbers.lost, numbers.stale, numbers.surplus, numbers.unmarked) == (2, 3, 1, 0)
    assert (numbers.status, numbers.differences) == ("different", 6)
    assert 1 <= numbers.differing <= 6, "buckets that are the same are not read"
    assert len(numbers.examples) == 3
    assert (pairs.lost, pairs.stale, pairs.surplus) == (1, 0, 1)


def test_what_may_be_on_its_way_is_no_difference(sides: Sides) -> None:
    newest = FIRST + STEP * (ROWS - 1)
    sides.source(f"insert into {SCHEMA}.numbers values (90001, %s)", f"{newest}+00")
    old = f"update {SCHEMA}.numbers set updated_at = %s::timestamptz where id = %s"
    sides.source(old, f"{newest + dt.timedelta(hours=1)}+00", 20)
    assert sides.numbers() == (0, 0, 0)
    # On either side of the limit.
    limit = newest - GRACE
    sides.source(old, f"{limit}+00", 21)
    assert sides.numbers() == (0, 1, 0)
    sides.source(old, f"{limit + dt.timedelta(microseconds=1)}+00", 21)
    found = sides.compare()["numbers"]
    assert (found.status, found.too_new) == ("equal", GRACE // STEP + 3)
    # A later load has come, and has not brought them.
    sides.raw(
        f"insert into raw.{RAW}.pairs (one, two, three, updated_at) "
        "select 'new', 'new', 1, %s::timestamp_ntz",
        str(newest + dt.timedelta(hours=2)),
    )
    assert sides.numbers() == (1, 2, 0)


def test_a_row_too_many_waits_for_the_daily_marks(sides: Sides) -> None:
    sides.source(f"delete from {SCHEMA}.numbers where id in (30, 31)")
    assert sides.numbers() == (0, 0, 2), "nobody marks deletions here"
    sides.raw(f"update raw.{RAW}.numbers set _sdc_deleted_at = sysdate() where id = 30")
    found = sides.compare()["numbers"]
    assert (found.status, found.surplus, found.unmarked) == ("equal", 0, 1)
    sides.raw(
        f"update raw.{RAW}.numbers set _sdc_deleted_at = dateadd('hour', -27, sysdate()) "
        "where id = 30"
    )
    assert sides.numbers() == (0, 0, 1), "the daily run has not been there"


def test_a_row_marked_by_mistake_is_lost(sides: Sides) -> None:
    sides.raw(f"update raw.{RAW}.numbers set _sdc_deleted_at = sysdate() where id = 40")
    assert sides.numbers() == (1, 0, 0)


def test_an_empty_raw_table_has_lost_everything(sides: Sides) -> None:
    sides.raw(f"delete from raw.{RAW}.numbers")
    sides.raw(f"delete from raw.{RAW}.pairs")
    found = sides.compare()
    assert found["numbers"].lost == ROWS + 1
    assert found["pairs"].lost == 3


@pytest.mark.usefixtures("sides")
def test_schemas_that_do_not_belong_together_are_refused() -> None:
    with (
        Source("nowhere") as source,
        Raw(RAW) as raw,
        pytest.raises(ReconcileError, match="No table of the Postgres schema 'nowhere' can be"),
    ):
        list(compare_versions(source, raw, version_column="updated_at", grace=GRACE))


def test_the_command_tells_and_leaves_results(sides: Sides, tmp_path: Path) -> None:
    results = tmp_path / "results"
    given = {
        **environment(sides.workspace),
        "RECONCILE_SCHEMA": SCHEMA,
        "RECONCILE_RAW_SCHEMA": RAW,
        "RUN_RECONCILIATIONS_FILE": str(results),
    }
    said = sides.workspace.succeed("reconcile", "compare", **given)
    assert "numbers: equal; 1,101 rows at the source (1,100 too new to compare)" in said
    sides.raw(f"delete from raw.{RAW}.numbers where id = 50")
    done = sides.workspace.run("reconcile", "compare", "--grace-minutes=5", **given)
    assert done.returncode == 1
    assert "1 lost, such as 50" in done.stdout
    assert "reconcile: numbers differ; see above" in done.stdout
    assert "Traceback" not in done.stdout
    told = [json.loads(line) for line in results.read_text().splitlines()]
    assert len(told) == 8
    (first, second) = (one for one in told if one["table_name"] == "numbers")
    assert first.pop("compared_at") < second.pop("compared_at")
    assert first == {
        "table_name": "numbers",
        "source_rows": 1101,
        "warehouse_rows": 1101,
        "differences": 0,
        "status": "equal",
    }
    assert (second["warehouse_rows"], second["differences"]) == (1100, 1)
    assert second["status"] == "different"
    assert {one["status"] for one in told if one["source_rows"] is None} == {"not_compared"}
