"""A var that cannot be right ends a run before it builds anything."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Dbt

    Faults = Callable[..., list[str]]

TRANSFORM = Path(__file__).resolve().parents[2] / "transform"
PROJECT = yaml.safe_load((TRANSFORM / "dbt_project.yml").read_text())
VARS: dict[str, Any] = PROJECT["vars"]
NEEDED = ("dbt_project.yml", "profiles.yml", "macros/validate_vars.sql")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the project without its models: other vars make dbt parse all of it again."""
    folder = tmp_path_factory.mktemp("vars") / "transform"
    for name in NEEDED:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(TRANSFORM / name, folder / name)
    return folder


@pytest.fixture
def faults(dbt: Dbt, project: Path) -> Faults:
    """Return a function that tells what the project says of vars given on the command line."""

    def ask(given: dict[str, Any], declared: list[str] | None = None) -> list[str]:
        done = dbt(
            "--quiet",
            "run-operation",
            "print_var_faults",
            *("--args", json.dumps({"declared": declared or []})),
            *("--vars", json.dumps(given)),
            project=project,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        found: list[str] = json.loads(done.stdout)
        return found

    return ask


def test_the_vars_of_the_project_are_right_and_each_has_a_rule(faults: Faults) -> None:
    assert PROJECT["on-run-start"] == "{{ validate_vars() }}"
    assert faults({}, declared=list(VARS)) == []


@pytest.mark.parametrize(("value", "said"), [(-1, "is -1"), ("many", 'is "many"')])
def test_every_var_is_checked(faults: Faults, value: object, said: str) -> None:
    found = faults(dict.fromkeys(VARS, value))
    assert {line.split()[0] for line in found} == set(VARS)
    assert all(f" {said}, and has to be a " in line for line in found)


def test_each_kind_of_fault_is_named(faults: Faults) -> None:
    given = {
        "play_minimum_seconds": 0.5,
        "complete_play_ratio": 1.01,
        "watched_tolerance_seconds": None,
        "load_overlap_hours": True,
        "late_arrival_hours": 1,
        "stars_minimum": 5,
        "reporting_currency": "Euro",
        "mispelt": 3,
    }
    assert faults(given, declared=[*VARS, "forgotten"]) == [
        "play_minimum_seconds is 0.5, and has to be a whole number (at least 1)",
        "complete_play_ratio is 1.01, and has to be a number (above 0, at most 1)",
        "watched_tolerance_seconds is not set, and has to be a whole number (at least 0)",
        "load_overlap_hours is true, and has to be a whole number (at least 0)",
        'reporting_currency is "Euro", and has to be a currency code (as in USD)',
        "stars_minimum is 5, and has to be a number (at least 0, below stars_maximum)",
        "mispelt is given with --vars, and no var has that name",
        "forgotten has no rule in macros/validate_vars.sql",
    ]
