"""Rows that are gone in Postgres are marked in the warehouse, and late ones get there."""

from __future__ import annotations

import datetime as dt
import json
import os
import random
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from reconcile.deletions import Comparison, compare_tables
from reconcile.raw import Raw
from reconcile.source import Source
from sandbox.environment import variables as environment_of_sandbox
from sandbox.settings import HOST

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import psycopg
    from workspace import Workspace

pytestmark = pytest.mark.pipeline

SCHEMA = "app_gone"
RAW = "gone"
PAIRS = [("a", "b|c"), ("a|b", "c"), ("it's", 'q"uo\\te'), ("é😀", "%s"), ("", " ")]
TABLES = f"""
create schema {SCHEMA};
create table {SCHEMA}.numbers (
    id bigint primary key, v integer not null default 0,
    updated_at timestamptz not null default now()
);
insert into {SCHEMA}.numbers (id) select n - 2000 from generate_series(1, 5000) as n;
create table {SCHEMA}.pairs (
    one text, two varchar(9), three smallint, updated_at timestamptz not null default now(),
    primary key (one, two, three)
);
create table {SCHEMA}.vacant (id uuid primary key, updated_at timestamptz);
create table {SCHEMA}.keyless (v integer, updated_at timestamptz);
create table {SCHEMA}.raced (
    id integer primary key, v integer not null, updated_at timestamptz not null default now()
);
create index on {SCHEMA}.raced (updated_at);
"""
KEYS = 150
WRITERS = 5
# The whole minute keeps both cores busy: `make reliability`.
WRITING_SECONDS = 60 if os.environ.get("RELIABILITY_ROUNDS") else 15


@pytest.fixture(scope="module")
def gone(workspace: Workspace) -> Workspace:
    """Tables with keys of several kinds, one that is empty and one without a key; all loaded."""
    with workspace.postgres() as connection:
        connection.execute(TABLES)
        for one, two in PAIRS:
            connection.execute(f"insert into {SCHEMA}.pairs values (%s, %s, -1)", (one, two))
    load(workspace)
    return workspace


def load(workspace: Workspace) -> str:
    return workspace.succeed(
        "meltano", "run", "--state-id-suffix=gone", "tap-postgres", "target-snowflake",
        TAP_POSTGRES_FILTER_SCHEMAS=json.dumps([SCHEMA]),
        TAP_POSTGRES_STREAM_MAPS="{}",
        TAP_POSTGRES__SELECT=json.dumps([f"{SCHEMA}-*.*"]),
        TAP_POSTGRES__METADATA=json.dumps(
            {
                f"{SCHEMA}-*": {
                    "replication-method": "INCREMENTAL",
                    "replication-key": "updated_at",
                },
                f"{SCHEMA}-keyless": {"table-key-properties": ["v"]},
            }
        ),
        TAP_POSTGRES__LOAD_SCHEMA=RAW,
    )  # fmt: skip


def environment(workspace: Workspace) -> dict[str, str]:
    """Return what Meltano hands to the command, so that most tests need no Meltano."""
    settings = workspace.settings
    given = environment_of_sandbox(settings)
    return {
        "PGHOST": HOST,
        "PGPORT": str(settings.postgres_port),
        "PGDATABASE": "streaming",
        "PGUSER": "streaming_app",
        "PGPASSWORD": "sandbox",
        "SNOWFLAKE_ACCOUNT": "sandbox",
        "SNOWFLAKE_USER": "sandbox",
        "SNOWFLAKE_ROLE": "LOADER",
        "SNOWFLAKE_WAREHOUSE": "LOADING",
        "SNOWFLAKE_DATABASE": "RAW",
        "SNOWFLAKE_PRIVATE_KEY_PATH": given["RECONCILE_PRIVATE_KEY_PATH"],
        "HTTPS_PROXY": given["RECONCILE_HTTPS_PROXY"],
        "REQUESTS_CA_BUNDLE": given["RECONCILE_CA_BUNDLE"],
        "NO_PROXY": "localhost,127.0.0.1",
        "RECONCILE_SCHEMA": SCHEMA,
        "RECONCILE_RAW_SCHEMA": RAW,
    }


def reconcile(workspace: Workspace, *options: str) -> str:
    return workspace.succeed("reconcile", "deletions", *options, **environment(workspace))


def refused(workspace: Workspace, *options: str, **variables: str) -> str:
    done = workspace.run(
        "reconcile", "deletions", *options, **{**environment(workspace), **variables}
    )
    assert done.returncode != 0, done.stdout
    assert "Traceback" not in done.stdout
    return done.stdout


def marked(workspace: Workspace, table: str, *columns: str) -> list[tuple[Any, ...]]:
    names = ", ".join(columns)
    _, rows = workspace.query(
        f"select {names} from raw.{RAW}.{table} where _sdc_deleted_at is not null order by {names}"
    )
    return rows


def test_what_is_deleted_is_marked_and_nothing_else(gone: Workspace) -> None:
    said = reconcile(gone)
    assert "numbers: 5,000 rows, 0 compared by key, 0 deleted" in said
    assert "vacant: 0 rows" in said
    assert "keyless: not compared, since Postgres has no such table with a primary key" in said
    with gone.postgres() as connection:
        connection.execute(f"delete from {SCHEMA}.numbers where id in (-1999, 0, 42)")
        connection.execute(f"delete from {SCHEMA}.pairs where one <> 'a'")
        # Not loaded yet: no deletion, whatever its bucket looks like.
        connection.execute(f"insert into {SCHEMA}.numbers (id) values (9001)")
    assert ", 3 deleted" in reconcile(gone, "--dry-run")
    assert marked(gone, "numbers", "id") == []
    said = gone.succeed(
        "meltano", "run", "deletions", RECONCILE_SCHEMA=SCHEMA, RECONCILE_RAW_SCHEMA=RAW
    )
    compared = int(said.partition("numbers: 5,000 rows, ")[2].partition(" ")[0].replace(",", ""))
    assert 3 <= compared < 2500, "buckets that are the same are not read"
    assert marked(gone, "numbers", "id") == [(-1999,), (0,), (42,)]
    assert marked(gone, "pairs", "one", "two") == sorted(
        (one, two) for one, two in PAIRS if one != "a"
    )
    _, before = gone.query(f"select max(_sdc_deleted_at) from raw.{RAW}.numbers")
    said = reconcile(gone)
    assert "numbers: 4,997 rows" in said
    assert "\n0 rows marked as deleted" in said
    _, after = gone.query(f"select max(_sdc_deleted_at) from raw.{RAW}.numbers")
    assert before == after, "a mark stays as it was"


def test_a_row_that_is_made_again_loses_its_mark(gone: Workspace) -> None:
    with gone.postgres() as connection:
        connection.execute(f"insert into {SCHEMA}.numbers (id, v) values (7001, 1)")
    load(gone)
    with gone.postgres() as connection:
        connection.execute(f"delete from {SCHEMA}.numbers where id = 7001")
    reconcile(gone)
    assert (7001,) in marked(gone, "numbers", "id")
    with gone.postgres() as connection:
        connection.execute(f"insert into {SCHEMA}.numbers (id, v) values (7001, 2)")
    load(gone)
    reconcile(gone)
    assert (7001,) not in marked(gone, "numbers", "id")


@pytest.fixture
def both(gone: Workspace, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Source, Raw]]:
    """Both sides in this process, so that something can happen between two readings."""
    for name, value in environment(gone).items():
        monkeypatch.setenv(name, value)
    with Source(SCHEMA) as source, Raw(RAW) as raw:
        yield source, raw


def test_a_row_that_arrives_between_two_readings_is_not_deleted(
    gone: Workspace, both: tuple[Source, Raw], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before each reading of either side a row is made in Postgres and loaded."""
    source, raw = both
    keys = iter(range(100_000, 200_000))

    def arriving(read: Callable[..., Any]) -> Callable[..., Any]:
        def arrive_and_read(*arguments: Any) -> Any:
            key = next(keys)
            with gone.postgres() as connection:
                connection.execute(f"insert into {SCHEMA}.numbers (id) values ({key})")
            gone.query(f"insert into raw.{RAW}.numbers (id) values ({key})")
            return read(*arguments)

        return arrive_and_read

    for side in (source, raw):
        for name in ("buckets", "keys"):
            monkeypatch.setattr(side, name, arriving(getattr(side, name)))
    # Without the last question Postgres is asked, which would hide a wrong order.
    monkeypatch.setattr(source, "there", lambda *_: set())
    for _ in range(3):
        for outcome in compare_tables(source, raw, most_deleted_percent=100):
            if isinstance(outcome, Comparison) and outcome.table.name == "numbers":
                assert outcome.gone.keys() <= {("7001",), ("-1999",)}
                assert outcome.keys_compared


def test_a_row_that_was_loaded_again_is_spared(gone: Workspace, both: tuple[Source, Raw]) -> None:
    source, raw = both
    (table,) = (table for table in source.tables() if table.name == "numbers")
    gone.query(f"update raw.{RAW}.numbers set _sdc_extracted_at = sysdate() where id in (1, 2)")
    read_at = dt.datetime(2020, 1, 1)  # noqa: DTZ001 - as the warehouse has it
    _, rows = gone.query(f"select _sdc_extracted_at from raw.{RAW}.numbers where id = 2")
    assert raw.mark_deleted(table, {("1",): read_at, ("2",): rows[0][0]}) == 1
    assert (1,) not in marked(gone, "numbers", "id")
    assert (2,) in marked(gone, "numbers", "id")
    gone.query(f"update raw.{RAW}.numbers set _sdc_deleted_at = null where id = 2")


def test_names_that_need_quotes(gone: Workspace) -> None:
    table = f'{SCHEMA}."Order"'
    with gone.postgres() as connection:
        connection.execute(
            f'create table {table} ("order" integer, status text, primary key ("order") '
            "include (status))"
        )
        connection.execute(f"insert into {table} values (1, 'a'), (2, 'a')")
    gone.query(
        f'create table raw.{RAW}."ORDER" ("ORDER" number, status varchar, '
        "_sdc_extracted_at timestamp_ntz, _sdc_deleted_at timestamp_ntz)"
    )
    gone.query(f"insert into raw.{RAW}.\"ORDER\" values (1, 'b', null, null), (3, 'a', null, null)")
    assert "Order: 2 rows, 2 compared by key, 1 deleted" in reconcile(gone)
    _, rows = gone.query(f'select "ORDER" from raw.{RAW}."ORDER" where _sdc_deleted_at is not null')
    assert rows == [(3,)]
    # It has no replication key, and whoever loads after this test discovers it.
    with gone.postgres() as connection:
        connection.execute(f"drop table {table}")


def test_a_mistake_is_told_and_marks_nothing(gone: Workspace) -> None:
    assert "No table of the Postgres schema 'nowhere'" in refused(gone, "--schema=nowhere")
    assert "No table" in refused(gone, "--raw-schema=nowhere")
    before = marked(gone, "numbers", "id"), marked(gone, "pairs", "one")
    with gone.postgres() as connection:
        connection.execute(f"create table {SCHEMA}.kept as table {SCHEMA}.numbers")
        connection.execute(f"delete from {SCHEMA}.numbers where id > 2000")
        connection.execute(f"delete from {SCHEMA}.pairs")
    said = refused(gone)
    assert "rows of numbers are not in Postgres, more than 10 %" in said
    assert "no row was marked in any table" in said
    assert (marked(gone, "numbers", "id"), marked(gone, "pairs", "one")) == before
    with gone.postgres() as connection:
        connection.execute(
            f"insert into {SCHEMA}.numbers table {SCHEMA}.kept on conflict do nothing"
        )
        connection.execute(f"drop table {SCHEMA}.kept")
        connection.execute(f"alter table {SCHEMA}.pairs alter three type numeric")
    said = reconcile(gone)
    assert "pairs: not compared, since its key is of text, varchar, numeric" in said
    with gone.postgres() as connection:
        connection.execute(f"alter table {SCHEMA}.pairs alter three type smallint")
        connection.execute(f"revoke select on {SCHEMA}.numbers from current_user")
    said = refused(gone)
    assert "numbers: not compared, since permission denied for table numbers" in said
    assert "raced: 0 rows" in said, "the other tables are compared"
    assert "could not compare" in said
    with gone.postgres() as connection:
        connection.execute(f"grant select on {SCHEMA}.numbers to current_user")
    assert "SNOWFLAKE_ROLE is not set" in refused(gone, SNOWFLAKE_ROLE="")
    assert "SNOWFLAKE_PRIVATE_KEY_PATH does not lead to a private key" in refused(
        gone, SNOWFLAKE_PRIVATE_KEY_PATH="not-a-file"
    )
    assert "Connection refused" in refused(gone, PGPORT="1")


class Race:
    """Writers, and whatever else runs meanwhile, each in a thread until the time is over."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self._ended = threading.Event()
        self._threads: list[threading.Thread] = []
        self._failures: list[BaseException] = []

    def start(self, work: Callable[[], None]) -> None:
        def guarded() -> None:
            try:
                while not self._ended.is_set():
                    work()
            except BaseException as failure:  # noqa: BLE001 - shown in the end
                self._failures.append(failure)
                self._ended.set()

        self._threads.append(threading.Thread(target=guarded))
        self._threads[-1].start()

    def end_after(self, seconds: float, is_enough: Callable[[], bool]) -> None:
        self._ended.wait(seconds)
        while not is_enough() and not self._ended.wait(1):
            pass
        self._ended.set()
        for thread in self._threads:
            thread.join()
        if self._failures:
            raise self._failures[0]

    def start_writer(self, seed: int) -> None:
        """Begin with transactions, long and short, nested and rolled back, on keys of their own."""
        chance = random.Random(seed)
        connection = self.workspace.postgres()

        def transact() -> None:
            for _ in range(chance.randint(1, 5)):
                self.change(connection, chance, seed)
                if chance.random() < 0.2:
                    connection.execute("savepoint inner_one")
                    self.change(connection, chance, seed)
                    if chance.random() < 0.5:
                        connection.execute("rollback to savepoint inner_one")
                time.sleep(chance.expovariate(1 / 0.05))
            if chance.random() < 0.05:
                time.sleep(5)  # longer than a load
            connection.rollback() if chance.random() < 0.1 else connection.commit()

        self.start(transact)

    @staticmethod
    def change(connection: psycopg.Connection, chance: random.Random, seed: int) -> None:
        # Writers that share keys would wait for each other.
        key = chance.randrange(KEYS) * WRITERS + seed
        if chance.random() < 0.4:
            connection.execute(f"delete from {SCHEMA}.raced where id = %s", (key,))
            return
        connection.execute(
            f"insert into {SCHEMA}.raced values (%s, %s) "
            "on conflict (id) do update set v = excluded.v, updated_at = now()",
            (key, chance.randrange(10**6)),
        )


def test_writers_that_commit_in_any_order_and_delete(gone: Workspace) -> None:
    """Random transactions, while loads and comparisons run, each in its own loop."""
    loads: list[str] = []
    comparisons: list[str] = []
    race = Race(gone)
    for seed in range(WRITERS):
        race.start_writer(seed)
    race.start(lambda: loads.append(load(gone)))
    race.start(lambda: comparisons.append(reconcile(gone, "--most-deleted-percent=100")))

    def is_enough() -> bool:
        return min(len(loads), len(comparisons)) >= 3 and len(marked(gone, "raced", "id")) > 50

    race.end_after(WRITING_SECONDS, is_enough)
    load(gone)
    reconcile(gone, "--most-deleted-percent=100")
    with gone.postgres() as connection:
        there = connection.execute(f"select id, v from {SCHEMA}.raced order by id").fetchall()
    _, rows = gone.query(
        f"select id, v from raw.{RAW}.raced where _sdc_deleted_at is null order by id"
    )
    assert rows == there
    assert there
    assert marked(gone, "raced", "id")
