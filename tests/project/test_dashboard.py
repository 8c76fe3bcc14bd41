"""The dashboard says what the dbt project says, and the project knows what the dashboard reads."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
import yaml
from dashboard_files import definitions, tables_of

from dashboard import queries
from dashboard.definitions import FILE

ROOT = Path(__file__).resolve().parents[2]
Json = dict[str, Any]


def every_query() -> list[queries.Query]:
    return [query for page in queries.pages() for query in queries.of_page(page)]


def test_definitions_are_those_of_the_project(manifest: Json) -> None:
    thresholds = yaml.safe_load((ROOT / "transform" / "dbt_project.yml").read_text())["vars"]
    names = [name for query in every_query() for name in query.definitions]
    written = definitions(manifest, names, thresholds)
    if os.environ.get("UPDATE_DASHBOARD"):
        FILE.write_text(written)
    assert written == FILE.read_text(), "run with UPDATE_DASHBOARD=1 if this is meant"


def test_every_definition_is_one_of_the_project_or_of_a_table_that_is_not_there_yet(
    manifest: Json,
) -> None:
    known = {metric["name"] for metric in manifest["metrics"].values()}
    marts = {node["name"]: node["columns"] for node in manifest["nodes"].values()}
    for query in every_query():
        for name in query.definitions:
            mart, _, column = name.partition(".")
            if mart in marts:
                assert not column or column in marts[mart], f"{query.name}: {name}"
            else:
                assert name in known or mart in optional_tables(), f"{query.name}: {name}"


def optional_tables() -> set[str]:
    """Tables that the page of data health does without."""
    page = (ROOT / "analyze/dashboard/dashboard/pages/health.py").read_text()
    return {name for name in tables_of(queries.of_page("health")) if f'"{name}"' in page}


@pytest.mark.parametrize("page", queries.pages())
def test_the_exposure_of_a_page_names_what_its_sql_reads(manifest: Json, page: str) -> None:
    (exposure,) = (
        exposure
        for exposure in manifest["exposures"].values()
        if exposure["name"] == f"dashboard_{page}"
    )
    named = {manifest["nodes"][key]["name"] for key in exposure["depends_on"]["nodes"]}
    there = {node["name"] for node in manifest["nodes"].values()}
    reads = tables_of(queries.of_page(page))
    assert reads - there <= optional_tables(), f"{page} reads what nobody makes"
    assert named == reads & there


def test_every_exposure_of_the_dashboard_is_a_page(manifest: Json) -> None:
    exposed = {exposure["name"] for exposure in manifest["exposures"].values()}
    assert {name for name in exposed if name.startswith("dashboard_")} == {
        f"dashboard_{page}" for page in queries.pages()
    }


def test_a_question_says_what_its_answer_is_and_reads_marts_only() -> None:
    for query in every_query():
        assert query.about.endswith("."), query.name
        assert query.tables, query.name
        sql = query.text.lower()
        assert "analytics." not in sql, f"{query.name} names a schema of its own"
        assert sql.count(" from ") + sql.count("\nfrom ") >= 1, query.name
