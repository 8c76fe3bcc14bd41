"""A var that cannot be right ends a run before it builds anything."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

if TYPE_CHECKING:
    from conftest import Dbt

PROJECT = yaml.safe_load(
    (Path(__file__).resolve().parents[2] / "transform" / "dbt_project.yml").read_text()
)
VARS: dict[str, Any] = PROJECT["vars"]


def faults(dbt: Dbt, given: dict[str, Any], declared: list[str] | None = None) -> list[str]:
    """Return what the project says of its vars when some are given on the command line."""
    done = dbt(
        "--quiet",
        "run-operation",
        "print_var_faults",
        *("--args", json.dumps({"declared": declared or []})),
        *("--vars", json.dumps(given)),
    )
    assert done.returncode == 0, done.stdout + done.stderr
    found: list[str] = json.loads(done.stdout)
    return found


def test_the_vars_of_the_project_are_right_and_each_has_a_rule(dbt: Dbt) -> None:
    assert PROJECT["on-run-start"] == "{{ validate_vars() }}"
    assert faults(dbt, {}, declared=list(VARS)) == []


@pytest.mark.parametrize(("value", "said"), [(-1, "is -1"), ("many", 'is "many"')])
def test_every_var_is_checked(dbt: Dbt, value: object, said: str) -> None:
    found = faults(dbt, dict.fromkeys(VARS, value))
    assert {line.split()[0] for line in found} == set(VARS)
    assert all(f" {said}, and has to be a " in line for line in found)


def test_each_kind_of_fault_is_named(dbt: Dbt) -> None:
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
    assert faults(dbt, given, declared=[*VARS, "forgotten"]) == [
        "play_minimum_seconds is 0.5, and has to be a whole number (at least 1)",
        "complete_play_ratio is 1.01, and has to be a number (above 0, at most 1)",
        "watched_tolerance_seconds is not set, and has to be a whole number (at least 0)",
        "load_overlap_hours is true, and has to be a whole number (at least 0)",
        'reporting_currency is "Euro", and has to be a currency code (as in USD)',
        "stars_minimum is 5, and has to be a number (at least 0, below stars_maximum)",
        "mispelt is given with --vars, and no var has that name",
        "forgotten has no rule in macros/validate_vars.sql",
    ]
