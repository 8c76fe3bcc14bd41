"""Run by Airflow's interpreter: what Airflow makes of the DAGs of each project, as JSON.

``dump_dags.py FOLDER PROJECT...`` imports the folder of DAGs once for each project, with nothing
allowed to start a process, and sends every DAG through the serialization that the scheduler reads.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

from airflow.dag_processing.dagbag import BundleDagBag
from airflow.serialization.serialized_objects import DagSerialization


def refuse(*arguments: Any, **_options: Any) -> None:
    """Stand in for what starts processes."""
    message = f"started at import: {arguments}"
    raise AssertionError(message)


def task(one: Any) -> dict[str, Any]:
    """Describe a task as it will be run."""
    return {
        "upstream": sorted(one.upstream_task_ids),
        "command": one.bash_command,
        "cwd": one.cwd,
        "env": {name: getattr(value, "value", value) for name, value in one.env.items()},
        "append_env": one.append_env,
        "skips": one.skip_on_exit_code,
        "retries": one.retries,
        "retry_minutes": one.retry_delay.total_seconds() / 60,
        "trigger_rule": one.trigger_rule.value,
    }


def dag(one: Any) -> dict[str, Any]:
    """Describe a DAG as the scheduler knows it."""
    known = DagSerialization.from_dict(DagSerialization.to_dict(one))
    return {
        "timetable": type(known.timetable).__name__,
        "cron": getattr(known.timetable, "_expression", None),
        "time_zone": str(getattr(known.timetable, "_timezone", known.timezone)),
        "catchup": known.catchup,
        "max_active_runs": known.max_active_runs,
        "run_types": sorted(known.allowed_run_types),
        "tags": sorted(known.tags),
        "tasks": {each.task_id: task(each) for each in one.tasks},
    }


def main(folder: str, projects: list[str]) -> None:
    """Write what became of each project."""
    found = {}
    subprocess.Popen = os.system = refuse  # type: ignore[assignment,misc]
    for project in projects:
        os.environ["MELTANO_PROJECT_ROOT"] = project
        bag = BundleDagBag(dag_folder=folder, bundle_path=folder, bundle_name="dags-folder")
        found[project] = {
            "errors": list(bag.import_errors.values()),
            "dags": {name: dag(one) for name, one in bag.dags.items()},
        }
    with open(sys.argv[1], "w") as file:  # noqa: PTH123
        json.dump(found, file)


if __name__ == "__main__":
    main(sys.argv[2], sys.argv[3:])
