"""What is in the database, and how it moves on."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from sandbox.postgres import load, server
from sandbox.settings import SandboxError, Settings
from sandbox.world import World
from sandbox.world.database import KEY_COLUMNS, TABLES

from .conftest import START, free_port_base, kill

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

DAY = timedelta(days=1)
SLOW_LOAD = """
import sys, time
from datetime import UTC, datetime
from sandbox.postgres import load
from sandbox.settings import Settings
from sandbox.world import World

class Slow(World):
    def rows_at(self, clock):
        found = super().rows_at(clock)
        for table, rows in found.items():
            yield_slowly = self.slowly(rows) if table == "profiles" else rows
            found[table] = yield_slowly
        return found

    def slowly(self, rows):
        for number, row in enumerate(rows):
            yield row
            if number == 20:
                print("loading", flush=True)
                time.sleep(60)

load.bulk_load(
    Settings.from_environment(), Slow(11, 0.02, datetime(2026, 11, 23, 15, tzinfo=UTC)),
    datetime(2026, 11, 23, 15, tzinfo=UTC),
)
"""


@pytest.fixture
def loaded(shared: Settings, world: World) -> Settings:
    load.bulk_load(shared, world, START)
    return shared


def query(settings: Settings, statement: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(server.connection_string(settings)) as connection:
        return connection.execute(statement).fetchall()


def contents(settings: Settings) -> dict[str, list[tuple[Any, ...]]]:
    return {
        table: query(settings, f"select t::text from app.{table} t order by 1") for table in TABLES
    }


def expected_contents(
    settings: Settings, world: World, clock: datetime
) -> dict[str, list[tuple[Any, ...]]]:
    load.bulk_load(settings, world, clock)
    return contents(settings)


def test_every_row_arrives_as_it_is(loaded: Settings, world: World) -> None:
    for table, rows in world.rows_at_start().items():
        keys = KEY_COLUMNS[table]
        wanted = {tuple(map(str, row[:keys])): row for row in rows}
        found = {
            tuple(map(str, row[:keys])): row for row in query(loaded, f"select * from app.{table}")
        }
        assert found.keys() == wanted.keys()
        for key, row in list(found.items())[:50]:
            for here, there in zip(row, wanted[key], strict=True):
                if isinstance(here, dict):
                    continue
                assert str(here).removesuffix("/32").removesuffix("/128") == str(there)


def test_the_schema_is_as_agreed(loaded: Settings) -> None:
    columns = query(
        loaded,
        "select table_name, column_name, data_type, is_nullable from information_schema.columns "
        "where table_schema = 'app'",
    )
    types = {(table, column): kind for table, column, kind, _ in columns}
    nullable = {(table, column) for table, column, _, is_null in columns if is_null == "YES"}
    assert {table for table, _ in types} == set(TABLES)
    for table in TABLES:
        for column in ("created_at", "updated_at"):
            assert types[table, column] == "timestamp with time zone"
            assert (table, column) not in nullable
    assert types["users", "preferences"] == "jsonb"
    assert types["titles", "genres"] == "ARRAY"
    assert types["viewing_sessions", "ip"] == "inet"
    assert types["viewing_sessions", "session_id"] == "uuid"
    assert types["ratings", "stars"] == "numeric"
    assert types["plans", "tier"] == "USER-DEFINED"
    indexed = {
        row[0]
        for row in query(
            loaded,
            "select tablename from pg_indexes "
            "where schemaname = 'app' and indexdef like '%(updated_at)'",
        )
    }
    assert indexed == set(TABLES)


def test_advancing_in_one_step_or_many_is_the_same(loaded: Settings, world: World) -> None:
    clock = START
    for hours in (12, 12, 1, 71):
        later = clock + timedelta(hours=hours)
        load.apply(loaded, world, clock, later)
        clock = later
        assert load.clock_in_database(loaded) == clock
    many = contents(loaded)
    load.bulk_load(loaded, world, START)
    load.apply(loaded, world, START, clock)
    assert contents(loaded) == many
    assert expected_contents(loaded, World(11, 0.02, START), clock) == many


def test_applying_twice_changes_nothing(loaded: Settings, world: World) -> None:
    load.apply(loaded, world, START, START + DAY)
    once = contents(loaded)
    load.apply(loaded, world, START, START + DAY)
    assert contents(loaded) == once


def test_applying_from_another_clock_is_refused(loaded: Settings, world: World) -> None:
    with pytest.raises(SandboxError, match="sandbox reset"):
        load.apply(loaded, world, START + DAY, START + 2 * DAY)


def test_a_failed_step_leaves_everything_as_it_was(
    loaded: Settings, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = contents(loaded)

    def fail(*_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(load, "_upsert", fail)
    with pytest.raises(RuntimeError):
        load.advance(loaded, world, START, START + DAY)
    assert contents(loaded) == before
    assert load.clock_in_database(loaded) == START


def test_a_crash_between_database_and_file_heals(loaded: Settings, world: World) -> None:
    world.save(loaded.world_file, START)
    load.apply(loaded, world, START, START + DAY)
    assert load.settle(loaded, world, START) == START + DAY
    assert World.load(loaded.world_file)[1] == START + DAY


def test_a_database_that_lags_behind_catches_up(loaded: Settings, world: World) -> None:
    assert load.settle(loaded, world, START + DAY) == START + DAY
    assert load.clock_in_database(loaded) == START + DAY


def test_advance_moves_database_and_file(loaded: Settings, world: World) -> None:
    load.advance(loaded, world, START, START + DAY)
    assert load.clock_in_database(loaded) == World.load(loaded.world_file)[1] == START + DAY


def test_another_world_is_refused(loaded: Settings) -> None:
    for other in (World(12, 0.02, START), World(11, 0.03, START), World(11, 0.02, START + DAY)):
        with pytest.raises(SandboxError, match=r"another world.*sandbox reset"):
            load.settle(loaded, other, START + DAY)


def test_a_first_load_cut_short_is_done_again(settings: Settings, world: World) -> None:
    server.start(settings)
    process = subprocess.Popen(
        [sys.executable, "-c", SLOW_LOAD],
        env=os.environ
        | {"SANDBOX_HOME": str(settings.home), "SANDBOX_PORT_BASE": str(settings.port_base)},
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"loading\n"
    process.kill()
    process.wait()
    kill(settings)
    server.start(settings)
    assert load.clock_in_database(settings) is None
    assert query(settings, "select to_regnamespace('app')") == [(None,)]
    assert load.settle(settings, world, START) == START
    assert query(settings, "select count(*) from app.users") == [(100,)]


def test_committed_steps_survive_kill_9(settings: Settings, world: World) -> None:
    server.start(settings)
    load.bulk_load(settings, world, START)
    load.apply(settings, world, START, START + DAY)
    kill(settings)
    started = time.monotonic()
    server.start(settings)
    assert time.monotonic() - started < 30
    assert load.clock_in_database(settings) == START + DAY
    found = contents(settings)
    assert expected_contents(settings, world, START + DAY) == found


def test_without_a_server_the_way_out_is_named(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, port_base=free_port_base())
    with pytest.raises(SandboxError, match="sandbox up"):
        load.clock_in_database(settings)


def test_beyond_the_end_of_the_world(loaded: Settings, world: World) -> None:
    with pytest.raises(SandboxError, match="sandbox reset"):
        load.advance(loaded, world, START, START + timedelta(days=366))
    assert load.clock_in_database(loaded) == START
