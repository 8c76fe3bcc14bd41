"""What dbt wrote about its last invocation, made short.

A plugin says in an annotation where it leaves ``run_results.json`` and ``sources.json``::

    annotations:
      run_records:
        dbt_artifacts: transform/target

A command that gives dbt a ``--target-path`` is looked for there, since another dbt may be at work
beside it. The shapes are dbt's: https://schemas.getdbt.com/dbt/run-results/v6.json and
sources/v3.json.
"""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LOOKED_FOR = ("run_results.json", "sources.json")


TARGET_PATH = "--target-path"
NOTHING_DONE = "no-op"
"""Of an exposure or a saved query, which dbt lists and does nothing for."""


def folder_of(root: Path, named: str, arguments: str) -> Path:
    """Return the folder that an invocation of dbt writes to.

    Args:
        root: Of the project.
        named: The annotation, a path in the project.
        arguments: Of the command.
    """
    words = shlex.split(arguments)
    if TARGET_PATH in words[:-1]:
        named = words[words.index(TARGET_PATH) + 1].replace("$MELTANO_PROJECT_ROOT", str(root))
    return root / named


def modification_times(folder: Path) -> dict[Path, int]:
    """Return the files that are there, each with the time of its last change in nanoseconds.

    Args:
        folder: Where dbt writes.
    """
    paths = (folder / name for name in LOOKED_FOR)
    return {path: path.stat().st_mtime_ns for path in paths if path.exists()}


def results(folder: Path, before: dict[Path, int]) -> Iterator[dict[str, Any]]:
    """Yield what dbt said of each node, in the files that have changed.

    Args:
        folder: Where dbt writes.
        before: What `modification_times` returned before dbt ran.
    """
    for path, changed_at in modification_times(folder).items():
        if before.get(path) != changed_at:
            for result in json.loads(path.read_text(encoding="utf-8"))["results"]:
                if result["status"] != NOTHING_DONE:
                    yield _short(result)


def _short(result: dict[str, Any]) -> dict[str, Any]:
    seconds = result.get("execution_time")
    age = result.get("max_loaded_at_time_ago_in_s")
    return {
        "node": result["unique_id"],
        "status": result["status"],
        "seconds": None if seconds is None else round(seconds, 3),
        "failures": result.get("failures"),
        "age_seconds": None if age is None else round(age, 1),
    }
