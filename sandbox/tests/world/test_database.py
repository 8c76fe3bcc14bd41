"""The service's own rows: consistent, and the same by every way to a clock."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from sandbox.settings import SandboxError
from sandbox.world import World
from sandbox.world.database import KEY_COLUMNS, TABLES

from .conftest import START

if TYPE_CHECKING:
    from pathlib import Path

    from .conftest import Rows, State

OWNER = {"profiles": 1, "subscriptions": 1}
PROFILE = {"viewing_sessions": 1, "ratings": 0, "watchlist_items": 0}
DIGEST = """
import hashlib, sys
from datetime import UTC, datetime, timedelta
from sandbox.world import World
start = datetime(2026, 11, 23, 15, tzinfo=UTC)
world = World(7, 0.02, start)
digest = hashlib.sha256()
for clock in (start, start + timedelta(days=3)):
    for table, rows in world.rows_at(clock).items():
        for row in rows:
            digest.update(repr(row).encode())
    for title in world.catalogue.titles:
        digest.update(repr((title.at(clock), title.changes)).encode())
    digest.update(repr([t.key for t in world.trending("tv", "week", clock)]).encode())
print(digest.hexdigest())
"""


def state(world: World, clock: datetime) -> State:
    return {
        table: {row[: KEY_COLUMNS[table]]: row for row in rows}
        for table, rows in world.rows_at(clock).items()
    }


def apply(world: World, tables: State, after: datetime, until: datetime) -> None:
    """Do what a database with ``on delete cascade`` does."""
    for change in world.changes_between(after, until):
        rows = tables[change.table]
        if change.kind == "delete":
            del rows[change.key]
            if change.table == "users":
                cascade(tables, change.key[0])
        else:
            assert (change.key in rows) == (change.kind == "update")
            assert change.row is not None
            rows[change.key] = change.row


def cascade(tables: State, user: str) -> None:
    for table, column in OWNER.items():
        for key in [key for key, row in tables[table].items() if row[column] == user]:
            del tables[table][key]
    profiles = {row[0] for row in tables["profiles"].values()}
    for table, column in PROFILE.items():
        for key in [key for key, row in tables[table].items() if row[column] not in profiles]:
            del tables[table][key]


@pytest.mark.parametrize(
    "hours", [[24], [12, 12], [1, 5, 0, 18], [24 * 30], [24 * 7, 24 * 20, 24 * 3]]
)
def test_every_way_leads_to_the_same_rows(small_world: World, hours: list[int]) -> None:
    clock = START
    tables = state(small_world, START)
    for step in hours:
        apply(small_world, tables, clock, clock + timedelta(hours=step))
        clock += timedelta(hours=step)
    assert tables == state(small_world, clock)


def test_a_new_process_would_see_the_same_rows_as_one_that_moved_on(small_world: World) -> None:
    clock = START + timedelta(days=2, hours=7)
    tables = state(small_world, START)
    apply(small_world, tables, START, clock)
    assert tables == state(World(7, 0.05, START), clock)


def test_two_processes_make_the_same_bytes() -> None:
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", DIGEST],
            env=os.environ | {"PYTHONHASHSEED": seed},
            stdout=subprocess.PIPE,
        )
        for seed in ("1", "2")
    ]
    first, second = (process.communicate()[0] for process in processes)
    assert first == second
    assert len(first.strip()) == 64


def test_seeds_make_different_worlds(small_world: World) -> None:
    other = World(8, 0.05, START)
    for table in ("users", "profiles", "viewing_sessions"):
        mine, theirs = (next(iter(some.rows_at(START)[table])) for some in (small_world, other))
        assert mine != theirs
    assert other.catalogue.titles[1600].complete.title != (
        small_world.catalogue.titles[1600].complete.title
    )


@pytest.mark.parametrize("days", [0, 1.5, 40])
def test_references_hold_at_any_clock(small_world: World, days: float) -> None:
    tables = state(small_world, START + timedelta(days=days))
    users, profiles, titles, plans = (
        {key[0] for key in tables[name]} for name in ("users", "profiles", "titles", "plans")
    )
    assert {row[1] for row in tables["profiles"].values()} <= users
    assert {row[1] for row in tables["subscriptions"].values()} <= users
    assert {row[2] for row in tables["subscriptions"].values()} <= plans
    assert {row[1] for row in tables["viewing_sessions"].values()} <= profiles
    assert {row[2] for row in tables["viewing_sessions"].values()} <= titles
    for name in ("ratings", "watchlist_items"):
        assert {row[0] for row in tables[name].values()} <= profiles
        assert {row[1] for row in tables[name].values()} <= titles


@pytest.mark.parametrize("days", [0, 0.25, 9])
def test_nothing_is_stamped_later_than_the_clock(small_world: World, days: float) -> None:
    clock = START + timedelta(days=days)
    for table, rows in small_world.rows_at(clock).items():
        for row in rows:
            *_, created, updated = row
            assert created <= updated <= clock, (table, row)
            instants = [value for value in row if isinstance(value, datetime)]
            assert all(instant <= clock and instant.tzinfo is UTC for instant in instants)
            if table == "titles":
                assert row[12] <= clock.date()
                assert row[13] is None or row[13] <= clock.date()
            if table == "subscriptions":
                assert row[4] <= clock.date()
                assert row[5] is None or row[4] <= row[5] <= clock.date()


def test_keys_are_unique(rows: Rows) -> None:
    for table in TABLES:
        keys = [row[: KEY_COLUMNS[table]] for row in rows[table]]
        assert len(set(keys)) == len(keys), table


def test_default_scale_has_the_promised_size(rows: Rows) -> None:
    sizes = {table: len(found) for table, found in rows.items()}
    assert sizes["users"] == 5000
    assert 8_000 <= sizes["profiles"] <= 9_000
    assert 57_000 <= sizes["viewing_sessions"] <= 65_000
    assert 10_500 <= sizes["ratings"] <= 13_500
    assert 10_500 <= sizes["watchlist_items"] <= 13_500
    assert 1_600 <= sizes["titles"] <= 1_800
    assert sizes["plans"] == 7


def test_a_day_brings_new_changed_and_deleted_rows(world: World) -> None:
    kinds = {"insert": 0, "update": 0, "delete": 0}
    sessions = 0
    for change in world.changes_between(START, START + timedelta(days=1)):
        kinds[change.kind] += 1
        sessions += change.table == "viewing_sessions" and change.kind == "insert"
    assert 500 <= sessions <= 900
    assert 80 <= kinds["update"] <= 400
    assert 80 <= kinds["delete"] <= 400
    month = {
        change.table
        for change in world.changes_between(START, START + timedelta(days=21))
        if change.kind == "delete"
    }
    assert month == {"users", "ratings", "watchlist_items"}


def test_every_table_changes_within_a_month(world: World) -> None:
    month = START + timedelta(days=30)
    updated = {c.table for c in world.changes_between(START, month) if c.kind == "update"}
    assert updated == set(TABLES)


def test_addresses_can_reach_nobody(rows: Rows) -> None:
    for row in rows["users"]:
        domain = row[1].strip().lower().rpartition("@")[2]
        assert domain in {"example.com", "example.net", "example.org"}
        assert row[2].startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    for row in rows["viewing_sessions"]:
        address = row[14]
        assert address is None or address.startswith(
            ("192.0.2.", "198.51.100.", "203.0.113.", "2001:db8:")
        )


def test_children_see_what_suits_them(rows: Rows) -> None:
    kids = {row[0] for row in rows["profiles"] if row[3]}
    ratings = {row[0]: row[10] for row in rows["titles"]}
    seen = [ratings[row[2]] for row in rows["viewing_sessions"] if row[1] in kids]
    assert len(seen) > 500
    assert "R" not in seen


def test_adults_only_have_accounts(rows: Rows) -> None:
    births = [row[5] for row in rows["users"] if row[5]]
    assert max(births) <= date(2008, 11, 24)


def test_the_world_ends_and_says_so(small_world: World) -> None:
    with pytest.raises(SandboxError, match="sandbox reset"):
        small_world.rows_at(START - timedelta(seconds=1))
    with pytest.raises(SandboxError, match="sandbox reset"):
        small_world.changes_between(START, START + timedelta(days=366))


def test_world_file_round_trip(tmp_path: Path, small_world: World) -> None:
    path = tmp_path / "home" / "world.json"
    clock = START + timedelta(hours=5)
    small_world.save(path, clock)
    world, found = World.load(path)
    assert (world.seed, world.scale, world.start, found) == (7, 0.05, START, clock)
    assert '"clock": "2026-11-23T20:00:00Z"' in path.read_text()
    assert list(path.parent.iterdir()) == [path]


def test_number_of_titles_is_kept_and_was_not_always(tmp_path: Path) -> None:
    path = tmp_path / "world.json"
    World(7, 0.05, START, titles=2000).save(path, START)
    assert World.load(path)[0].titles == 2000
    facts = json.loads(path.read_text())
    del facts["titles"]
    path.write_text(json.dumps(facts))
    assert World.load(path)[0].titles == 1800


@pytest.mark.parametrize(
    "content", ["", "{", "[]", "{}", '{"version": 2}', '{"version": 1, "seed": "x"}']
)
def test_broken_world_file_is_named(tmp_path: Path, content: str) -> None:
    path = tmp_path / "world.json"
    path.write_text(content)
    with pytest.raises(SandboxError, match=r"world\.json.*sandbox reset"):
        World.load(path)


def test_missing_world_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SandboxError, match=r"world\.json.*sandbox up"):
        World.load(tmp_path / "world.json")
