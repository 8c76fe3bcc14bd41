"""What a real Airflow makes of the DAG file. Run by `make test-airflow`."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from airflow_home import DAGS, ROOT, Airflow
from made_up_schedules import MADE_UP, make_project
from workspace import BIN

import meltano_schedules

if TYPE_CHECKING:
    from meltano_schedules import Schedule

DUMP = Path(__file__).with_name("dump_dags.py")
MELTANO = f"{BIN}/meltano"


@pytest.fixture(scope="module")
def projects(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Return projects, each with its file of schedules as the name says."""
    folder = tmp_path_factory.mktemp("projects")
    found = {"this": folder / "this", "made up": make_project(_new(folder / "made-up"), MADE_UP)}
    for path in (ROOT / "meltano.yml", *ROOT.glob("*/*.meltano.yml")):
        copy = found["this"] / path.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, copy)
    _new((found["this"] / meltano_schedules.FILE).parent)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MELTANO_EXECUTABLE", MELTANO)
        for root in found.values():
            meltano_schedules.write(root)
    found["stale"] = shutil.copytree(found["made up"], folder / "stale")
    declared = found["stale"] / "orchestrate" / "all.meltano.yml"
    declared.write_text(declared.read_text().replace("30 2 * * 1", "30 3 * * 1"))
    found["not written"] = make_project(_new(folder / "not-written"), MADE_UP)
    return found


def _new(folder: Path) -> Path:
    folder.mkdir()
    return folder


@pytest.fixture(scope="module")
def parsed(projects: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Return what Airflow makes of each project, by its name."""
    home = tmp_path_factory.mktemp("airflow")
    airflow = Airflow(home / "home", 1, {"PATH": "/usr/bin:/bin", "MELTANO_EXECUTABLE": MELTANO})
    shutil.rmtree(airflow.home / "config")  # DAGs as they are, without the policy of the tests
    airflow.succeed("python", str(DUMP), str(home / "dags.json"), str(DAGS),
                    *(str(root) for root in projects.values()))  # fmt: skip
    found = json.loads((home / "dags.json").read_text())
    return {name: found[str(root)] for name, root in projects.items()}


@pytest.mark.parametrize("project", ["this", "made up"])
def test_every_schedule_is_a_dag_with_the_steps_of_its_job(
    project: str, parsed: dict[str, Any], projects: dict[str, Path]
) -> None:
    assert parsed[project]["errors"] == []
    schedules = meltano_schedules.read(projects[project])
    assert parsed[project]["dags"].keys() == {schedule.name for schedule in schedules}
    for schedule in schedules:
        _compare(schedule, parsed[project]["dags"][schedule.name], projects[project])


def _compare(schedule: Schedule, dag: dict[str, Any], root: Path) -> None:
    tasks = dag.pop("tasks")
    assert dag == {
        "timetable": "CronTriggerTimetable" if schedule.cron else "NullTimetable",
        "cron": schedule.cron,
        "time_zone": "UTC",
        "catchup": False,
        "max_active_runs": 1,
        "run_types": ["manual", "scheduled"],
        "tags": [f"job:{schedule.job}", "meltano"],
    }
    assert tasks == {
        step.name: {
            "upstream": sorted(step.after),
            "command": f"{MELTANO} run {' '.join(step.blocks)}",
            "cwd": str(root),
            "env": {"NO_COLOR": "1", **schedule.env},
            "append_env": True,
            "skips": [],
            "retries": 2,
            # Longer than Meltano refuses a run after one that was killed: five minutes.
            "retry_minutes": 6,
            "trigger_rule": "all_success",
        }
        for step in schedule.steps
    }


@pytest.mark.parametrize(
    ("project", "message"),
    [
        ("stale", "was made from other jobs, schedules or plugins than are declared now. Write it"),
        ("not written", "schedules.json is not there. Write it with: python orchestrate/airflow"),
    ],
)
def test_a_file_that_is_not_that_of_the_declarations_is_no_dag_but_an_error(
    project: str, message: str, parsed: dict[str, Any]
) -> None:
    assert parsed[project]["dags"] == {}
    (error,) = parsed[project]["errors"]
    assert message in error


def test_a_schedules_own_variables_reach_its_steps_as_they_are(
    projects: dict[str, Path], tmp_path: Path
) -> None:
    root = projects["made up"]
    said = tmp_path / "said"
    meltano = tmp_path / "meltano"
    meltano.write_text(f'#!/bin/sh\necho "$PWD: $*: $GREETING, $LEVEL" >>{said}\n')
    meltano.chmod(0o755)
    variables = {"MELTANO_PROJECT_ROOT": str(root), "MELTANO_EXECUTABLE": str(meltano)}
    airflow = Airflow(tmp_path / "home", 1, {"PATH": "/usr/bin:/bin", **variables})
    airflow.succeed("airflow", "db", "migrate")
    airflow.succeed("airflow", "dags", "test", "everything-weekly")
    (schedule, _) = meltano_schedules.read(root)
    assert sorted(said.read_text().splitlines()) == sorted(
        f"{root}: run {' '.join(step.blocks)}: {{{{ no template }}}}, 3" for step in schedule.steps
    )
