"""Writes the Power BI report on the semantic model (PBIR), and the project that opens both."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bi.powerbi import NAME

if TYPE_CHECKING:
    from bi.layer import Layer

Json = dict[str, Any]

SCHEMAS = "https://developer.microsoft.com/json-schemas/fabric"
REPORT = f"{NAME}.Report"
PAGE = "Overview"
WIDTH, HEIGHT, COLUMNS = 1280, 720, 2


@dataclass(frozen=True)
class Visual:
    """A chart of metrics.

    Attributes:
        title: What people see.
        kind: Power BI's name of the kind of chart.
        table: Mart of the column that the metrics are shown along.
        column: That column.
        metrics: Their names.
    """

    title: str
    kind: str
    table: str
    column: str
    metrics: tuple[str, ...]


VISUALS = (
    Visual("Active users", "lineChart", "dim_dates", "date_day", ("dau", "wau", "mau")),
    Visual("Monthly recurring revenue", "lineChart", "dim_dates", "month_starts_on", ("mrr",)),
    Visual(
        "Hours by device", "clusteredBarChart", "fct_viewing_sessions", "device", ("hours_viewed",)
    ),
    Visual(
        "Retention", "lineChart", "retention_cohorts", "months_since_signup", ("retention_rate",)
    ),
)


def write(layer: Layer) -> dict[str, str]:
    """Return the report's and the project's files: their text by path."""
    page = _name(PAGE)
    pages = f"{REPORT}/definition/pages"
    files: dict[str, Json] = {
        f"{NAME}.pbip": {
            **_schema("pbip/pbipProperties/1.0.0"),
            "version": "1.0",
            "artifacts": [{"report": {"path": REPORT}}],
        },
        f"{NAME}.SemanticModel/definition.pbism": {
            **_schema("item/semanticModel/definitionProperties/1.0.0"),
            "version": "4.2",
            "settings": {},
        },
        f"{NAME}.SemanticModel/.platform": _platform("SemanticModel"),
        f"{REPORT}/.platform": _platform("Report"),
        f"{REPORT}/definition.pbir": {
            **_schema("item/report/definitionProperties/2.0.0"),
            "version": "4.0",
            "datasetReference": {"byPath": {"path": f"../{NAME}.SemanticModel"}},
        },
        f"{REPORT}/definition/version.json": {
            **_schema("item/report/definition/versionMetadata/1.0.0"),
            "version": "2.0.0",
        },
        f"{REPORT}/definition/report.json": {
            **_schema("item/report/definition/report/3.3.0"),
            "themeCollection": {},
        },
        f"{pages}/pages.json": {
            **_schema("item/report/definition/pagesMetadata/1.1.0"),
            "pageOrder": [page],
            "activePageName": page,
        },
        f"{pages}/{page}/page.json": {
            **_schema("item/report/definition/page/2.1.0"),
            "name": page,
            "displayName": PAGE,
            "displayOption": "FitToPage",
            "height": HEIGHT,
            "width": WIDTH,
        },
    }
    for number, visual in enumerate(VISUALS):
        path = f"{pages}/{page}/visuals/{_name(visual.title)}/visual.json"
        files[path] = _visual(layer, visual, number)
    return {
        path: json.dumps(content, indent=2, ensure_ascii=False) + "\n"
        for path, content in files.items()
    }


def _schema(name: str) -> Json:
    return {"$schema": f"{SCHEMAS}/{name}/schema.json"}


def _platform(kind: str) -> Json:
    """Return what Fabric's Git integration knows an item by."""
    return {
        **_schema("gitIntegration/platformProperties/2.0.0"),
        "metadata": {"type": kind, "displayName": NAME},
        "config": {
            "version": "2.0",
            "logicalId": str(uuid.uuid5(uuid.NAMESPACE_URL, f"streaming_analytics/{kind}")),
        },
    }


def _name(title: str) -> str:
    """Return the same identifier for the same title, for ever, as Power BI writes them."""
    return uuid.uuid5(uuid.NAMESPACE_URL, f"streaming_analytics/report/{title}").hex[:20]


def _visual(layer: Layer, visual: Visual, number: int) -> Json:
    width, height = WIDTH // COLUMNS, HEIGHT // -(-len(VISUALS) // COLUMNS)
    along = _field("Column", visual.table, visual.column)
    numbers = []
    for name in visual.metrics:
        metric = layer.metrics[name]
        (table,) = layer.tables_of(metric)
        numbers.append(_field("Measure", table, metric.label))
    return {
        **_schema("item/report/definition/visualContainer/2.4.0"),
        "name": _name(visual.title),
        "position": {
            "x": width * (number % COLUMNS),
            "y": height * (number // COLUMNS),
            "z": number,
            "width": width,
            "height": height,
            "tabOrder": number,
        },
        "visual": {
            "visualType": visual.kind,
            "query": {
                "queryState": {
                    "Category": {"projections": [along]},
                    "Y": {"projections": numbers},
                }
            },
            "visualContainerObjects": {
                "title": [
                    {"properties": {"text": {"expr": {"Literal": {"Value": f"'{visual.title}'"}}}}}
                ]
            },
        },
    }


def _field(kind: str, table: str, name: str) -> Json:
    return {
        "field": {kind: {"Expression": {"SourceRef": {"Entity": table}}, "Property": name}},
        "queryRef": f"{table}.{name}",
        "nativeQueryRef": name,
    }
