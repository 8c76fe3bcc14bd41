"""Writes an Open Semantic Interchange document, with MetricFlow's converter and what it loses.

This module is both ends. Run by the interpreter that dbt is installed for, it reads a semantic
manifest and prints what MetricFlow makes of it; imported, it starts that and mends the result.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bi.layer import Layer, Metric

Json = dict[str, Any]

NAME = "streaming_analytics"


def write(layer: Layer, semantic_manifest: Path, dbt_python: Path) -> dict[str, str]:
    """Return the document: its text by path.

    MetricFlow 0.213's converter adds balances up over days, leaves columns in expressions without
    the data set that they belong to, keeps the entity in the names of filtered columns, and
    relates facts with each other, many to many. So the expressions are written here. What cannot
    be an aggregate over one data set is left out, with the reason on the data set or the model.

    Args:
        layer: The semantic layer.
        semantic_manifest: dbt's semantic_manifest.json.
        dbt_python: Interpreter of the environment that has dbt-metricflow.

    Raises:
        BiError: if MetricFlow cannot convert it.
    """
    from bi.errors import BiError  # noqa: PLC0415 - the other end has no such package

    done = subprocess.run(
        [dbt_python, "-P", __file__, semantic_manifest], capture_output=True, text=True, check=False
    )
    if done.returncode:
        message = f"MetricFlow could not convert {semantic_manifest}:\n{done.stderr[-2000:]}"
        raise BiError(message)
    document = mend(json.loads(done.stdout), layer)
    return {f"{NAME}.osi.json": json.dumps(document, indent=2, ensure_ascii=False) + "\n"}


def mend(document: Json, layer: Layer) -> Json:
    """Return what the converter made, with what it got wrong put right."""
    (model,) = document["semantic_model"]
    tables = {table.semantic_model: table for table in layer.tables.values()}
    keys = {data_set["name"]: data_set["primary_key"] for data_set in model["datasets"]}
    model["datasets"].sort(key=lambda data_set: str(data_set["name"]))
    for data_set in model["datasets"]:
        table = tables[data_set["name"]]
        data_set["source"] = f"ANALYTICS.STREAMING.{table.name.upper()}"
        for field in data_set["fields"]:
            for each in field["expression"]["dialects"]:
                each["dialect"] = _dialect(each["expression"])
        unsaid = [metric for metric in layer.metrics_of(table) if expression(layer, metric) is None]
        if unsaid:
            names = ", ".join(metric.name for metric in unsaid)
            data_set["ai_context"] = {
                "instructions": f"Not among the metrics, since they are the sum over the rows of "
                f"the last {table.time_column} alone, for which there is no aggregate: {names}. "
                f"Their fields must never be added up over {table.time_column}."
            }
    model["relationships"] = sorted(
        (
            relationship
            for relationship in model["relationships"]
            if relationship["to_columns"] == keys[relationship["to"]]
        ),
        key=lambda relationship: str(relationship["name"]),
    )
    spanning = ", ".join(metric.name for metric in layer.spanning)
    model["ai_context"] = {
        "instructions": f"Not among the metrics, since they divide numbers of two data sets, which "
        f"must not be joined for it: {spanning}."
    }
    said = [(metric, expression(layer, metric)) for metric in layer.metrics.values()]
    model["metrics"] = [_metric(metric, sql) for metric, sql in said if sql]
    dialects = {
        each["dialect"] for metric in model["metrics"] for each in metric["expression"]["dialects"]
    }
    document["dialects"] = sorted(dialects)
    return document


def _metric(metric: Metric, sql: str) -> Json:
    return {
        "name": metric.name,
        "expression": {"dialects": [{"dialect": _dialect(sql), "expression": sql}]},
        "description": metric.description,
        "ai_context": {"synonyms": [metric.label]},
    }


def _dialect(sql: str) -> str:
    """Return whose SQL it is: elsewhere integers may divide to integers, and max_by be unknown."""
    return "SNOWFLAKE" if "max_by(" in sql or "/" in sql else "ANSI_SQL"


def expression(layer: Layer, metric: Metric) -> str | None:
    """Return a metric as an SQL aggregate over columns of data sets, or None if there is none.

    A ratio of two data sets has none: joined, the rows of one are counted for each of the other.

    A balance is one where its mart has a row per day: the value of the last one. Where it has a
    row per month and country, the last month's rows would have to be found before they are
    summed, which an aggregate cannot.
    """
    from bi.sql import aggregate, row_value  # noqa: PLC0415 - the other end has no such package

    if metric in layer.spanning:
        return None
    if metric.ratio:
        above, below = (expression(layer, layer.metrics[name]) for name in metric.ratio)
        return f"({above}) / nullif({below}, 0)" if above and below else None
    assert metric.measure
    measure = metric.measure
    table = layer.tables[measure.table]

    def column(name: str) -> str:
        return f"{table.semantic_model}.{name}"

    value = row_value(measure, column)
    if measure.closing_on:
        is_one_row = measure.closing_on == table.key
        return f"max_by({value}, {column(measure.closing_on)})" if is_one_row else None
    return aggregate(measure, value)


def _convert(path: Path) -> None:
    from metricflow.converters.msi_to_osi import MSIToOSIConverter  # noqa: PLC0415
    from metricflow_semantic_interfaces.implementations.semantic_manifest import (  # noqa: PLC0415
        PydanticSemanticManifest,
    )

    manifest = PydanticSemanticManifest.parse_raw(path.read_text())
    result = MSIToOSIConverter().convert(manifest, NAME)
    print(result.output.json(exclude_none=True, by_alias=True))  # noqa: T201


if __name__ == "__main__":
    _convert(Path(sys.argv[1]))
