"""Rows that become visible after later ones have been read."""

from __future__ import annotations

import random
import threading
import time
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from tap_postgres_bulk.horizon import Horizon
from tap_postgres_bulk.stream import HORIZON

if TYPE_CHECKING:
    from bulk_runs import Database, Messages

WRITERS = 6
WRITING_SECONDS = 8


def connect(database: Database, *, autocommit: bool = False) -> psycopg.Connection:
    return psycopg.connect(
        database.connection.info.dsn + " password=sandbox", autocommit=autocommit
    )


def make_table(database: Database, declared: str = "timestamptz", default: str = "now()") -> None:
    database.sql(
        "create table app.t (id integer primary key, v integer not null, "
        f"updated_at {declared} not null default {default})"
    )
    database.sql("create index on app.t (updated_at)")


def write(connection: psycopg.Connection, key: int, value: int = 0) -> None:
    connection.execute(
        "insert into app.t values (%s, %s) "
        "on conflict (id) do update set v = excluded.v, updated_at = default",
        (key, value),
    )


def read(database: Database, state: dict[str, Any] | None = None, **options: Any) -> Messages:
    return database.run(bulk=True, state=state, **{"late_commit_minutes": 60, **options})


def ids(messages: Messages) -> list[int]:
    return [row["id"] for row in messages.rows()]


@pytest.mark.parametrize(
    ("declared", "default"),
    [
        ("timestamptz", "now()"),
        ("timestamp", "(now() at time zone 'UTC')"),
        ("date", "current_date"),
    ],
)
@pytest.mark.parametrize("savepoint", [False, True])
def test_a_late_commit_is_found_and_nothing_else(
    database: Database, declared: str, default: str, *, savepoint: bool
) -> None:
    make_table(database, declared, default)
    write(database.connection, 1)
    write(database.connection, 2)
    with connect(database) as late:
        if savepoint:
            write(late, 9)
            late.execute("savepoint one")
        write(late, 2, 7)
        write(late, 3)
        time.sleep(0.01)
        write(database.connection, 4)
        first = read(database)
        assert set(ids(first)) == {1, 2, 4}
    if declared != "date":
        assert 3 not in ids(database.run(bulk=None, state=first.state)), "the stock tap would do"
    second = read(database, first.state)
    found = {row["id"]: row["v"] for row in second.rows()}
    assert found.items() >= {2: 7, 3: 0}.items()
    # Ids in between were at work too, for all that the snapshot tells.
    assert found.keys() <= {2, 3, 4, 9}
    third = read(database, second.state)
    assert ids(third) == []
    assert (
        third.state["bookmarks"]["app-t"]["replication_key_value"]
        == (second.state["bookmarks"]["app-t"]["replication_key_value"])
    )


def test_rows_beyond_the_window_are_not_looked_for(database: Database) -> None:
    make_table(database)
    database.sql("insert into app.t values (1, 0, now()), (2, 0, now() - interval '2 hours')")
    first = read(database)
    database.sql("insert into app.t values (3, 0, now() - interval '3 hours')")
    database.sql("insert into app.t values (4, 0, now() - interval '50 minutes')")
    assert ids(read(database, first.state)) == [4]
    assert ids(read(database, first.state, late_commit_minutes=240)) == [3, 4]
    assert ids(read(database, first.state, late_commit_minutes=0)) == [1]


@pytest.mark.parametrize(
    "known", [None, "", "nonsense", "1/5", "{system}/999999999999", "{system}/x", "own"]
)
def test_a_horizon_that_means_nothing_hides_nothing(database: Database, known: str | None) -> None:
    make_table(database)
    write(database.connection, 1)
    state = read(database).state
    system = Horizon.now(database.connection).system
    if known is None:
        del state["bookmarks"]["app-t"][HORIZON]
    elif known != "own":
        state["bookmarks"]["app-t"][HORIZON] = known.replace("{system}", system)
    assert ids(read(database, state)) == ([] if known == "own" else [1])


def test_a_run_that_was_cut_short_hides_nothing(database: Database) -> None:
    make_table(database)
    for key in range(1, 7):
        write(database.connection, key)
    first = read(database, bulk_batch_rows=2)
    for message in first.of("STATE")[:-1]:
        assert HORIZON not in message["value"]["bookmarks"]["app-t"]
    limited = read(database, max_record_count=3)
    assert HORIZON not in limited.state["bookmarks"]["app-t"]
    assert set(ids(limited)) | set(ids(read(database, limited.state))) == set(range(1, 7))


def test_the_stock_tap_goes_on_and_back(database: Database) -> None:
    make_table(database)
    write(database.connection, 1)
    first = read(database)
    write(database.connection, 2)
    stock = database.run(bulk=None, state=first.state)
    assert ids(stock) == [1, 2]
    write(database.connection, 3)
    assert 3 in ids(read(database, stock.state))


def test_a_table_that_was_empty(database: Database) -> None:
    make_table(database)
    first = read(database)
    assert ids(first) == []
    second = read(database, first.state)
    assert ids(second) == []
    write(database.connection, 1)
    third = read(database, second.state)
    assert ids(third) == [1]
    assert ids(read(database, third.state)) == []


def test_a_clock_that_runs_ahead_hides_nothing(database: Database) -> None:
    make_table(database)
    database.sql("insert into app.t values (1, 0, now() + interval '1 day')")
    first = read(database)
    write(database.connection, 2)
    assert 2 in ids(read(database, first.state))


def test_views_have_no_versions(database: Database) -> None:
    make_table(database)
    database.sql("create view app.w as select * from app.t")
    write(database.connection, 1)
    with connect(database) as late:
        write(late, 2)
        write(database.connection, 3)
        first = read(database)
    second = read(database, first.state)
    assert [m["stream"] for m in second.of("BATCH")] == ["app-t", "app-w"]
    assert set(ids(second)) == {1, 2, 3}


def test_with_a_map_too(database: Database) -> None:
    make_table(database)
    maps = {"app-t": {"v": "v"}}
    with connect(database) as late:
        write(late, 1)
        write(database.connection, 2)
        first = read(database, stream_maps=maps)
    assert ids(first) == [2]
    assert 1 in ids(read(database, first.state, stream_maps=maps))


def test_writers_that_commit_in_any_order(database: Database) -> None:
    """Random transactions, long and short, rolled back and nested, while runs follow each other."""
    make_table(database)
    ended = threading.Event()

    def work(seed: int) -> None:
        chance = random.Random(seed)
        with connect(database) as connection:
            while not ended.is_set():
                for _ in range(chance.randint(1, 4)):
                    # Rows of its own, so that writers do not wait for each other.
                    write(
                        connection, chance.randrange(200) * WRITERS + seed, chance.randrange(10**6)
                    )
                    if chance.random() < 0.3:
                        connection.execute("savepoint inner_one")
                        write(connection, chance.randrange(200) * WRITERS + seed, -1)
                        if chance.random() < 0.5:
                            connection.execute("rollback to savepoint inner_one")
                    time.sleep(chance.expovariate(1 / 0.05))
                connection.rollback() if chance.random() < 0.1 else connection.commit()

    writers = [threading.Thread(target=work, args=(seed,)) for seed in range(WRITERS)]
    for writer in writers:
        writer.start()
    warehouse: dict[int, int] = {}
    state = None
    until = time.monotonic() + WRITING_SECONDS
    runs = 0
    # However slow the machine is, there is something to get wrong.
    while time.monotonic() < until or runs < 3 or len(warehouse) < 300:
        messages = read(database, state, bulk_batch_rows=50)
        state = messages.state
        warehouse |= {row["id"]: row["v"] for row in messages.rows()}
        runs += 1
    ended.set()
    for writer in writers:
        writer.join()
    warehouse |= {row["id"]: row["v"] for row in read(database, state).rows()}
    there = dict(database.connection.execute("select id, v from app.t").fetchall())
    assert warehouse == there
