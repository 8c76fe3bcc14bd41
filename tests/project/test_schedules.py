"""What Airflow, cron and systemd are given is what the schedules say."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from made_up_schedules import MADE_UP, make_project
from schedule_examples import CRONTAB, TIMERS, commands, examples, on_calendar
from test_house import imports

import meltano_schedules
from meltano_schedules import SchedulesError, read, write

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
DAGS = ROOT / "orchestrate" / "airflow" / "dags"


@pytest.fixture(scope="module", autouse=True)
def _meltano() -> Iterator[None]:
    """Use the Meltano that runs the tests: a copy of the declarations has none beside it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MELTANO_EXECUTABLE", str(BIN / "meltano"))
        yield


@pytest.fixture(scope="module")
def deployed(declarations: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the declarations for which the documented command has been run."""
    root = tmp_path_factory.mktemp("deployed")
    for path in declarations.files:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / path, root / path)
    (root / meltano_schedules.FILE).parent.mkdir(parents=True)
    done = subprocess.run(
        [sys.executable, DAGS / "meltano_schedules.py"],
        env={**os.environ, "MELTANO_PROJECT_ROOT": str(root)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == f"Wrote {root / meltano_schedules.FILE}\n"
    return root


@pytest.fixture(scope="module")
def made_up(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a project with every form of task that Meltano accepts."""
    root = make_project(tmp_path_factory.mktemp("made-up"), MADE_UP)
    write(root)
    return root


@pytest.fixture
def copy(deployed: Path, tmp_path: Path) -> Path:
    """Return a copy that a test may change."""
    return shutil.copytree(deployed, tmp_path / "project")


def test_every_schedule_is_there_with_its_job(declarations: Any, deployed: Path) -> None:
    jobs = {job["name"]: job["tasks"] for job in declarations.merged["jobs"]}
    found = {schedule.name: schedule for schedule in read(deployed)}
    assert [*found] == [one["name"] for one in declarations.merged["schedules"]]
    for one in declarations.merged["schedules"]:
        schedule = found[one["name"]]
        assert schedule.job == one["job"]
        assert schedule.env == one.get("env", {})
        assert [" ".join(step.blocks) for step in schedule.steps] == [
            task if isinstance(task, str) else " ".join(meltano_schedules._flat(task))
            for task in jobs[one["job"]]
        ]


def test_pairs_fan_out_and_join_before_dbt(deployed: Path) -> None:
    (elt,) = (schedule for schedule in read(deployed) if schedule.name == "elt-hourly")
    after = {step.name: set(step.after) for step in elt.steps}
    assert after["tap-postgres_target-snowflake"] == set()
    assert after["tap-streaming_target-snowflake"] == set()
    assert after["dbt-build-changed"] >= {
        "tap-postgres_target-snowflake",
        "tap-streaming_target-snowflake",
    }


def test_every_form_of_task_is_understood(made_up: Path) -> None:
    (everything, by_hand) = read(made_up)
    assert (by_hand.name, by_hand.cron) == ("by-hand", None)
    assert everything.cron == "30 2 * * 1"
    assert everything.env == {"GREETING": "{{ no template }}", "LEVEL": "3"}
    assert [(step.name, " ".join(step.blocks), set(step.after)) for step in everything.steps] == [
        ("tap-a_hide_target", "tap-a hide target", set()),
        ("tap-b_target", "tap-b target", set()),
        # The state id of the first, which Meltano lets run once at a time.
        ("tap-a_target", "tap-a target", {"tap-a_hide_target"}),
        # Several blocks in one task are repeated together.
        (
            "dbt-build_dbt-check",
            "dbt:build dbt:check",
            {"tap-a_hide_target", "tap-b_target", "tap-a_target"},
        ),
        # An extractor shares its state with any of the two that share the loader.
        ("tap-a_tap-b_target", "tap-a tap-b target", {"dbt-build_dbt-check"}),
        ("tap-b_target_2", "tap-b target", {"tap-a_tap-b_target"}),
        # Loading and more in one task: all that stands before it, and before all that follows.
        (
            "tap-b_target_dbt-build",
            "tap-b target dbt:build",
            {"tap-a_tap-b_target", "tap-b_target_2"},
        ),
        ("dbt", "dbt", {"tap-b_target_dbt-build"}),
    ]


CHANGES = {
    "a task more": lambda root: append(root, "jobs", 0, {"tasks": ["dbt:build"]}),
    "another interval": lambda root: append(root, "schedules", 0, {"interval": "@weekly"}),
    "a file more": lambda root: (root / "extract" / "more.meltano.yml").write_text(
        "plugins: {extractors: [{name: tap-more, inherit_from: tap-postgres}]}\n"
    ),
}


def append(root: Path, what: str, index: int, values: dict[str, Any]) -> None:
    path = root / "orchestrate" / "jobs.meltano.yml"
    content = yaml.safe_load(path.read_text())
    content[what][index] |= values
    path.write_text(yaml.safe_dump(content))


@pytest.mark.parametrize("change", CHANGES)
def test_a_file_of_other_declarations_is_refused(copy: Path, change: str) -> None:
    CHANGES[change](copy)
    with pytest.raises(SchedulesError, match="Write it anew with: python orchestrate/airflow/dags"):
        read(copy)


def test_what_the_dags_do_not_depend_on_makes_no_file_stale(copy: Path) -> None:
    before = read(copy)
    path = copy / "extract" / "extractors.meltano.yml"
    content = yaml.safe_load(path.read_text())
    content["plugins"]["extractors"][0]["select"].append("app-more.*")
    path.write_text(yaml.safe_dump(content))
    assert read(copy) == before


def test_without_a_readable_file_the_command_is_named(copy: Path) -> None:
    (copy / meltano_schedules.FILE).write_text("[]]")
    with pytest.raises(SchedulesError, match="is not JSON"):
        read(copy)
    # What Meltano writes by itself has no digest.
    (copy / meltano_schedules.FILE).write_text('{"schedules": {"job": [], "elt": []}}')
    with pytest.raises(SchedulesError, match="was made from other jobs"):
        read(copy)
    (copy / meltano_schedules.FILE).unlink()
    with pytest.raises(SchedulesError, match="Write it with: python orchestrate/airflow/dags"):
        read(copy)


def test_declarations_that_cannot_be_read_are_named(copy: Path) -> None:
    (copy / "extract" / "more.meltano.yml").write_text("plugins: [")
    with pytest.raises(SchedulesError, match=r"more\.meltano\.yml is not YAML"):
        read(copy)
    (copy / "extract" / "more.meltano.yml").write_text("# nothing yet\n")
    assert read(copy)


def test_nothing_is_started_to_read(deployed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_arguments: Any, **_options: Any) -> None:
        raise AssertionError

    monkeypatch.setattr(subprocess, "Popen", refuse)
    monkeypatch.setattr(os, "system", refuse)
    assert read(deployed)
    # What else the file of DAGs needs is seen by `make test-airflow`.
    assert imports(DAGS / "meltano_dags.py") == {
        "__future__", "airflow", "datetime", "meltano_schedules", "shlex",
    }  # fmt: skip


def test_what_meltano_says_against_a_schedule_is_told(tmp_path: Path) -> None:
    declared = {"schedules": [{"name": "s", "job": "gone", "interval": "@daily"}]}
    with pytest.raises(SchedulesError, match=r"(?s)schedule list --format=json` failed:.*gone"):
        write(make_project(tmp_path, {"plugins": MADE_UP["plugins"], **declared}))


@pytest.mark.parametrize(
    ("listed", "message"),
    [
        ({"job": [], "elt": [{"name": "old"}]}, "`meltano elt` have no job: 'old'. Give each"),
        ({"job": [{"name": "at night"}], "elt": []}, "Schedule 'at night': a name may hold"),
    ],
)
def test_what_airflow_cannot_have_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, listed: dict[str, Any], message: str
) -> None:
    meltano = tmp_path / "meltano"
    meltano.write_text(f"#!/bin/sh\necho {shlex.quote(json.dumps({'schedules': listed}))}\n")
    meltano.chmod(0o755)
    monkeypatch.setenv("MELTANO_EXECUTABLE", str(meltano))
    with pytest.raises(SchedulesError, match=re.escape(message)):
        write(make_project(tmp_path, {}))
    assert not (tmp_path / meltano_schedules.FILE).exists()


def test_a_meltano_that_is_not_there_is_named(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MELTANO_EXECUTABLE", "/nowhere/meltano")
    with pytest.raises(SchedulesError, match="/nowhere/meltano is not there: set MELTANO_EXEC"):
        write(copy)
    monkeypatch.setenv("MELTANO_PROJECT_ROOT", str(copy / "nowhere"))
    with pytest.raises(SystemExit, match="set MELTANO_PROJECT_ROOT"):
        meltano_schedules.main()


def test_crontab_and_timers_are_those_of_the_schedules(deployed: Path) -> None:
    written = examples(read(deployed))
    there = {CRONTAB, *(path.relative_to(ROOT) for path in (ROOT / TIMERS).glob("*.timer"))}
    if os.environ.get("UPDATE_SCHEDULES"):
        for path in there - written.keys():
            (ROOT / path).unlink()
        for path, text in written.items():
            (ROOT / path).write_text(text)
        there = set(written)
    assert there == set(written), "run with UPDATE_SCHEDULES=1 if this is meant"
    for path, text in written.items():
        assert text == (ROOT / path).read_text(), "run with UPDATE_SCHEDULES=1 if this is meant"


@pytest.mark.parametrize(("name", "command"), commands((ROOT / CRONTAB).read_text()).items())
def test_a_line_of_the_crontab_keeps_its_log_and_tells_of_failures(
    tmp_path: Path, name: str, command: str
) -> None:
    meltano = tmp_path / ".venv" / "bin" / "meltano"
    meltano.parent.mkdir(parents=True)
    (tmp_path / ".meltano").mkdir()

    def run(script: str) -> tuple[int, str]:
        meltano.write_text(f"#!/bin/sh\n{script}\n")
        meltano.chmod(0o755)
        done = subprocess.run(
            ["/bin/sh", "-c", command],
            env={"PATH": "/usr/bin:/bin", "PROJECT": str(tmp_path), "LOGS": str(tmp_path)},
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout + done.stderr

    log = tmp_path / f"{name}.log"
    assert run('echo "ran $*"') == (0, "")
    # cron mails what is said: nothing, unless a run failed.
    assert run("echo badly >&2; exit 3") == (0, f"{name} failed: {log}\n")
    assert log.read_text() == f"ran schedule run {name}\nbadly\n"
    # A second one, while the first is going on, is not run and is no failure.
    assert run(f'echo outer; {command} ; echo "inner $?"') == (0, "")
    assert log.read_text().endswith("badly\nouter\ninner 0\n")


@pytest.mark.parametrize(
    ("cron", "calendar"),
    [
        ("0 * * * *", "*-*-* *:0:00 UTC"),
        ("*/5 * * * *", "*-*-* *:0/5:00 UTC"),
        ("30 2 * * 1-5", "Mon..Fri *-*-* 2:30:00 UTC"),
        ("15,45 8-18 1 */3 *", "*-1/3-1 8..18:15,45:00 UTC"),
        ("0 0 * * 0,wed", "Sun,wed *-*-* 0:0:00 UTC"),
    ],
)
def test_intervals_are_calendar_events(cron: str, calendar: str) -> None:
    assert on_calendar(cron) == calendar
    if shutil.which("systemd-analyze"):
        done = subprocess.run(
            ["systemd-analyze", "calendar", calendar], capture_output=True, text=True, check=False
        )
        assert "Normalized form" in done.stdout, done.stderr


def test_what_systemd_has_no_event_for_is_refused() -> None:
    with pytest.raises(ValueError, match="two schedules"):
        on_calendar("0 0 1 * 1")


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd is not installed")
def test_systemd_understands_the_units(tmp_path: Path) -> None:
    meltano = tmp_path / ".venv" / "bin" / "meltano"
    meltano.parent.mkdir(parents=True)
    meltano.write_text("#!/bin/sh\n")
    meltano.chmod(0o755)
    units = []
    for path in (ROOT / TIMERS).iterdir():
        units.append(tmp_path / path.name)
        units[-1].write_text(
            path.read_text().replace("/srv/streaming-data-pipeline", str(tmp_path))
        )
    (service,) = (unit for unit in units if unit.suffix == ".service")
    instances = [
        shutil.copy(service, unit.with_suffix(".service"))
        for unit in units
        if unit.suffix == ".timer"
    ]
    assert instances
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *units, *instances],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
