"""Meltano's schedules, written to a file at deploy time and read from it by the DAGs.

Run by the interpreter beside Meltano, this module writes the file::

    .venv/bin/python orchestrate/airflow/dags/meltano_schedules.py

Airflow only reads it, so that no DAG is parsed at the price of a ``meltano`` process, and refuses
one that was made from other declarations. This module knows neither Airflow nor Meltano's code.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

FILE = Path("orchestrate/airflow/schedules.json")
WRITE = f"python {FILE.parent}/dags/{Path(__file__).name}"
NOT_IN_A_NAME = re.compile(r"[^A-Za-z0-9_.-]+")
"""What the names of DAGs and tasks may not hold; Airflow's ``validate_key``."""


class SchedulesError(Exception):
    """The schedules cannot be written or read; the message says what to do."""


@dataclass(frozen=True)
class Step:
    """A task of a job: what is run, and repeated, as one.

    Attributes:
        name: Unique within its schedule, and fit to name a task of Airflow.
        blocks: The arguments of ``meltano run``.
        after: Names of the steps that have to succeed first.
    """

    name: str
    blocks: tuple[str, ...]
    after: tuple[str, ...]


@dataclass(frozen=True)
class Schedule:
    """A schedule with the steps of its job.

    Attributes:
        name: The schedule's name.
        job: The job's name.
        cron: When it runs, in UTC, as five fields of cron; None if only by hand.
        env: Variables of its own, for every step.
        steps: In the order of the job.
    """

    name: str
    job: str
    cron: str | None
    env: dict[str, str]
    steps: tuple[Step, ...]


def project_root() -> Path:
    """Return the project's folder: ``MELTANO_PROJECT_ROOT``, or the one that this file is in."""
    given = os.environ.get("MELTANO_PROJECT_ROOT")
    return Path(given) if given else Path(__file__).resolve().parents[3]


def executable(root: Path) -> str:
    """Return the ``meltano`` to run: ``MELTANO_EXECUTABLE``, or the one in the project's .venv."""
    return os.environ.get("MELTANO_EXECUTABLE") or str(root / ".venv" / "bin" / "meltano")


def read(root: Path) -> list[Schedule]:
    """Read the schedules that were written for a project.

    Args:
        root: The project's folder.

    Returns:
        Every schedule, in the order of the declarations.

    Raises:
        SchedulesError: There is no file, it was made from other declarations, these cannot be read,
            or it has a schedule that Airflow cannot have.
    """
    path = root / FILE
    try:
        written = json.loads(path.read_text())
    except FileNotFoundError:
        message = f"{path} is not there. Write it with: {WRITE}"
        raise SchedulesError(message) from None
    except ValueError:
        message = f"{path} is not JSON. Write it anew with: {WRITE}"
        raise SchedulesError(message) from None
    declared = _declared(root)
    if not isinstance(written, dict) or written.get("digest") != _digest(declared):
        message = (
            f"{path} was made from other jobs, schedules or plugins than are declared now. "
            f"Write it anew with: {WRITE}"
        )
        raise SchedulesError(message)
    return [_schedule(listed, declared["kinds"]) for listed in written["schedules"]]


def write(root: Path) -> Path:
    """Ask Meltano for its schedules, and write them with a digest of what they were made from.

    Args:
        root: The project's folder.

    Returns:
        The file.

    Raises:
        SchedulesError: The declarations cannot be read, Meltano does not answer, or has a schedule
            that Airflow cannot have.
    """
    declared = _declared(root)
    command = [executable(root), "--log-level=warning", "schedule", "list", "--format=json"]
    try:
        done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True)
    except FileNotFoundError:
        message = f"{command[0]} is not there: set MELTANO_EXECUTABLE"
        raise SchedulesError(message) from None
    except subprocess.CalledProcessError as error:
        message = f"`{' '.join(command)}` failed:\n{error.stderr.strip()}"
        raise SchedulesError(message) from None
    listed = json.loads(done.stdout)["schedules"]
    if listed["elt"]:
        names = ", ".join(repr(schedule["name"]) for schedule in listed["elt"])
        message = f"Schedules of the kind `meltano elt` have no job: {names}. Give each a job"
        raise SchedulesError(message)
    for schedule in listed["job"]:
        _schedule(schedule, declared["kinds"])
    path = root / FILE
    content = {"digest": _digest(declared), "schedules": listed["job"]}
    # Airflow may read it at any moment.
    temporary = path.with_suffix(".new")
    temporary.write_text(json.dumps(content, indent=2) + "\n")
    temporary.replace(path)
    return path


def _declared(root: Path) -> dict[str, Any]:
    """Read what the DAGs are made from: jobs, schedules and the kind of every plugin."""
    settings = _yaml(root / "meltano.yml")
    included = {path for glob in settings.get("include_paths", []) for path in root.glob(glob)}
    found: dict[str, Any] = {"jobs": [], "schedules": [], "kinds": {}}
    for content in (settings, *(_yaml(path) for path in sorted(included))):
        found["jobs"] += content.get("jobs", [])
        found["schedules"] += content.get("schedules", [])
        for kind, plugins in content.get("plugins", {}).items():
            for plugin in plugins:
                named = plugin.get("mappings", []) if kind == "mappers" else [plugin]
                found["kinds"] |= {each["name"]: kind for each in named}
    return found


def _yaml(path: Path) -> dict[str, Any]:
    try:
        return yaml.safe_load(path.read_text()) or {}
    except FileNotFoundError:
        message = f"{path} is not there: set MELTANO_PROJECT_ROOT to the project's folder"
        raise SchedulesError(message) from None
    except yaml.YAMLError as error:
        message = f"{path} is not YAML: {error}"
        raise SchedulesError(message) from None


def _digest(declared: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(declared, sort_keys=True).encode()).hexdigest()


def _schedule(listed: dict[str, Any], kinds: dict[str, str]) -> Schedule:
    name = listed["name"]
    if NOT_IN_A_NAME.search(name):
        message = f"Schedule '{name}': a name may hold letters, digits, '-', '_' and '.'"
        raise SchedulesError(message)
    return Schedule(
        name=name,
        job=listed["job"]["name"],
        cron=listed["cron_interval"],
        env={key: str(value) for key, value in listed["env"].items()},
        steps=_steps(listed["job"]["tasks"], kinds),
    )


def _steps(tasks: list[Any], kinds: dict[str, str]) -> tuple[Step, ...]:
    """Order the tasks of a job.

    Pairs of extractor and loader that follow one another have nothing to wait for, unless they
    have the same state id, which Meltano lets run once at a time. Everything else comes
    after all that stands before it, and before all that stands after it.
    """
    steps: list[Step] = []
    names: dict[str, int] = {}
    before: list[str] = []
    stage: dict[str, set[tuple[str, str]]] = {}
    for task in tasks:
        blocks = tuple(_flat(task))
        name = NOT_IN_A_NAME.sub("-", "_".join(blocks))
        names[name] = names.get(name, 0) + 1
        name = name if names[name] == 1 else f"{name}_{names[name]}"
        pairs = _pairs(blocks, kinds)
        if pairs is None:
            after = list(stage) or before
            before, stage = [name], {}
        else:
            after = [other for other, theirs in stage.items() if theirs & pairs] or before
            stage[name] = pairs
        steps.append(Step(name, blocks, tuple(after)))
    return tuple(steps)


def _flat(task: Any) -> list[str]:
    """Return the blocks of a task: a text, or a list of texts and lists."""
    if isinstance(task, str):
        return task.split()
    return [block for part in task for block in _flat(part)]


def _pairs(blocks: tuple[str, ...], kinds: dict[str, str]) -> set[tuple[str, str]] | None:
    """Return the pairs of extractor and loader of a task, or None if it does anything else.

    Several extractors may share the loader that follows them; plugins/meltano-run-addon.
    """
    pairs: set[tuple[str, str]] = set()
    waiting: list[str] = []
    for block in blocks:
        kind = kinds.get(block)
        if kind == "extractors":
            waiting.append(block)
        elif kind == "loaders":
            pairs |= {(extractor, block) for extractor in waiting}
            waiting = []
        elif kind != "mappers":
            return None
    return pairs


def main() -> None:
    """Write the file, or say why not."""
    try:
        print(f"Wrote {write(project_root())}")  # noqa: T201
    except SchedulesError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
