"""State outlives the machine that ran, and two machines never load the same thing at once."""

from __future__ import annotations

import subprocess
import time
from typing import TYPE_CHECKING

import psycopg
import pytest
from workspace import BIN, Workspace

from sandbox.settings import HOST

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.pipeline

STATE_ID = "local:tap-postgres-to-target-snowflake"
RUN = ("meltano", "run", "tap-postgres", "target-snowflake")


@pytest.fixture(scope="module")
def shared_database(workspace: Workspace) -> Iterator[str]:
    """Address of a system database in PostgreSQL, as several machines would share it."""
    with workspace.postgres() as connection:
        connection.execute("create schema meltano")
    yield (
        f"postgresql+psycopg://streaming_app:sandbox@{HOST}:{workspace.settings.postgres_port}"
        "/streaming?options=-csearch_path%3Dmeltano"
    )
    with workspace.postgres() as connection:
        connection.execute("drop schema meltano cascade")


@pytest.fixture
def machines(
    workspace: Workspace, shared_database: str, tmp_path: Path
) -> tuple[Workspace, Workspace]:
    """Two working copies that know nothing of each other but the system database."""
    first, second = (Workspace(tmp_path / name, workspace.settings) for name in ("one", "two"))
    for machine in (first, second):
        machine.variables |= {
            "MELTANO_DATABASE_URI": shared_database,
            # A schema of its own: the tables of the other tests stay as they are.
            "TAP_POSTGRES__LOAD_SCHEMA": "two_machines",
        }
    return first, second


def loaded(workspace: Workspace) -> dict[str, int]:
    """Rows of each table by when they were loaded last."""
    _, tables = workspace.query(
        "select table_name from raw.information_schema.tables where table_schema = 'TWO_MACHINES'"
    )
    return {
        f"{name} {batched_at}": rows
        for (name,) in tables
        for batched_at, rows in workspace.query(
            f"select _sdc_batched_at, count(*) from raw.two_machines.{name} group by 1"
        )[1]
    }


def test_a_new_machine_goes_on_where_a_lost_one_stopped(
    machines: tuple[Workspace, Workspace],
) -> None:
    lost, new = machines
    lost.succeed(*RUN)
    before = loaded(lost)
    assert len(before) >= 8
    new.succeed(*RUN)
    assert loaded(new) == before


def test_a_second_run_at_the_same_time_is_refused(
    machines: tuple[Workspace, Workspace],
) -> None:
    running, late = machines
    with running.postgres() as connection:
        # The first run waits for this table, so the second comes while it runs.
        connection.execute("lock table app.users in access exclusive mode")
        first = subprocess.Popen(
            [BIN / RUN[0], *RUN[1:]],
            cwd=running.folder,
            env=running.variables,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        try:
            wait_until_running(running)
            refused = late.run(*RUN)
        finally:
            connection.rollback()
            said, _ = first.communicate(timeout=120)
    assert refused.returncode == 1
    assert f"Another '{STATE_ID}' pipeline is already running" in " ".join(refused.stdout.split())
    assert "Traceback" not in refused.stdout
    assert first.returncode == 0, said[-4000:]


def wait_until_running(workspace: Workspace) -> None:
    address = workspace.variables["MELTANO_DATABASE_URI"].replace("+psycopg", "")
    running = "select count(*) from runs where state = 'RUNNING' and job_name = %s"
    deadline = time.monotonic() + 60
    with psycopg.connect(address, autocommit=True) as connection:
        while connection.execute(running, [STATE_ID]).fetchone() == (0,):
            assert time.monotonic() < deadline, "the first run does not begin"
            time.sleep(0.2)
