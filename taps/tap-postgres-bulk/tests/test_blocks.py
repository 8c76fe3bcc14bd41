"""Tables that are read for the first time, in the order in which they lie on disk."""

from __future__ import annotations

import itertools
import json
import operator
import random
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from bulk_runs import disconnect, read_file
from bulk_types import COPIED, TYPES

from tap_postgres_bulk import blocks
from tap_postgres_bulk.blocks import READING
from tap_postgres_bulk.horizon import Horizon
from tap_postgres_bulk.stream import HORIZON

if TYPE_CHECKING:
    from bulk_runs import Database, Messages

ROWS = 2000
INLINE = 1000
KEYS = {
    "timestamptz": "'2026-01-01 00:00:00.5+00'::timestamptz + n * interval '1 s'",
    "timestamp": "'2026-01-01'::timestamp + n * interval '0.1 s'",
    "bigint": "n * 10000000000",
    "date": "'2026-01-01'::date + (n / 100)::integer",
}


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take tables of some kilobytes as large ones."""
    monkeypatch.setattr(blocks, "FEW_BLOCKS", 1)
    monkeypatch.setattr(blocks, "PIECE_BLOCKS", 2)


def fill(database: Database, kind: str = "timestamptz", rows: int = ROWS) -> None:
    # In no order on disk.
    database.sql(f"create table app.t (id integer primary key, updated_at {kind}, v text)")
    database.sql(
        f"insert into app.t select n, {KEYS[kind]}, 'v' || n from generate_series(1, {rows}) as n "
        "order by md5(n::text)"
    )


def ids(messages: Messages) -> list[int]:
    return [row["id"] for row in messages.rows()]


def bookmarks(messages: Messages) -> list[dict[str, Any]]:
    return [message["value"]["bookmarks"]["app-t"] for message in messages.of("STATE")]


def is_read_by_blocks(database: Database, **options: Any) -> bool:
    tap, _ = database.tap(bulk=True, **options)
    tap.streams["app-t"]._write_starting_replication_value(None)
    found = tap.streams["app-t"]._heap(None) is not None
    disconnect(tap)
    return found


@pytest.mark.parametrize("kind", KEYS)
@pytest.mark.parametrize("minutes", [0, 60])
def test_all_is_read_and_the_bookmark_is_that_of_the_stock_tap(
    database: Database, kind: str, minutes: int
) -> None:
    fill(database, kind)
    assert is_read_by_blocks(database)
    stock = database.run(bulk=None)
    bulk = database.run(bulk=True, late_commit_minutes=minutes, bulk_batch_rows=300)
    assert sorted(ids(bulk)) == list(range(1, ROWS + 1))
    assert ids(bulk) != sorted(ids(bulk))
    by_id = operator.itemgetter("id")
    assert sorted(bulk.landed(), key=by_id) == sorted(stock.landed(), key=by_id)
    (expected,) = stock.state["bookmarks"].values()
    found = dict(bulk.state["bookmarks"]["app-t"])
    assert (found.pop(HORIZON, None) is not None) == (minutes > 0 and kind != "bigint")
    assert found == expected
    assert all("replication_key_value" not in state for state in bookmarks(bulk)[:-1])


@pytest.mark.parametrize("method", ["FULL_TABLE", "INCREMENTAL"])
def test_every_type(database: Database, method: str) -> None:
    database.sql(TYPES)
    columns = ", ".join(f"v{n} {declared}" for n, declared in enumerate(COPIED))
    database.sql(f"create table app.t (id integer primary key, updated_at timestamptz, {columns})")
    # What is kept out of its block is not read by blocks.
    given = ([one for one in values if len(str(one)) < INLINE] for values in COPIED.values())
    for key, row in enumerate(itertools.zip_longest(*given)):
        values = ", ".join(f"%s::{declared}" for declared in COPIED)
        database.connection.execute(
            f"insert into app.t values (%s, now(), {values})", (key, *row), prepare=False
        )
    assert is_read_by_blocks(database, method=method)
    stock = database.run(bulk=None, method=method)
    bulk = database.run(bulk=True, method=method)
    by_id = operator.itemgetter("id")
    assert sorted(bulk.landed(), key=by_id) == sorted(stock.landed(), key=by_id)
    assert not bulk.of("RECORD")


def test_pieces_are_found_without_reading_the_whole_table(database: Database) -> None:
    fill(database)
    tap, _ = database.tap(bulk=True)
    stream: Any = tap.streams["app-t"]
    query = stream.build_query().order_by(None).where(blocks.of_piece())
    columns, found, _ = stream._composed(query)
    statement = blocks.copy_statement(
        blocks.Heap(1, 100), begin=8, columns=columns, query=found, key="updated_at"
    ).as_string(tap.copying)
    disconnect(tap)
    inner = statement.removeprefix("copy (").partition(") to stdout")[0]
    plan = database.connection.execute(f"explain {inner}").fetchall()
    assert any("Tid Range Scan" in line for (line,) in plan)


def test_a_run_goes_on_after_any_batch_and_misses_nothing(database: Database) -> None:
    """Between the run that breaks off and the next one, rows move into space that was freed."""
    fill(database)
    whole = database.run(bulk=True, bulk_batch_rows=400)
    states = [message["value"] for message in whole.of("STATE")]
    broken = [state for state in states if READING in state["bookmarks"]["app-t"]]
    assert len(broken) == len(whole.of("BATCH")) > 3
    sizes = [len(database.run(bulk=True, state=state).rows()) for state in broken]
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[0] < ROWS
    assert sizes[-1] == 0

    chance = random.Random(1)
    position = 0
    database.sql("alter table app.t set (autovacuum_enabled = false)")
    for batch, state in zip(whole.of("BATCH"), broken, strict=True):
        position += len(batch_rows(batch))
        loaded = {row["id"]: row["v"] for row in whole.rows()[:position]}
        for key in chance.sample(range(1, ROWS + 1), 20):
            # Some do not move the replication key: what has not been read is read all the same.
            stamp = chance.choice(["now()", "updated_at"])
            database.sql(f"update app.t set v = v || 'x', updated_at = {stamp} where id = {key}")
        database.sql("vacuum app.t")
        rest = database.run(bulk=True, state=state, late_commit_minutes=60, bulk_batch_rows=150)
        # The second run breaks off after its first batch, and a third one ends what they began.
        before = state["bookmarks"]["app-t"][READING]["block"]
        early = state_after_a_batch(rest)["bookmarks"]["app-t"]
        if READING in early:
            assert early[READING]["block"] > before or before == blocks._END
            loaded |= {row["id"]: row["v"] for row in batch_rows(rest.of("BATCH")[0])}
            database.sql("update app.t set v = v || 'y' where id % 100 = 1")
            rest = database.run(bulk=True, state=state_after_a_batch(rest), late_commit_minutes=60)
        loaded |= {row["id"]: row["v"] for row in rest.rows()}
        assert loaded == dict(database.connection.execute("select id, v from app.t").fetchall())
        assert READING not in rest.state["bookmarks"]["app-t"]
        assert rest.state["bookmarks"]["app-t"]["replication_key_value"]


def state_after_a_batch(messages: Messages) -> dict[str, Any]:
    kinds = [message["type"] for message in messages.all]
    state: dict[str, Any] = messages.all[kinds.index("BATCH") + 1]["value"]
    return state


def batch_rows(message: dict[str, Any]) -> list[dict[str, Any]]:
    return [row for file in message["manifest"] for row in read_file(file)]


@pytest.mark.parametrize("change", ["file", "system", "far"])
def test_it_starts_anew_where_a_place_means_nothing(database: Database, change: str) -> None:
    fill(database)
    state = database.run(bulk=True, bulk_batch_rows=400).of("STATE")[2]["value"]
    reading = state["bookmarks"]["app-t"][READING]
    assert reading["block"] > 0
    system = Horizon.now(database.connection).system
    if change == "file":
        database.sql("vacuum full app.t")
    else:
        reading["began"] = "1/5" if change == "system" else f"{system}/999999999999"
    assert sorted(ids(database.run(bulk=True, state=state))) == list(range(1, ROWS + 1))


def test_a_late_commit_is_found_after_it(database: Database) -> None:
    fill(database, rows=100)
    database.sql("update app.t set updated_at = now()")
    with psycopg.connect(database.connection.info.dsn + " password=sandbox") as late:
        late.execute("insert into app.t values (1001, now(), 'late')")
        database.sql("insert into app.t values (1002, clock_timestamp(), 'seen')")
        first = database.run(bulk=True, late_commit_minutes=60)
        assert 1002 in ids(first)
        assert 1001 not in ids(first)
    second = database.run(bulk=True, late_commit_minutes=60, state=first.state)
    assert 1001 in ids(second)
    assert len(ids(second)) < 5


def test_what_is_chosen_is_honoured(database: Database) -> None:
    fill(database)
    options: dict[str, Any] = {
        "stream_options": {"app-t": {"custom_where_clauses": ["v like 'v1%'", "id % 2 = 0"]}},
        "without": ("v",),
    }
    assert is_read_by_blocks(database, **options)
    stock = database.run(bulk=None, **options)
    bulk = database.run(bulk=True, **options)
    assert sorted(ids(bulk)) == ids(stock)
    assert bulk.state == stock.state
    assert "v" not in bulk.rows()[0]


@pytest.mark.parametrize("few", [1, 1000])
def test_names_that_could_be_ours(
    database: Database, monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    names = ("first", "next", "tap_piece", "found", "read", "rows", "lines")
    columns = ", ".join(f'"{name}" text' for name in names)
    database.sql(f"create table app.t (id integer primary key, updated_at date, {columns})")
    values = ", ".join(f"'{name}%'" for name in names)
    database.sql(f"insert into app.t select n, '2026-01-01', {values} from generate_series(1, 9) n")
    monkeypatch.setattr(blocks, "FEW_BLOCKS", few)
    assert is_read_by_blocks(database) == (few == 1)
    (*_, row) = database.run(bulk=True).rows()
    assert {name: row[name] for name in names} == {name: f"{name}%" for name in names}


def test_rows_that_are_added_after_the_blocks_were_counted(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(database)
    found = blocks.find_heap

    def count(*arguments: Any) -> blocks.Heap | None:
        heap = found(*arguments)
        database.sql(
            "insert into app.t select n, now(), 'new' from generate_series(3001, 4000) as n"
        )
        return heap

    monkeypatch.setattr(blocks, "find_heap", count)
    assert len(ids(database.run(bulk=True))) == ROWS + 1000


@pytest.mark.parametrize(
    ("statement", "options"),
    [
        ("create table app.u () inherits (app.t)", {}),
        ("alter table app.t alter v set storage external", {}),
        ("select 1", {"max_record_count": 5}),
        ("alter table app.t alter updated_at type text", {}),
        ("select 1", {"state": {}}),
    ],
)
def test_tables_that_are_read_in_order(
    database: Database, statement: str, options: dict[str, Any]
) -> None:
    fill(database, rows=50)
    assert is_read_by_blocks(database)
    state = database.run(bulk=True).state
    database.sql(statement)
    if "external" in statement:
        database.sql("update app.t set v = repeat('long', 5000) where id = 1")
    if "state" in options:
        options = {"state": state}
    assert not is_read_by_blocks(database, **options)


def test_partitions_and_few_blocks(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    database.sql(
        "create table app.t (id integer primary key, updated_at date) partition by range (id)"
    )
    database.sql("create table app.t1 partition of app.t for values from (0) to (100)")
    database.sql("insert into app.t select n, '2026-01-01' from generate_series(1, 50) as n")
    assert not is_read_by_blocks(database)
    database.sql("drop table app.t")
    fill(database)
    monkeypatch.setattr(blocks, "FEW_BLOCKS", 1000)
    assert not is_read_by_blocks(database)
    bulk = database.run(bulk=True)
    assert ids(bulk) == list(range(1, ROWS + 1))


def test_nothing_is_left_of_it_in_the_state(database: Database) -> None:
    fill(database)
    state = database.run(bulk=True, bulk_batch_rows=400).of("STATE")[0]["value"]
    assert READING in json.dumps(state)
    by_row = database.run(bulk=True, state=state, stream_maps={"app-t": {"v": "v"}})
    assert ids(by_row) == list(range(1, ROWS + 1))
    assert READING not in json.dumps(by_row.state)
    whole = database.run(bulk=True, state=state, method="FULL_TABLE")
    assert sorted(ids(whole)) == list(range(1, ROWS + 1))
