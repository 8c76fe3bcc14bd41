"""The schedules, run by a real Airflow and by cron's lines. Run by `make test-airflow`."""

from __future__ import annotations

import sqlite3
import subprocess
from contextlib import closing
from typing import TYPE_CHECKING, Any

import psutil
import pytest
from airflow_home import Airflow
from kills import kill, service_process
from schedule_examples import CRONTAB, commands
from workspace import CLOCK, ROOT, SCALE, TITLES, Workspace

import meltano_schedules
from sandbox.testing import free_port_base

if TYPE_CHECKING:
    from collections.abc import Iterator

POSTGRES, STREAMING, DBT, RECORDS = (
    "tap-postgres_target-snowflake",
    "tap-streaming_target-snowflake",
    "dbt-build-changed",
    "run-records-load",
)
"""The steps of `elt-hourly`."""


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """Return a project as it is deployed: beside its .venv, with its schedules written."""
    made = Workspace(tmp_path_factory.mktemp("project"))
    (made.folder / ".venv").symlink_to(ROOT / ".venv")
    made.variables["MELTANO_ENVIRONMENT"] = "ci"
    made.succeed("python", "orchestrate/airflow/dags/meltano_schedules.py")
    try:
        made.succeed("sandbox", "up", "--scale", SCALE, "--titles", TITLES, "--clock", CLOCK)
        yield made
    finally:
        made.run("sandbox", "down")


@pytest.fixture(scope="module")
def airflow(workspace: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Airflow:
    """Return an Airflow with a database, and nothing running."""
    home = tmp_path_factory.mktemp("airflow") / "home"
    dags = workspace.folder / "orchestrate" / "airflow" / "dags"
    made = Airflow(home, free_port_base() + 50, workspace.variables, dags)
    made.succeed("airflow", "db", "migrate")
    return made


@pytest.fixture(scope="module")
def running(airflow: Airflow) -> Iterator[Airflow]:
    """Return it with its scheduler at work."""
    try:
        airflow.start()
        yield airflow
    finally:
        airflow.stop()


def states(airflow: Airflow, dag: str) -> dict[str, tuple[str, int]]:
    """Return state and number of tries of the tasks of the latest run, from the database."""
    with closing(sqlite3.connect(airflow.home / "airflow.db")) as database:
        rows = database.execute(
            "select task_id, state, try_number from task_instance where dag_id = ? and run_id ="
            " (select run_id from dag_run where dag_id = ? order by id desc limit 1)",
            (dag, dag),
        ).fetchall()
    return {task: (state, tries) for task, state, tries in rows}


def test_a_dag_runs_to_success(airflow: Airflow, workspace: Workspace) -> None:
    airflow.succeed("airflow", "dags", "test", "elt-hourly")
    assert states(airflow, "elt-hourly") == {
        POSTGRES: ("success", 1),
        STREAMING: ("success", 1),
        DBT: ("success", 1),
        RECORDS: ("success", 1),
    }
    assert "ci:tap-postgres-to-target-snowflake" in workspace.succeed("meltano", "state", "list")
    _, [(films,)] = workspace.query("select count(*) from analytics.streaming.dim_titles")
    assert films > 100


def test_a_source_that_is_down_fails_the_run(airflow: Airflow, workspace: Workspace) -> None:
    kill(service_process(workspace, "postgres"))
    try:
        done = airflow.run("airflow", "dags", "test", "elt-hourly")
    finally:
        workspace.succeed("sandbox", "up")
    assert done.returncode != 0
    assert "nothing was started" in done.stdout, "what Meltano says is in the log of the task"
    assert states(airflow, "elt-hourly") == {
        POSTGRES: ("failed", 3),
        STREAMING: ("success", 1),
        DBT: ("upstream_failed", 0),
        RECORDS: ("upstream_failed", 0),
    }


def scheduled_run(airflow: Airflow, dag: str) -> dict[str, Any] | None:
    runs = airflow.ask("GET", f"dags/{dag}/dagRuns?run_type=scheduled")["dag_runs"]
    return runs[0] if runs else None


def tasks_of(airflow: Airflow, run: dict[str, Any]) -> dict[str, dict[str, Any]]:
    path = f"dags/{run['dag_id']}/dagRuns/{run['dag_run_id']}/taskInstances"
    return {one["task_id"]: one for one in airflow.ask("GET", path)["task_instances"]}


def ended(airflow: Airflow, run: dict[str, Any]) -> str:
    """Wait until a run has ended, and return its state."""
    path = f"dags/{run['dag_id']}/dagRuns/{run['dag_run_id']}"
    return airflow.wait_for(
        f"the end of {path}",
        lambda: (state := airflow.ask("GET", path)["state"]) in ("success", "failed") and state,
    )


def trigger(airflow: Airflow, dag: str) -> dict[str, Any]:
    run = airflow.ask("POST", f"dags/{dag}/dagRuns", logical_date=None, conf={})
    assert isinstance(run, dict)
    return run


def test_the_scheduler_runs_what_is_due_and_pairs_together(
    running: Airflow, workspace: Workspace
) -> None:
    schedules = len(meltano_schedules.read(workspace.folder))
    running.wait_for(
        "the DAGs", lambda: running.ask("GET", "dags?tags=meltano")["total_entries"] == schedules
    )
    assert running.ask("GET", "importErrors")["total_entries"] == 0
    running.ask("PATCH", "dags/elt-hourly", is_paused=False)
    run = running.wait_for("a run", lambda: scheduled_run(running, "elt-hourly"))
    assert run["logical_date"].endswith(":00:00Z")
    assert ended(running, run) == "success"
    tasks = tasks_of(running, run)
    assert {task["state"] for task in tasks.values()} == {"success"}
    assert tasks[POSTGRES]["start_date"] < tasks[STREAMING]["end_date"]
    assert tasks[STREAMING]["start_date"] < tasks[POSTGRES]["end_date"]
    assert tasks[DBT]["start_date"] > max(tasks[name]["end_date"] for name in (POSTGRES, STREAMING))


def test_a_warehouse_that_comes_back_is_found_by_a_retry(
    running: Airflow, workspace: Workspace
) -> None:
    running.ask("PATCH", "dags/deletions-daily", is_paused=False)
    first = running.wait_for("a run", lambda: scheduled_run(running, "deletions-daily"))
    assert ended(running, first) == "success"
    kill(service_process(workspace, "warehouse"))
    run = trigger(running, "deletions-daily")
    try:
        running.wait_for(
            "a failure",
            lambda: tasks_of(running, run)["reconcile-deletions"]["state"] == "up_for_retry",
        )
    finally:
        workspace.succeed("sandbox", "up")
    assert ended(running, run) == "success"
    assert tasks_of(running, run)["reconcile-deletions"]["try_number"] > 1


def test_a_source_that_stays_down_fails_the_scheduled_run(
    running: Airflow, workspace: Workspace
) -> None:
    kill(service_process(workspace, "postgres"))
    try:
        run = trigger(running, "elt-hourly")
        assert ended(running, run) == "failed"
    finally:
        workspace.succeed("sandbox", "up")
    found = {
        name: (task["state"], task["try_number"]) for name, task in tasks_of(running, run).items()
    }
    assert found == {
        POSTGRES: ("failed", 3),
        STREAMING: ("success", 1),
        DBT: ("upstream_failed", 0),
        RECORDS: ("upstream_failed", 0),
    }


def meltano_of(workspace: Workspace, word: str) -> psutil.Process | None:
    """Return the `meltano run` of the workspace that has a word among its arguments."""
    for process in psutil.process_iter():
        try:
            arguments = process.cmdline()
            if (
                word in arguments
                and any(part.endswith("bin/meltano") for part in arguments)
                and process.cwd() == str(workspace.folder)
            ):
                return process
        except psutil.Error:
            continue
    return None


def test_a_task_that_is_stopped_leaves_nothing_behind(
    running: Airflow, workspace: Workspace
) -> None:
    """What a person does who marks a task as failed, or what a worker does that is shut down."""
    run = trigger(running, "elt-hourly")
    process = running.wait_for("the extractor", lambda: meltano_of(workspace, "tap-streaming"))
    started = running.wait_for("its plugins", lambda: process.children(recursive=True))
    running.ask(
        "PATCH",
        f"dags/elt-hourly/dagRuns/{run['dag_run_id']}/taskInstances/{STREAMING}",
        new_state="failed",
    )
    _, alive = psutil.wait_procs([process, *started], timeout=150)
    assert not alive
    assert ended(running, run) == "failed"
    assert tasks_of(running, run)[DBT]["state"] == "upstream_failed"
    # Its state id is free at once.
    workspace.succeed("meltano", "run", "tap-streaming", "target-snowflake")


def test_a_backfill_is_refused(running: Airflow) -> None:
    with pytest.raises(AssertionError, match=r"(?i)backfill"):
        running.ask(
            "POST",
            "backfills",
            dag_id="elt-hourly",
            from_date="2026-11-01T00:00:00Z",
            to_date="2026-11-01T05:00:00Z",
        )


def test_a_line_of_the_crontab_runs_its_schedule(workspace: Workspace) -> None:
    where = {"PROJECT": str(workspace.folder), "LOGS": str(workspace.folder)}
    done = subprocess.run(
        ["/bin/sh", "-c", commands((ROOT / CRONTAB).read_text())["deletions-daily"]],
        env={**workspace.variables, **where},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout + done.stderr) == (0, "")
    assert "Block run completed" in (workspace.folder / "deletions-daily.log").read_text()
