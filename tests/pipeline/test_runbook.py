"""What docs/operations.md tells a person to type is run, and does what the page says."""

from __future__ import annotations

import json
import os
import re
import subprocess
from typing import TYPE_CHECKING

import pytest
from comparison import KEYS, differences, loaded, source_tables
from workspace import BIN, ROOT, Workspace

from sandbox.warehouse import client

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.pipeline

PAGE = ROOT / "docs" / "operations.md"
BLOCK = re.compile(r"^( *)```(bash|sql)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
STATE = "local:tap-postgres-to-target-snowflake"
RAW = "runbook"
"""A schema of its own: the tables of the other tests stay as they are."""
SINCE = "2026-10-20"

NOT_RUN = {
    "Into production 1": "installs what the tests run with, by the same lines as `make install`",
    "Upgrade 2": "pulls a release, and installs what the tests run with",
    "How old is what is there 1": "test_commands.py runs the first two, and the third is run below",
    "How did it go 1": "test_run_records.py asks the marts, which are not built here",
    "When somebody is erased 1": "test_deletions.py marks a user's rows, and builds",
    "When somebody is erased 2": "test_deletions.py empties them",
    "When somebody is erased 3": "a build does it, in test_deletions.py",
}
"""Why a block is not run here, by its heading and its number there."""
RUN: set[str] = set()
SPOILT = {"viewing_sessions": "watched_seconds = -7", "ratings": "stars = -7"}


def blocks() -> dict[str, str]:
    """Return the page's blocks of commands, by their heading and their number under it."""
    found = {}
    for section in re.split(r"^##+ ", PAGE.read_text(), flags=re.MULTILINE)[1:]:
        heading = section.partition("\n")[0]
        for number, (_, _, text) in enumerate(BLOCK.findall(section), start=1):
            found[f"{heading} {number}"] = text
    return found


def runs(*names: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Say which blocks a test runs."""
    RUN.update(names)
    return lambda test: test


def type_in(machine: Workspace, name: str) -> str:
    """Run a block of bash as it stands, but in the environment `local`; return what it printed."""
    script = blocks()[name].replace(" prod:", " local:")
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=machine.folder,
        env={**machine.variables, "PATH": f"{BIN}:{os.environ['PATH']}"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-6000:]
    return done.stdout


@pytest.fixture(scope="module")
def machine(workspace: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A working copy with bookmarks and raw tables of its own, loaded once."""
    made = Workspace(tmp_path_factory.mktemp("runbook"), workspace.settings)
    made.variables |= {
        "TAP_POSTGRES__LOAD_SCHEMA": RAW,
        "TAP_STREAMING__LOAD_SCHEMA": f"{RAW}_platforms",
    }
    made.succeed("meltano", "run", "tap-postgres", "target-snowflake")
    return made


def assert_equal_to_the_source(machine: Workspace) -> None:
    for table, expected in source_tables(machine).items():
        found = loaded(machine, f"{RAW}.{table.lower()}", KEYS[table])
        assert not differences(expected, found), table


def damage(machine: Workspace, table: str, since: str) -> None:
    """Lose about half of the rows that have changed since a day, and spoil the others."""
    changed = f"raw.{RAW}.{table} where updated_at > '{since}'"
    key = KEYS[table.upper()][0]  # a uuid
    _, [(rows,)] = machine.query(f"select count(*) from {changed}")
    assert rows > 20
    with client.connect(machine.settings) as connection, connection.cursor() as cursor:
        cursor.execute(f"delete from {changed} and substr({key}, 1, 1) < '8'")
        cursor.execute(f"update raw.{RAW}.{table} set {SPOILT[table]} where updated_at > '{since}'")
    _, [(left,)] = machine.query(f"select count(*) from {changed}")
    assert 0 < left < rows


def test_every_block_is_run_or_says_why_not() -> None:
    named = blocks()
    assert RUN | NOT_RUN.keys() == named.keys()
    assert not RUN & NOT_RUN.keys()


@runs("Backfill a window 1")
def test_a_window_is_backfilled(machine: Workspace) -> None:
    assert SINCE in blocks()["Backfill a window 1"]
    damage(machine, "viewing_sessions", SINCE)
    before = machine.succeed("meltano", "--log-level=error", "state", "get", STATE)
    said = type_in(machine, "Backfill a window 1")
    assert "Run completed" in said
    assert_equal_to_the_source(machine)
    after = machine.succeed("meltano", "--log-level=error", "state", "get", STATE)
    assert bookmarks(after) == bookmarks(before)


def bookmarks(state: str) -> list[str]:
    return re.findall(r'"replication_key_value": ?"([^"]+)"', state)


@runs("Upgrade 1", "Go back to earlier bookmarks 1")
def test_bookmarks_are_put_back(machine: Workspace) -> None:
    """What a release loaded wrongly is loaded again."""
    bookmark = {"replication_key_value": f"{SINCE}T00:00:00+00:00"}
    early = json.dumps({"singer_state": {"bookmarks": {"app-ratings": bookmark}}})
    now = machine.succeed("meltano", "--log-level=error", "state", "get", STATE)
    machine.succeed("meltano", "state", "merge", STATE, early)
    # The other of the two has nothing to copy here, since nothing was loaded by it.
    machine.succeed("meltano", "state", "set", "--force",
                    STATE.replace("postgres", "streaming"), early)  # fmt: skip
    type_in(machine, "Upgrade 1")
    machine.succeed("meltano", "state", "set", "--force", STATE, now.strip())
    damage(machine, "ratings", SINCE)
    type_in(machine, "Go back to earlier bookmarks 1")
    assert_equal_to_the_source(machine)


@runs("Backfill a window 2")
def test_one_stream_of_the_platforms_is_read_in_full(machine: Workspace) -> None:
    type_in(machine, "Backfill a window 2")
    _, [(found,)] = machine.query(f"select count(*) from raw.{RAW}_platforms.tmdb_movies")
    assert found > 30
    assert ":once" not in machine.succeed("meltano", "--log-level=error", "state", "list")


@runs("Rotate keys 1", "Rotate keys 2", "Rotate keys 3")
def test_a_key_is_rotated(machine: Workspace) -> None:
    """As far as the local account goes: it takes the statements, and knows one key only."""
    body = type_in(machine, "Rotate keys 1").splitlines()[-1]
    assert re.fullmatch(r"MII[A-Za-z0-9+/]{300,}={0,2}", body)
    assert (machine.folder / "loader-new.p8").stat().st_mode & 0o077 == 0
    assert (machine.folder / "loader-new.p8").read_text().startswith("-----BEGIN PRIVATE KEY")
    with client.connect(machine.settings) as connection, connection.cursor() as cursor:
        cursor.execute("create user if not exists streaming_loader type = service")
        for name in ("Rotate keys 2", "Rotate keys 3"):
            for statement in blocks()[name].replace("…", body).split(";")[:-1]:
                cursor.execute(statement)


@runs("A run that died 1")
def test_a_run_beside_one_that_seems_to_go_on(machine: Workspace) -> None:
    type_in(machine, "A run that died 1")
    assert_equal_to_the_source(machine)
