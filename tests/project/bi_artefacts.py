"""Reads the artefacts for BI tools back, each as its tool does: what they read and compute."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import lkml

Json = dict[str, Any]

ANALYZE = Path(__file__).resolve().parents[2] / "analyze"
LOOKER = ANALYZE / "looker"
WORKBOOK = ANALYZE / "tableau" / "streaming_analytics.twb"
MODEL = ANALYZE / "powerbi" / "StreamingAnalytics.SemanticModel" / "definition"
REPORT = ANALYZE / "powerbi" / "StreamingAnalytics.Report" / "definition"
DOCUMENT = ANALYZE / "osi" / "streaming_analytics.osi.json"


def looker_views() -> dict[str, Json]:
    """Return the views of the Looker project, by name."""
    views = [lkml.load(path.read_text())["views"][0] for path in LOOKER.glob("views/*.lkml")]
    return {view["name"]: view for view in views}


def looker_table(view: Json) -> str:
    """Return the mart that a view reads."""
    source = view.get("sql_table_name") or view["derived_table"]["sql"]
    (name,) = re.findall(r"@\{schema\}\.(\w+)", source)
    return str(name)


def tableau_sources() -> list[ET.Element]:
    """Return the data sources of the workbook."""
    workbook = ET.parse(WORKBOOK)
    return [
        source
        for source in workbook.iterfind("datasources/datasource")
        if source.get("name") != "Parameters"
    ]


def tableau_tables(source: ET.Element) -> list[str]:
    """Return the marts that a data source reads, the one on the left first."""
    named = [relation.get("table") for relation in source.iter("relation")]
    return [name.split(".")[1].strip("[]").lower() for name in named if name]


def tableau_formulas(source: ET.Element) -> dict[str, str]:
    """Return the formulas of a data source, by name without brackets."""
    return {
        column.attrib["name"].strip("[]"): column[0].attrib["formula"]
        for column in source.iterfind("column")
        if column[0].tag == "calculation"
    }


def tmdl_tables() -> dict[str, str]:
    """Return the text of the tables of the Power BI model, by name."""
    return {path.stem: path.read_text() for path in MODEL.glob("tables/*.tmdl")}


def tmdl_measures(text: str) -> dict[str, str]:
    """Return the DAX of a table's measures, by label."""
    found = re.findall(r"^\tmeasure '(.+)' =\n((?:\t\t\t.+\n)+)", text, flags=re.MULTILINE)
    return {name: re.sub(r"^\t\t\t", "", dax, flags=re.MULTILINE) for name, dax in found}


def tmdl_source(text: str) -> str:
    """Return the mart that a table of the Power BI model reads."""
    (name,) = re.findall(r'Name = "(\w+)", Kind = "Table"', text)
    return str(name).lower()


def osi_model() -> Json:
    """Return the semantic model of the OSI document."""
    (model,) = json.loads(DOCUMENT.read_text())["semantic_model"]
    return dict(model)


def osi_expressions() -> dict[str, str]:
    """Return the SQL of the metrics of the OSI document."""
    return {
        metric["name"]: metric["expression"]["dialects"][0]["expression"]
        for metric in osi_model()["metrics"]
    }


def tables_read() -> dict[str, set[str]]:
    """Return the marts that each artefact reads, by the name of its exposure."""
    entities = {
        reference["Entity"]
        for path in REPORT.rglob("visual.json")
        for reference in references(json.loads(path.read_text()))
    }
    return {
        "looker_model": {looker_table(view) for view in looker_views().values()},
        "tableau_workbook": {
            name for source in tableau_sources() for name in tableau_tables(source)
        },
        "power_bi_model": {tmdl_source(text) for text in tmdl_tables().values()},
        "power_bi_report": {tmdl_source(tmdl_tables()[name]) for name in entities},
        "osi_document": {
            data_set["source"].rpartition(".")[2].lower() for data_set in osi_model()["datasets"]
        },
    }


def references(content: Any) -> list[Json]:
    """Return every SourceRef in a visual."""
    if isinstance(content, list):
        return [found for part in content for found in references(part)]
    if not isinstance(content, dict):
        return []
    own = [content["SourceRef"]] if "SourceRef" in content else []
    return own + references(list(content.values()))
