"""Plant defects in the data and in the models, one at a time, and see which tests notice.

    .venv/bin/python tests/pipeline/planted_defects.py            # all, against the sandbox
    .venv/bin/python tests/pipeline/planted_defects.py --list
    .venv/bin/python tests/pipeline/planted_defects.py --only lost_day wrong_join_key

The sandbox has to be up and loaded. Raw tables are copied, models are changed in a copy of the
project, and what a defect needs is built in a schema of its own on top of a good build
(``--defer``), so nothing has to be repaired and the sandbox stays as it is.

Data tests are asked first, and unit tests only about a defect that none of those noticed.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from defects import BUILD, DEFECTS, FRESHNESS
from laboratory import MARTS, Laboratory

from sandbox.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dbt_process import DbtProcess, Result
    from defects import Defect

ROOT = Path(__file__).resolve().parents[2]
SCHEMA = "DEFECTS"
NOTICED = ("fail", "warn", "error")


@dataclass(frozen=True)
class Catch:
    """What became of a defect.

    Attributes:
        defect: What was planted.
        tests: Names of the tests, or of the models that could not be built, that noticed.
        seconds: How long it took.
    """

    defect: Defect
    tests: list[str]
    seconds: float


class Field:
    """Where defects are planted: a good build, and a schema on top of it."""

    def __init__(self, lab: Laboratory) -> None:
        """Copy the raw tables and build everything from them.

        Args:
            lab: In whose databases.
        """
        self._lab = lab
        for table in lab.raw_tables():
            lab.copy(table)
        # A test that fails would keep dbt from building, and testing, what comes after it.
        with (lab.project / "dbt_project.yml").open("a") as file:
            file.write("\ndata_tests: {+severity: warn}\n")
        built = lab.dbt.run(*BUILD)
        # What the good data fail or warn of proves nothing about a defect.
        self._noticed_before = {result.node for result in built if result.status in NOTICED}
        manifest = lab.manifest
        self._parents = {node: set(found) for node, found in manifest["parent_map"].items()}
        self._children = {node: set(found) for node, found in manifest["child_map"].items()}

    def plant(self, dbt: DbtProcess, defect: Defect) -> Catch:
        """Plant one defect, build and test what it concerns, and take it out again."""
        began = time.monotonic()
        for suffix in ("", "_STAGING", "_INTERMEDIATE", "_SNAPSHOTS"):
            self._lab.sql(f"drop schema if exists {self._lab.name}.{SCHEMA}{suffix} cascade")
        self._continue_measurements()
        for statement in defect.statements:
            self._lab.sql(statement)
        chosen = ["--select", *defect.select]
        if defect.command != FRESHNESS:
            chosen += ["--defer", "--state", str(self._lab.state)]
        with ExitStack() as changes:
            for change in defect.changes:
                changes.enter_context(change.made(self._lab.project))
            noticed = self._noticed(defect, dbt.run(*defect.command, *chosen))
            if not noticed:
                tested = dbt.run("test", "--resource-type", "unit_test", *chosen)
                noticed = self._noticed(defect, tested)
        for table in defect.tables:
            self._lab.copy(table)
        return Catch(defect, noticed, time.monotonic() - began)

    def _noticed(self, defect: Defect, results: list[Result]) -> list[str]:
        """Name the tests, and the models that could not be built, that speak of the defect."""
        outdated = self._outdated(defect)
        return sorted(
            result.name
            for result in results
            if result.status in NOTICED
            and result.node not in self._noticed_before
            and not outdated & self._parents.get(result.node, set())
        )

    def _outdated(self, defect: Defect) -> set[str]:
        """Find the models after those that are built again: what they say proves nothing."""
        built = {node for node in self._children if node.split(".")[2] in defect.select}
        outdated: set[str] = set()
        waiting = set(built)
        while waiting:
            children = self._children.get(waiting.pop(), set()) - built - outdated
            waiting |= children
            outdated |= children
        return outdated

    def _continue_measurements(self) -> None:
        """Let measurements go on from the good build, as they do from the run before."""
        self._lab.sql(f"create schema {self._lab.name}.{SCHEMA}")
        self._lab.sql(
            f"create table {self._lab.name}.{SCHEMA}.model_measurements as "
            f"select * from {self._lab.name}.{MARTS}.model_measurements"
        )


def plant(lab: Laboratory, defects: Sequence[Defect]) -> Iterator[Catch]:
    """Plant defects one after the other.

    Yields:
        What noticed each.
    """
    field = Field(lab)
    with lab.process(SCHEMA) as dbt:
        for defect in defects:
            yield field.plant(dbt, defect)


def main() -> None:
    """Plant the defects that are asked for and print which tests caught them."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--list", action="store_true", help="name the defects and plant none")
    parser.add_argument("--only", nargs="+", metavar="DEFECT", help="plant only these")
    given = parser.parse_args()
    names = {defect.name: defect for defect in DEFECTS}
    if unknown := set(given.only or ()) - set(names):
        parser.error(f"no defect is named {', '.join(sorted(unknown))}: see --list")
    chosen = [names[name] for name in given.only or names]
    if given.list:
        for defect in chosen:
            print(f"{defect.name:32} {defect.simulates}")
        return
    python = ROOT / ".meltano" / "utilities" / "dbt" / "venv" / "bin" / "python"
    uncaught = 0
    with (
        tempfile.TemporaryDirectory() as folder,
        Laboratory(
            Settings.from_environment(), ROOT / "transform", python, Path(folder), "PLANTED"
        ) as lab,
    ):
        for catch in plant(lab, chosen):
            uncaught += not catch.tests
            print(f"{catch.defect.name:32} {catch.seconds:5.1f} s  {caught_by(catch)}", flush=True)
    sys.exit(f"{uncaught} not caught" if uncaught else 0)


def caught_by(catch: Catch) -> str:
    """Name up to three of the tests that caught a defect, and how many more did."""
    if not catch.tests:
        return "NOT CAUGHT"
    more = f" and {len(catch.tests) - 3} more" if len(catch.tests) > 3 else ""
    return ", ".join(catch.tests[:3]) + more


if __name__ == "__main__":
    main()
