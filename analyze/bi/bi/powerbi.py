"""Writes a Power BI project: a semantic model (TMDL), and a report on it (PBIR)."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from bi.expressions import render
from bi.layer import format_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bi.layer import Column, Format, Kind, Layer, Measure, Metric, Table

NAME = "StreamingAnalytics"
FORMATS: dict[Format, str] = {
    "share": "0.0%",
    "count": "#,##0",
    "decimal": "#,##0.00",
    "amount": "#,##0.00",
}
TYPES: dict[Kind, str] = {
    "text": "string",
    "integer": "int64",
    "decimal": "decimal",
    "float": "double",
    "date": "dateTime",
    "timestamp": "dateTime",
    "boolean": "boolean",
}
DATES: dict[Kind, str] = {"date": "yyyy-mm-dd", "timestamp": "yyyy-mm-dd hh:nn:ss"}
# Each is asked for when the project is opened for the first time; none is a secret.
PARAMETERS = {
    "SnowflakeServer": "your-account.snowflakecomputing.com",
    "SnowflakeWarehouse": "REPORTING",
    "SnowflakeRole": "REPORTER",
    "SnowflakeDatabase": "ANALYTICS",
    "SnowflakeSchema": "STREAMING",
}
MODEL = f"{NAME}.SemanticModel/definition"


def write(layer: Layer) -> dict[str, str]:
    """Return the semantic model's files: their text by path.

    A balance (``dau``, ``mrr``) is summed over the rows of the last day or month alone that the
    filters leave. No column is ever added up by itself: all have ``summarizeBy: none``, and the
    numbers that metrics are made of are hidden.
    """
    files = {
        f"{MODEL}/database.tmdl": "database\n\tcompatibilityLevel: 1567\n",
        f"{MODEL}/model.tmdl": _model(layer),
        f"{MODEL}/expressions.tmdl": _parameters(),
        f"{MODEL}/relationships.tmdl": _relationships(layer),
    }
    for table in (*layer.tables.values(), layer.dates):
        files[f"{MODEL}/tables/{table.name}.tmdl"] = "\n".join(_table(layer, table)) + "\n"
    return files


def _model(layer: Layer) -> str:
    tables = [table.name for table in (*layer.tables.values(), layer.dates)]
    return "\n".join(
        [
            "/// Written by `make bi` from the dbt project; a change here is lost.",
            "model Model",
            "\tculture: en-US",
            "\tdefaultPowerBIDataSourceVersion: powerBI_V3",
            "\tdiscourageImplicitMeasures",
            "",
            "\tannotation __PBI_TimeIntelligenceEnabled = 0",
            "",
            *(f"ref table {name}" for name in tables),
            "",
        ]
    )


def _parameters() -> str:
    return "\n".join(
        f'expression {name} = "{value}" '
        'meta [IsParameterQuery = true, Type = "Text", IsParameterQueryRequired = true]\n'
        f"\tlineageTag: {_tag(name)}\n"
        for name, value in PARAMETERS.items()
    )


def _relationships(layer: Layer) -> str:
    lines: list[str] = []
    for table in layer.facts:
        if table.title_key:
            lines += _relationship(table, table.title_key, layer.titles)
        if table.time_column:
            lines += _relationship(table, table.time_column, layer.dates)
    return "\n".join(lines)


def _relationship(table: Table, column: str, to: Table) -> list[str]:
    return [
        f"relationship {_tag(f'{table.name} {column} {to.name}')}",
        f"\tfromColumn: {table.name}.{column}",
        f"\ttoColumn: {to.name}.{to.key}",
        "",
    ]


def _table(layer: Layer, table: Table) -> Iterator[str]:
    yield f"/// {table.description}"
    yield f"table {table.name}"
    yield f"\tlineageTag: {_tag(table.name)}"
    if table is layer.dates:
        yield "\tdataCategory: Time"
    yield ""
    for metric in _metrics_kept_in(layer, table):
        yield from _measure(layer, metric)
    shown = layer.shown_columns(table)
    for column in layer.needed_columns(table):
        is_key = table in (layer.titles, layer.dates) and column.name == table.key
        is_hidden = column not in shown or table.is_identifier(column)
        yield from _column(table, column, is_key=is_key, is_hidden=is_hidden)
    yield from _partition(table)


def _metrics_kept_in(layer: Layer, table: Table) -> list[Metric]:
    """Return the metrics of a table, and those that divide one of its numbers by another's."""
    spanning = [
        metric
        for metric in layer.spanning
        if metric.ratio and layer.tables_of(layer.metrics[metric.ratio[0]]) == {table.name}
    ]
    return layer.metrics_of(table) + spanning


def _measure(layer: Layer, metric: Metric) -> Iterator[str]:
    yield f"\t/// {metric.description}"
    yield "\tmeasure '{}' =".format(metric.label.replace("'", "''"))
    for line in dax(layer, metric).splitlines():
        yield f"\t\t\t{line}"
    yield f"\t\tformatString: {FORMATS[format_of(metric)]}"
    yield f"\t\tlineageTag: {_tag(f'metric {metric.name}')}"
    yield ""


def dax(layer: Layer, metric: Metric) -> str:
    """Return a metric as a DAX expression."""
    if metric.ratio:
        above, below = (layer.metrics[name].label.replace("]", "]]") for name in metric.ratio)
        return f"DIVIDE([{above}], [{below}])"
    assert metric.measure
    measure = metric.measure
    formula = _aggregate(measure)
    if measure.condition:
        column = _reference(measure, measure.condition.column)
        kept = f'KEEPFILTERS({column} = "{measure.condition.value}")'
        formula = f"CALCULATE({formula}, {kept})"
    if measure.closing_on:
        closing = _reference(measure, measure.closing_on)
        return (
            f"VAR Closing = MAX({closing})\n"
            f"RETURN CALCULATE({formula}, KEEPFILTERS({closing} = Closing))"
        )
    return formula


def _aggregate(measure: Measure) -> str:
    value = render(measure.expression, lambda column: _reference(measure, column))
    if measure.aggregation == "sum_boolean":
        return f"COUNTROWS(FILTER({measure.table}, {value}))"
    if measure.aggregation == "sum" and value != _reference(measure, min(measure.columns)):
        return f"SUMX({measure.table}, {value})"
    name = {
        "sum": "SUM",
        "count": "COUNT",
        # An erased user is blank, and nobody.
        "count_distinct": "DISTINCTCOUNTNOBLANK",
        "average": "AVERAGE",
    }[measure.aggregation]
    return f"{name}({value})"


def _reference(measure: Measure, column: str) -> str:
    return f"{measure.table}[{column}]"


def _column(table: Table, column: Column, *, is_key: bool, is_hidden: bool) -> Iterator[str]:
    yield f"\t/// {column.description}"
    yield f"\tcolumn {column.name}"
    yield f"\t\tdataType: {TYPES[column.kind]}"
    if is_key:
        yield "\t\tisKey"
    if is_hidden:
        yield "\t\tisHidden"
    if column.kind in DATES:
        yield f"\t\tformatString: {DATES[column.kind]}"
    yield f"\t\tlineageTag: {_tag(f'{table.name} {column.name}')}"
    yield "\t\tsummarizeBy: none"
    yield f"\t\tsourceColumn: {column.name.upper()}"
    yield ""


def _partition(table: Table) -> Iterator[str]:
    role = "[Role = SnowflakeRole]"
    steps = [
        f"Source = Snowflake.Databases(SnowflakeServer, SnowflakeWarehouse, {role}),",
        'Database = Source{[Name = SnowflakeDatabase, Kind = "Database"]}[Data],',
        'Schema = Database{[Name = SnowflakeSchema, Kind = "Schema"]}[Data],',
        f'Mart = Schema{{[Name = "{table.name.upper()}", Kind = "Table"]}}[Data]',
    ]
    yield f"\tpartition {table.name} = m"
    yield "\t\tmode: import"
    yield "\t\tsource ="
    yield "\t\t\t\tlet"
    yield from (f"\t\t\t\t\t{step}" for step in steps)
    yield "\t\t\t\tin"
    yield "\t\t\t\t\tMart"


def _tag(name: str) -> str:
    """Return the same identifier for the same name, for ever."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"streaming_analytics/{name}"))
