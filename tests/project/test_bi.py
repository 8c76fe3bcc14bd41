"""The artefacts for BI tools are those of the dbt project, complete, and add up no balance."""

from __future__ import annotations

import copy
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import lkml
import pytest
from bi_artefacts import (
    ANALYZE,
    LOOKER,
    MODEL,
    REPORT,
    WORKBOOK,
    looker_views,
    osi_expressions,
    osi_model,
    tableau_formulas,
    tableau_sources,
    tables_read,
    tmdl_measures,
    tmdl_tables,
)
from click.testing import CliRunner

from bi.__main__ import FOLDERS, cli
from bi.errors import BiError
from bi.layer import read_layer

if TYPE_CHECKING:
    from collections.abc import Callable

Json = dict[str, Any]

# What holds at the close of a day or month, by mart.
BALANCES = {
    "daily_active_users": {"dau", "wau", "mau"},
    "monthly_recurring_revenue": {"ending_mrr", "ending_customer_count"},
}
# A mean over days, which is asked for as such.
MEANS = {"mean_dau"}
SPANNING = {"binge_share_of_hours"}
UNSAID_IN_OSI = SPANNING | {"mrr", "paying_customers", "average_revenue_per_customer"}


def files(folder: Path) -> dict[str, str]:
    """Return the text of every artefact, by path below ``analyze``."""
    return {
        str(path.relative_to(folder)): path.read_text()
        for name in FOLDERS
        for path in (folder / name).rglob("*")
        if path.is_file()
    }


def test_the_artefacts_are_those_of_the_project(
    manifest: Json, dbt_target: Path, dbt_python: Path, tmp_path: Path
) -> None:
    assert manifest
    gone = tmp_path / "looker" / "views" / "gone.view.lkml"
    gone.parent.mkdir(parents=True)
    gone.write_text("view: gone {}\n")
    asked = ("--target", dbt_target, "--dbt-python", dbt_python, "--output", tmp_path)
    done = CliRunner().invoke(cli, [str(word) for word in asked], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    written, committed = files(tmp_path), files(ANALYZE)
    stale = {name for name in written | committed if written.get(name) != committed.get(name)}
    assert not stale, "run `make bi`"


def test_a_project_that_was_not_parsed_is_said_in_a_line(tmp_path: Path) -> None:
    command = Path(sys.executable).with_name("bi")
    asked = [command, "--target", tmp_path, "--dbt-python", sys.executable, "--output", tmp_path]
    done = subprocess.run(asked, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert (
        done.stderr == f"bi: {tmp_path} has no manifest.json: run `make bi`, or dbt parse before\n"
    )


def test_every_metric_is_in_every_tool_with_its_description(manifest: Json) -> None:
    metrics = {metric["name"]: metric for metric in manifest["metrics"].values()}
    labels = {metric["label"]: name for name, metric in metrics.items()}
    looker = {m["name"]: m for view in looker_views().values() for m in view.get("measures", [])}
    tableau = {
        column.attrib["name"].removeprefix("[Metric ").strip("]"): column
        for source in tableau_sources()
        for column in source.iterfind("column[@role='measure']")
    }
    dax = {labels[label] for text in tmdl_tables().values() for label in tmdl_measures(text)}
    osi = {metric["name"]: metric for metric in osi_model()["metrics"]}
    assert looker.keys() == metrics.keys() - SPANNING
    assert tableau.keys() == metrics.keys() - SPANNING
    assert dax == metrics.keys()
    assert osi.keys() == metrics.keys() - UNSAID_IN_OSI
    power_bi = "".join(tmdl_tables().values())
    for name, metric in metrics.items():
        said = metric["description"]
        assert f"/// {said}" in power_bi, name
        if name in looker:
            assert looker[name]["description"].startswith(said), name
            assert looker[name]["label"] == metric["label"], name
            shown = tableau[name].findtext("desc/formatted-text/run")
            assert shown.startswith(said), name
            assert tableau[name].get("caption") == metric["label"], name
        if name in osi:
            assert osi[name]["description"].startswith(said), name


def test_what_is_left_out_is_said_where_it_is_missing() -> None:
    model = (LOOKER / "streaming_analytics.model.lkml").read_text()
    workbook = (ANALYZE / "tableau" / "streaming_analytics.twb").read_text()
    revenue = next(s for s in osi_model()["datasets"] if s["name"] == "recurring_revenue")
    for name in SPANNING:
        assert f"# Left out: {name}." in model
        assert f"<!-- Left out: {name}." in workbook
        assert name in osi_model()["ai_context"]["instructions"]
    for name in UNSAID_IN_OSI - SPANNING:
        assert name in revenue["ai_context"]["instructions"]


def test_looker_sums_balances_over_their_closing_day_only() -> None:
    views = looker_views()
    for mart, columns in BALANCES.items():
        view = views[mart]
        assert "max(" in view["derived_table"]["sql"]
        assert not columns & {dimension["name"] for dimension in view.get("dimensions", [])}
        used = set()
        for measure in view["measures"]:
            read = columns & set(re.findall(r"\$\{TABLE\}\.(\w+)", measure["sql"]))
            used |= read
            if read and measure["name"] not in MEANS:
                assert measure["sql"].startswith("case when ${TABLE}.is_closing then "), measure
            elif read:
                assert measure["type"] == "average", measure
        assert used == columns


def test_tableau_sums_balances_over_their_closing_day_only() -> None:
    used = set()
    for source in tableau_sources():
        for column in source.iterfind("column"):
            # A number that is no calculation would be added up when it is dragged on a shelf.
            assert (column.get("role") == "measure") is (column[0].tag == "calculation") or (
                column.get("name") in ("[Period]", "[Is closing]")
            ), column.attrib
        for name, formula in tableau_formulas(source).items():
            read = set().union(*BALANCES.values()) & set(re.findall(r"\[(\w+)\]", formula))
            used |= read
            if read and name.removeprefix("Metric ") not in MEANS:
                guarded = (
                    r"IF COUNTD\(\[Period\]\) = 1 THEN SUM\(IF \[Is closing\] THEN .+ END\) END"
                )
                assert re.fullmatch(guarded, formula), name
            elif read:
                assert formula.startswith("AVG("), name
    assert used == set().union(*BALANCES.values())


def test_power_bi_sums_balances_over_their_closing_day_only() -> None:
    tables = tmdl_tables()
    used = set()
    for mart, columns in BALANCES.items():
        for label, dax in tmdl_measures(tables[mart]).items():
            read = columns & set(re.findall(r"\[(\w+)\]", dax))
            used |= read
            if read and label != "Mean daily active users":
                assert re.search(r"VAR Closing = MAX\((.+)\)\n.+KEEPFILTERS\(\1 = Closing", dax), (
                    dax
                )
            elif read:
                assert dax.startswith("AVERAGE("), dax
    assert used == set().union(*BALANCES.values())
    for text in tables.values():
        columns = re.split(r"^\tcolumn ", text, flags=re.MULTILINE)[1:]
        assert columns
        for column in columns:
            assert "\n\t\tsummarizeBy: none\n" in column, column
            if column.split()[0] in used:
                assert "\n\t\tisHidden\n" in column, column


def test_osi_sums_no_balance() -> None:
    found = osi_expressions()
    for mart, columns in BALANCES.items():
        for column in columns:
            assert not [
                sql for sql in found.values() if re.search(rf"sum\([^()]*\.{column}\b", sql)
            ]
        assert mart
    assert {found[name] for name in ("dau", "wau", "mau")} == {
        f"max_by(active_users.{name}, active_users.active_on)" for name in ("dau", "wau", "mau")
    }


def test_osi_relates_facts_to_titles_only() -> None:
    assert {(each["from"], each["to"]) for each in osi_model()["relationships"]} == {
        ("binge_runs", "titles"),
        ("plays", "titles"),
        ("viewing_sessions", "titles"),
    }


def test_looker_refers_to_fields_that_exist() -> None:
    views = looker_views()
    named = [
        f"{name}.{field}"
        for name, view in views.items()
        for field in (
            *(each["name"] for each in (*view.get("dimensions", []), *view.get("measures", []))),
            *(
                f"{each['name']}_{grain}"
                for each in view.get("dimension_groups", [])
                for grain in each["timeframes"]
            ),
        )
    ]
    fields = set(named)
    assert len(fields) == len(named)
    asked = set()
    for name, view in views.items():
        sql = view.get("derived_table", {}).get("sql", "")
        asked |= set(re.findall(r"(\w+\.\w+)(?:\._is_selected)? %\}", sql))
        for measure in view.get("measures", []):
            asked |= {f"{name}.{each}" for each in re.findall(r"\$\{(\w+)\}", measure["sql"])}
    model = lkml.load((LOOKER / "streaming_analytics.model.lkml").read_text())
    for explore in model["explores"]:
        assert explore["name"] in views
        for join in explore.get("joins", []):
            asked |= set(re.findall(r"\$\{([\w.]+)\}", join["sql_on"]))
    asked -= {f"{name}.TABLE" for name in views}
    assert len(asked) >= 40
    assert asked <= fields


def test_tableau_refers_to_columns_that_exist() -> None:
    columns = {}
    for source in tableau_sources():
        names = {column.attrib["name"] for column in source.iterfind("column")}
        captions = [column.get("caption") for column in source.iterfind("column")]
        assert len(captions) == len(set(captions))
        mapped = {each.attrib["key"] for each in source.iterfind("connection/cols/map")}
        assert mapped <= names
        columns[source.attrib["name"]] = names
        for name, formula in tableau_formulas(source).items():
            used = set(re.findall(r"(?<!\.)\[[^\]]+\]", formula)) - {"[Parameters]"}
            assert used <= names, name
    workbook = ET.parse(WORKBOOK)
    shown = 0
    for sheet in workbook.iterfind("worksheets/worksheet"):
        instances = set()
        for used in sheet.iterfind("table/view/datasource-dependencies"):
            source = used.attrib["datasource"]
            for instance in used.iterfind("column-instance"):
                assert instance.attrib["column"] in columns[source]
                instances.add(f"[{source}].{instance.attrib['name']}")
        shelves = f"{sheet.findtext('table/rows')} {sheet.findtext('table/cols')}"
        assert set(re.findall(r"\[federated\.\w+\]\.\[[^\]]+\]", shelves)) == instances
        shown += len(instances)
    assert shown == 11


def test_power_bi_refers_to_columns_and_measures_that_exist() -> None:
    tables = tmdl_tables()
    measures = {name for text in tables.values() for name in tmdl_measures(text)}
    columns = {
        f"{table}.{column}"
        for table, text in tables.items()
        for column in re.findall(r"^\tcolumn (\w+)$", text, flags=re.MULTILINE)
    }
    for table, text in tables.items():
        for dax in tmdl_measures(text).values():
            assert {f"{t}.{c}" for t, c in re.findall(r"(\w+)\[(\w+)\]", dax)} <= columns
            assert set(re.findall(r"(?<!\w)\[(.+?)\]", dax)) <= measures
        names = [c.partition(".")[2] for c in columns if c.startswith(f"{table}.")]
        assert not {name.lower() for name in tmdl_measures(text)} & set(names)
    related = (MODEL / "relationships.tmdl").read_text()
    assert set(re.findall(r"Column: (\S+)", related)) <= columns
    fields = [
        field
        for path in REPORT.rglob("visual.json")
        for role in json.loads(path.read_text())["visual"]["query"]["queryState"].values()
        for field in role["projections"]
    ]
    assert len(fields) == 10
    for field in fields:
        ((kind, asked),) = field["field"].items()
        table = asked["Expression"]["SourceRef"]["Entity"]
        if kind == "Measure":
            assert asked["Property"] in tmdl_measures(tables[table])
        else:
            assert f"{table}.{asked['Property']}" in columns


def test_exposures_name_what_the_artefacts_read(manifest: Json) -> None:
    declared = {
        exposure["name"]: {
            manifest["nodes"][parent]["name"] for parent in exposure["depends_on"]["nodes"]
        }
        for exposure in manifest["exposures"].values()
        if exposure["original_file_path"].endswith("bi_tools.yml")
    }
    assert declared == tables_read()


def test_no_artefact_names_an_account_or_holds_a_secret() -> None:
    hosts = set()
    for path, text in files(ANALYZE).items():
        hosts |= set(re.findall(r"[\w.-]+\.(?:com|net|org|io)\b", text))
        assert not re.search(r"(?i)password=|pwd|private.?key|token", text), path
    assert hosts == {"your-account.snowflakecomputing.com", "developer.microsoft.com"}


def test_broken_lookml_is_refused() -> None:
    text = (LOOKER / "views" / "fct_plays.view.lkml").read_text()
    assert lkml.load(text)
    with pytest.raises(SyntaxError):
        lkml.load(text.rstrip().removesuffix("}"))


def of(manifest: Json, kind: str, name: str) -> Json:
    """Return a semantic model or metric of a manifest."""
    return next(each for each in manifest[kind].values() if each["name"] == name)


def change_aggregation(manifest: Json) -> None:
    of(manifest, "semantic_models", "plays")["measures"][0]["agg"] = "median"


def change_expression(manifest: Json) -> None:
    of(manifest, "semantic_models", "plays")["measures"][0]["expr"] = "coalesce(play_id, 0)"


def change_column(manifest: Json) -> None:
    of(manifest, "semantic_models", "plays")["measures"][0]["expr"] = "pley_id"


def change_window(manifest: Json) -> None:
    measure = of(manifest, "semantic_models", "active_users")["measures"][0]
    measure["non_additive_dimension"]["window_choice"] = "min"


def change_filter(manifest: Json) -> None:
    where = of(manifest, "metrics", "tv_hours_viewed")["filter"]["where_filters"]
    where[0]["where_sql_template"] = "{{ Dimension('session__device') }} in ('tv')"


def change_metric(manifest: Json) -> None:
    of(manifest, "metrics", "dau")["type"] = "cumulative"


def change_type(manifest: Json) -> None:
    node = of(manifest, "nodes", "fct_plays")
    node["columns"]["progress"]["data_type"] = "variant"


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (change_aggregation, "measure play_count: agg median"),
        (change_expression, "measure play_count: only columns"),
        (change_column, "measure play_count: fct_plays has no column pley_id"),
        (change_window, "measure dau: of non_additive_dimension"),
        (change_filter, "metric tv_hours_viewed: only filters"),
        (change_metric, "metric dau: only simple metrics"),
        (change_type, "fct_plays.progress: no BI type for variant"),
    ],
)
def test_what_the_tools_cannot_say_is_named(
    manifest: Json, change: Callable[[Json], None], named: str
) -> None:
    changed = copy.deepcopy(
        {kind: manifest[kind] for kind in ("nodes", "semantic_models", "metrics")}
    )
    change(changed)
    with pytest.raises(BiError, match=re.escape(named)):
        read_layer(changed)
