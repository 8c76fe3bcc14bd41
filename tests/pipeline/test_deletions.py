"""Rows that are gone in Postgres are marked in the warehouse, and late ones get there."""

from __future__ import annotations

import json
import random
import threading
import time
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from sandbox.environment import variables as environment_of_sandbox
from sandbox.settings import HOST

if TYPE_CHECKING:
    from collections.abc import Callable

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
KEYS = 300
WRITERS = 5
WRITING_SECONDS = 60


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
            {f"{SCHEMA}-*": {"replication-method": "INCREMENTAL", "replication-key": "updated_at"}}
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
    assert "numbers: 5,000 rows, 0 compared by key, 0 marked as deleted" in said
    assert "vacant: 0 rows" in said
    assert "keyless" not in said
    with gone.postgres() as connection:
        connection.execute(f"delete from {SCHEMA}.numbers where id in (-1999, 0, 42)")
        connection.execute(f"delete from {SCHEMA}.pairs where one <> 'a'")
        # Not loaded yet: no deletion, whatever its bucket looks like.
        connection.execute(f"insert into {SCHEMA}.numbers (id) values (9001)")
    assert "3 would be marked" in reconcile(gone, "--dry-run")
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
    assert "numbers: 4,997 rows, 0 compared" not in reconcile(gone), "9001 is in no bucket of ours"
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
    assert (7001,) not in marked(gone, "numbers", "id")
    reconcile(gone)
    assert (7001,) not in marked(gone, "numbers", "id")


def test_a_mistake_is_told_and_marks_nothing(gone: Workspace) -> None:
    assert "No table of the Postgres schema 'nowhere'" in refused(gone, "--schema=nowhere")
    assert "No table" in refused(gone, "--raw-schema=nowhere")
    before = marked(gone, "numbers", "id")
    with gone.postgres() as connection:
        connection.execute(f"create table {SCHEMA}.kept as table {SCHEMA}.numbers")
        connection.execute(f"delete from {SCHEMA}.numbers where id > 2000")
    said = refused(gone)
    assert "rows of numbers are not in Postgres, more than 10 %, so none was marked" in said
    assert "--most-deleted-percent" in said
    assert marked(gone, "numbers", "id") == before
    with gone.postgres() as connection:
        connection.execute(
            f"insert into {SCHEMA}.numbers table {SCHEMA}.kept on conflict do nothing"
        )
        connection.execute(f"drop table {SCHEMA}.kept")
        connection.execute(f"alter table {SCHEMA}.pairs alter three type numeric")
    said = reconcile(gone)
    assert "pairs: not compared, since its key is of text, varchar, numeric" in said
    assert "raced: 0 rows" in said, "the other tables are"
    with gone.postgres() as connection:
        connection.execute(f"alter table {SCHEMA}.pairs alter three type smallint")
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

    def end_after(self, seconds: float) -> None:
        self._ended.wait(seconds)
        self._ended.set()
        for thread in self._threads:
            thread.join()
        assert not self._failures, self._failures[0]

    def start_writer(self, seed: int) -> None:
        """Begin with transactions, long and short, nested and rolled back, on keys of their own."""
        chance = random.Random(seed)
        connection = connect(self.workspace)

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
    """A minute of random transactions, while loads and comparisons run, each in its own loop."""
    loads: list[str] = []
    comparisons: list[str] = []
    race = Race(gone)
    for seed in range(WRITERS):
        race.start_writer(seed)
    race.start(lambda: loads.append(load(gone)))
    race.start(lambda: comparisons.append(reconcile(gone, "--most-deleted-percent=100")))
    race.end_after(WRITING_SECONDS)
    load(gone)
    reconcile(gone, "--most-deleted-percent=100")
    with gone.postgres() as connection:
        there = connection.execute(f"select id, v from {SCHEMA}.raced order by id").fetchall()
    _, rows = gone.query(
        f"select id, v from raw.{RAW}.raced where _sdc_deleted_at is null order by id"
    )
    assert rows == there
    assert min(len(loads), len(comparisons)) >= 3
    assert len(there) > 300
    assert len(marked(gone, "raced", "id")) > 100


def connect(workspace: Workspace) -> psycopg.Connection:
    return psycopg.connect(
        host=HOST, port=workspace.settings.postgres_port, dbname="streaming",
        user="streaming_app", password="sandbox",
    )  # fmt: skip
