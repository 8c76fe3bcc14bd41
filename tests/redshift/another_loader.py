"""The tap side feeds another loader than Snowflake's, with nothing changed but one setting.

Run by `make test-redshift`. The warehouse is a second PostgreSQL: what Redshift does, it cannot
tell. `docs/redshift.md` says what follows from it.
"""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil
import psycopg
import pytest
from comparison import KEYS, Rows, differences, plain, source_tables
from workspace import BIN, CLOCK, SCALE, TITLES, Workspace

from sandbox.postgres import server
from sandbox.settings import Settings
from sandbox.testing import free_port_base

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

LOADER = Path(__file__).with_name("postgres_loader.meltano.yml")
PAIR = ("meltano", "run", "tap-postgres", "target-postgres")
REDSHIFT_LACKS = {"ARRAY", "JSONB"}
"""https://docs.aws.amazon.com/redshift/latest/dg/c_unsupported-postgresql-datatypes.html"""


class Elsewhere:
    """A working copy with another loader, and the warehouse that it loads."""

    def __init__(self, workspace: Workspace, settings: Settings) -> None:
        """Point the loader at the second server."""
        self.workspace = workspace
        self.settings = settings
        workspace.variables |= {
            # A loader that is not on the tap's machine, or knows records only.
            "TAP_POSTGRES_BULK": "false",
            "TARGET_POSTGRES_HOST": "127.0.0.1",
            "TARGET_POSTGRES_PORT": str(settings.postgres_port),
            "TARGET_POSTGRES_DATABASE": server.DATABASE,
            "TARGET_POSTGRES_USER": server.ROLE,
            "TARGET_POSTGRES_PASSWORD": server.PASSWORD,
        }

    def connect(self) -> psycopg.Connection[Any]:
        """Connect to the second server."""
        return psycopg.connect(server.connection_string(self.settings), autocommit=True)

    def tables(self) -> dict[str, Rows]:
        """Read the raw tables without the loader's own columns; a key that stands twice fails."""
        found: dict[str, Rows] = {}
        with self.connect() as connection:
            for table, key in KEYS.items():
                cursor = connection.execute(f"select * from streaming_app.{table}")  # type: ignore[arg-type]
                names = [column.name for column in cursor.description or ()]
                rows: Rows = {}
                for values in cursor.fetchall():
                    record = {
                        name: plain(value)
                        for name, value in zip(names, values, strict=True)
                        if not name.startswith("_sdc")
                    }
                    identity = tuple(record[name] for name in key)
                    assert identity not in rows, f"{table} holds {identity} twice"
                    rows[identity] = record
                found[table] = rows
        return found

    def rows_of(self, name: str) -> list[str]:
        """Read one raw table."""
        with self.connect() as connection:
            cursor = connection.execute(f"select * from {name}")  # type: ignore[arg-type]
            return _as_lines([column.name for column in cursor.description or ()], cursor)

    def same_as_source(self) -> int:
        """Compare every value with the source, and return how many rows there are."""
        expected, found = source_tables(self.workspace), self.tables()
        for table, rows in expected.items():
            assert not differences(rows, found[table]), table
        return sum(len(rows) for rows in expected.values())


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Elsewhere]:
    workspace = Workspace(tmp_path_factory.mktemp("project"))
    shutil.copy2(LOADER, workspace.folder / "load" / "target-postgres.meltano.yml")
    settings = Settings(tmp_path_factory.mktemp("warehouse") / ".sandbox", free_port_base())
    workspace.succeed("meltano", "install", "loader", "target-postgres")
    try:
        workspace.succeed("sandbox", "up", "--scale", SCALE, "--titles", TITLES, "--clock", CLOCK)
        server.start(settings)
        yield Elsewhere(workspace, settings)
    finally:
        workspace.run("sandbox", "down")
        server.stop(settings)


def test_every_row_arrives_after_a_loader_that_was_killed(elsewhere: Elsewhere) -> None:
    workspace = elsewhere.workspace
    run = subprocess.Popen(
        [BIN / PAIR[0], *PAIR[1:]],
        cwd=workspace.folder,
        env={**workspace.variables, "TARGET_POSTGRES_BATCH_SIZE_ROWS": "500"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    _wait_for_sessions(elsewhere)
    killed = [
        child
        for child in psutil.Process(run.pid).children(recursive=True)
        if any(word.endswith("bin/target-postgres") for word in child.cmdline())
    ]
    assert killed
    for process in killed:
        process.send_signal(signal.SIGKILL)
    assert run.wait(60) != 0
    with pytest.raises((AssertionError, psycopg.errors.UndefinedTable)):
        elsewhere.same_as_source()
    workspace.succeed(*PAIR)
    assert elsewhere.same_as_source() > 5000


def test_what_changed_replaces_what_was_there(elsewhere: Elsewhere) -> None:
    with elsewhere.workspace.postgres() as connection:
        changed = connection.execute(
            "update app.viewing_sessions set watched_seconds = watched_seconds + 1, "
            "updated_at = now() where session_id in (select session_id from app.viewing_sessions "
            "order by session_id limit 50)"
        )
        assert changed.rowcount == 50
        connection.execute("update app.titles set name = name || ' (2)', updated_at = now()")
    said = elsewhere.workspace.succeed(*PAIR)
    assert "Installing" not in said
    elsewhere.same_as_source()


def test_the_platforms_rows_are_those_that_snowflake_gets(elsewhere: Elsewhere) -> None:
    workspace = elsewhere.workspace
    for loader in ("target-snowflake", "target-postgres"):
        workspace.succeed("meltano", "run", "tap-streaming", loader)
    _, tables = workspace.query(
        "select table_name from raw.information_schema.tables "
        "where table_schema = 'STREAMING_PLATFORMS'"
    )
    assert len(tables) > 15
    differing = []
    for (table,) in tables:
        name = f"streaming_platforms.{table.lower()}"
        if elsewhere.rows_of(name) != _rows_in_snowflake(workspace, name):
            differing.append(name)
    assert not differing


def test_files_of_the_bulk_mode_are_refused(elsewhere: Elsewhere) -> None:
    done = elsewhere.workspace.run(
        *PAIR[:2], "--state-id-suffix=bulk", *PAIR[2:], TAP_POSTGRES_BULK="true"
    )
    assert done.returncode != 0
    assert "UnicodeDecodeError" in done.stdout


def test_it_makes_columns_that_redshift_does_not_have(elsewhere: Elsewhere) -> None:
    with elsewhere.connect() as connection:
        kinds = connection.execute(
            "select distinct upper(data_type) from information_schema.columns "
            "where table_schema in ('streaming_app', 'streaming_platforms')"
        ).fetchall()
    assert {kind for (kind,) in kinds} >= REDSHIFT_LACKS


def _rows_in_snowflake(workspace: Workspace, name: str) -> list[str]:
    schema, _, table = name.upper().partition(".")
    columns, rows = workspace.query(f"select * from raw.{name}")
    _, variants = workspace.query(
        "select column_name from raw.information_schema.columns "
        f"where table_schema = '{schema}' and table_name = '{table}' and data_type = 'VARIANT'"
    )
    nested = {column for (column,) in variants}
    return _as_lines(
        [column.lower() for column in columns],
        (
            [
                json.loads(value) if column in nested and value is not None else value
                for column, value in zip(columns, row, strict=True)
            ]
            for row in rows
        ),
    )


def _as_lines(columns: list[str], rows: Iterable[Sequence[Any]]) -> list[str]:
    """Write each row as JSON, without the loader's own columns, in an order of their own."""
    return sorted(
        json.dumps(
            {
                column: plain(value)
                for column, value in zip(columns, row, strict=True)
                if not column.startswith("_sdc")
            },
            sort_keys=True,
        )
        for row in rows
    )


def _wait_for_sessions(elsewhere: Elsewhere) -> None:
    """Wait until some but not all viewing sessions have arrived."""
    deadline = time.monotonic() + 60
    with elsewhere.connect() as connection:
        while time.monotonic() < deadline:
            try:
                row = connection.execute(
                    "select count(*) from streaming_app.viewing_sessions"
                ).fetchone()
            except psycopg.errors.UndefinedTable:
                row = None
            if row and row[0]:
                return
            time.sleep(0.02)
    pytest.fail("no session arrived within a minute")
