"""Metrics are declared completely, and docs/metrics.md says what dbt says of them."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from metrics_page import render

if TYPE_CHECKING:
    from conftest import Dbt

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "metrics.md"
PROJECT = ROOT / "transform" / "dbt_project.yml"


def test_the_page_says_what_the_project_says(manifest: dict[str, Any]) -> None:
    page = render(manifest, PROJECT.read_text())
    if os.environ.get("UPDATE_METRICS"):
        PAGE.write_text(page)
    assert page == PAGE.read_text(), "run with UPDATE_METRICS=1 if this is meant"


def test_metrics_are_described_and_name_vars_that_exist(manifest: dict[str, Any]) -> None:
    declared = yaml.safe_load(PROJECT.read_text())["vars"]
    for metric in manifest["metrics"].values():
        assert metric["label"], metric["name"]
        assert metric["description"].endswith("."), metric["name"]
        meta = metric["config"]["meta"]
        assert meta.keys() <= {"unit", "vars", "trap"}, metric["name"]
        assert meta["unit"], metric["name"]
        assert set(meta.get("vars", [])) <= declared.keys(), metric["name"]


def test_semantic_models_read_marts_and_describe_their_parts(manifest: dict[str, Any]) -> None:
    for model in manifest["semantic_models"].values():
        assert model["description"], model["name"]
        (parent,) = model["depends_on"]["nodes"]
        assert manifest["nodes"][parent]["access"] == "public", model["name"]
        for part in (*model["measures"], *model["dimensions"]):
            assert part["description"], f"{model['name']}.{part['name']}"


def test_every_measure_is_used(manifest: dict[str, Any]) -> None:
    measures = {
        measure["name"]
        for model in manifest["semantic_models"].values()
        for measure in model["measures"]
    }
    used = {
        measure["name"]
        for metric in manifest["metrics"].values()
        for measure in metric["type_params"]["input_measures"]
    }
    assert measures == used


def test_metricflow_finds_no_fault(
    dbt: Dbt, dbt_target: Path, manifest: dict[str, Any], tmp_path: Path
) -> None:
    assert manifest["metrics"]
    # mf reads target/ of the project, whatever folder dbt was told to write to.
    project = tmp_path / "transform"
    kept = shutil.ignore_patterns("target", "logs", ".user.yml")
    shutil.copytree(ROOT / "transform", project, ignore=kept)
    (project / "target").mkdir()
    shutil.copy2(dbt_target / "semantic_manifest.json", project / "target")
    done = dbt("validate-configs", "--skip-dw", "--show-all", program="mf", project=project)
    assert "ERRORS: 0, FUTURE_ERRORS: 0, WARNINGS: 0" in done.stdout, done.stdout + done.stderr
