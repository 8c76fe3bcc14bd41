"""The `sandbox` command itself: up, down, status, reset, advance, sql, and what bad input gets."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest

from sandbox.settings import HOST, Settings
from sandbox.testing import free_port_base

if TYPE_CHECKING:
    from collections.abc import Iterator

SANDBOX = str(Path(sys.executable).with_name("sandbox"))
WORLD = ("--scale", "0.01", "--titles", "200", "--clock", "2026-11-02T06:00Z")


class Box:
    """One sandbox in a folder of its own, driven through the command."""

    def __init__(self, home: Path, port_base: int) -> None:
        """Choose folder and ports."""
        self.settings = Settings(home, port_base)

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run the command."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith("SANDBOX")}
        return subprocess.run(
            [SANDBOX, *arguments],
            env={
                **kept,
                "SANDBOX_HOME": str(self.settings.home),
                "SANDBOX_PORT_BASE": str(self.settings.port_base),
                "COLUMNS": "200",
            },
            capture_output=True,
            text=True,
            check=False,
        )

    def ok(self, *arguments: str) -> str:
        """Run the command, which has to succeed."""
        done = self.run(*arguments)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def refused(self, *arguments: str) -> str:
        """Run the command, which has to fail with one line."""
        done = self.run(*arguments)
        assert done.returncode not in (0, -11), done.stdout
        assert "Traceback" not in done.stderr
        lines = [line for line in done.stderr.splitlines() if line.startswith("Error: ")]
        assert len(lines) == 1, done.stderr
        return lines[0]

    def sessions(self) -> int:
        """Count the viewing sessions in Postgres."""
        with psycopg.connect(
            host=HOST, port=self.settings.postgres_port, dbname="streaming",
            user="streaming_app", password="sandbox",
        ) as connection:  # fmt: skip
            row = connection.execute("select count(*) from app.viewing_sessions").fetchone()
        assert row
        return int(row[0])

    def pids(self) -> list[int]:
        """Return the processes of the stand-ins."""
        noted = [
            json.loads(file.read_text())["pid"] for file in self.settings.run_folder.glob("*.json")
        ]
        postmaster = self.settings.postgres_folder.rglob("postmaster.pid")
        return noted + [int(file.read_text().split()[0]) for file in postmaster]


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Box]:
    made = Box(tmp_path_factory.mktemp("box") / ".sandbox", free_port_base())
    made.ok("up", *WORLD)
    yield made
    made.run("down")


def test_up_again_changes_nothing(box: Box) -> None:
    before = box.pids()
    assert "up" in box.ok("up")
    assert box.pids() == before
    assert "2026-11-02 06:00 UTC" in box.ok("status")


def test_sql_prints_tables_csv_and_json(box: Box) -> None:
    query = "select 1 as one, 'two' as two, null as three"
    assert box.ok("sql", query, "--format", "csv") == "ONE,TWO,THREE\n1,two,\n"
    assert json.loads(box.ok("sql", query, "--format", "json")) == [
        {"ONE": 1, "TWO": "two", "THREE": None},
    ]
    many = ", ".join(f"'value {number}' as column_{number}" for number in range(40))
    printed = box.ok("sql", f"select '[/b] :smile:', {many}")
    assert "[/b] :smile:" in printed
    assert "value 39" in printed
    assert "syntax error" in box.refused("sql", "selekt 1")
    assert "no statement" in box.refused("sql", "")


def test_advance_moves_database_and_platforms(box: Box) -> None:
    before = box.sessions()
    assert "2026-11-03 06:00 UTC" in box.ok("advance", "1d")
    assert box.sessions() > before
    assert "2026-11-03 06:30 UTC" in box.ok("advance", "30m")


def test_kill_9_loses_nothing(box: Box) -> None:
    box.ok("sql", "create or replace table raw.public.kept as select 42 as answer")
    sessions = box.sessions()
    for pid in box.pids():
        os.kill(pid, signal.SIGKILL)
    status = box.run("status")
    assert status.returncode == 1
    assert status.stdout.count("down") == 3
    assert "Not running: postgres, platform-apis, snowflake." in box.refused("advance", "1d")
    box.ok("up")
    assert box.sessions() == sessions
    assert box.ok("sql", "select answer from raw.public.kept", "--format", "csv") == "ANSWER\n42\n"


def test_a_second_sandbox_runs_beside_it(box: Box, tmp_path: Path) -> None:
    other = Box(tmp_path / ".sandbox", free_port_base())
    assert other.settings.port_base != box.settings.port_base
    try:
        other.ok("up", "--scale", "0.02", "--titles", "200", "--clock", "2026-05-01T00:00Z")
        assert "2026-05-01" in other.ok("status")
        assert other.sessions() != box.sessions()
        variables = other.ok("env")
        assert f"TAP_POSTGRES_PORT={other.settings.postgres_port}" in variables
        assert f"sqlite:///{other.settings.home}/meltano.db" in variables
        box.ok("status")
    finally:
        other.ok("down")
    assert box.run("status").returncode == 0


def test_another_world_needs_a_reset(box: Box) -> None:
    for other in (("--scale", "3"), ("--titles", "2000")):
        assert "sandbox reset" in box.refused("up", *other)
    box.ok("up", "--titles", "200")


def test_a_taken_port_is_named(tmp_path: Path) -> None:
    box = Box(tmp_path / ".sandbox", free_port_base())
    settings = box.settings
    try:
        for port in (
            settings.platforms_port,
            settings.snowflake_proxy_port,
            settings.postgres_port,
        ):
            with socket.create_server((HOST, port)):
                message = box.refused("up", *WORLD)
            assert str(port) in message
            assert "SANDBOX_PORT_BASE" in message
        box.ok("up", *WORLD)
    finally:
        box.ok("down")


def test_broken_state_says_how_to_start_over(tmp_path: Path) -> None:
    box = Box(tmp_path / ".sandbox", free_port_base())
    try:
        box.ok("up", *WORLD)
        box.ok("down")
        home = box.settings.home
        for file in (
            home / "warehouse" / "RAW.duckdb",
            box.settings.world_file,
            box.settings.postgres_folder / "PG_VERSION",
        ):
            kept = file.read_bytes()
            file.write_text("broken")
            assert "sandbox reset" in box.refused("up"), file
            file.write_bytes(kept)
        box.ok("reset")
        assert not home.exists()
        box.ok("up", *WORLD)
    finally:
        box.ok("down")


def test_a_world_that_cannot_be_made_is_not_begun(tmp_path: Path) -> None:
    box = Box(tmp_path / ".sandbox", 20000)
    assert "Scale nan" in box.refused("up", "--scale", "nan")
    for titles in ("99", "20001"):
        assert "100 to 20000" in box.refused("up", "--titles", titles)
    assert "1970 to 2199" in box.refused("up", "--clock", "9999-12-31")
    assert not box.settings.world_file.exists()


def test_a_folder_with_other_files_is_left_alone(tmp_path: Path) -> None:
    kept = tmp_path / "thesis.txt"
    kept.write_text("ten years")
    box = Box(tmp_path, 20000)
    for command in ("up", "reset"):
        assert "SANDBOX_HOME" in box.refused(command)
    assert list(tmp_path.iterdir()) == [kept]


def test_bad_arguments() -> None:
    box = Box(Path("nowhere") / ".sandbox", 1)
    assert "SANDBOX_PORT_BASE is '1'" in box.refused("status")
    box = Box(Path("nowhere") / ".sandbox", 20000)
    done = box.run("advance", "yesterday")
    assert done.returncode == 2
    assert "write 1d, 12h or 30m" in done.stderr
    assert "is not a duration" in box.run("advance", "99999999999d").stderr
    assert "sandbox up" in box.refused("sql", "select 1")
    assert not Path("nowhere").exists()
