"""Writes a Tableau workbook: a data source for each mart that metrics come from, and sheets."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from bi import tableau_sheets
from bi.expressions import render
from bi.layer import format_of, titled

if TYPE_CHECKING:
    from bi.layer import Column, Format, Kind, Layer, Measure, Metric, Table

VERSION = "26.1"
SERVER = "your-account.snowflakecomputing.com"
CONNECTION = "snowflake.marts"
PERIOD = "[Parameters].[Period parameter]"
PERIODS = {
    "day": "{time}",
    "week": 'DATE(DATETRUNC("week", {time}, "monday"))',
    "month": 'DATE(DATETRUNC("month", {time}))',
    "quarter": 'DATE(DATETRUNC("quarter", {time}))',
    "year": 'DATE(DATETRUNC("year", {time}))',
    "all": "#1900-01-01#",
}
FORMATS: dict[Format, str] = {
    "share": "p0.0%",
    "count": "n#,##0;-#,##0",
    "decimal": "n#,##0.00;-#,##0.00",
    "amount": "n#,##0.00;-#,##0.00",
}
TYPES: dict[Kind, str] = {
    "text": "string",
    "integer": "integer",
    "decimal": "real",
    "float": "real",
    "date": "date",
    "timestamp": "datetime",
    "boolean": "boolean",
}


def write(layer: Layer) -> dict[str, str]:
    """Return the workbook: its text by path.

    A balance (``dau``, ``mrr``) is summed over the rows of the closing day or month alone, which
    is looked for in each period of the parameter; over several periods it is blank. No column is
    ever added up by itself: all are dimensions, and the numbers that metrics are made of are
    hidden.
    """
    workbook = Element(
        "workbook",
        {
            "original-version": VERSION,
            "source-build": "2026.1.0 (20261.26.0101.0000)",
            "source-platform": "win",
            "version": VERSION,
        },
    )
    SubElement(SubElement(workbook, "document-format-change-manifest"), "ManifestByVersion")
    sources = SubElement(workbook, "datasources")
    sources.append(_parameters())
    for table in layer.facts:
        sources.append(_source(layer, table))
    tableau_sheets.add(workbook, layer)
    consent = SubElement(
        workbook,
        "explain-data",
        {"enabled-for-viewer": "false", "extreme-values-enabled-for-all": "false"},
    )
    SubElement(consent, "explanation-types")
    indent(workbook)
    text = tostring(workbook, encoding="unicode")
    return {"streaming_analytics.twb": _head(layer) + text + "\n"}


def _head(layer: Layer) -> str:
    left_out = "".join(
        f"<!-- Left out: {metric.name}. It divides numbers of two data sources "
        f"({' and '.join(sorted(layer.tables_of(metric)))}); blend them. -->\n"
        for metric in layer.spanning
    )
    return (
        "<?xml version='1.0' encoding='utf-8' ?>\n"
        "<!-- Written by `make bi` from the dbt project; a change here is lost. -->\n" + left_out
    )


def source_name(table: Table) -> str:
    """Return the name of a table's data source within the workbook."""
    return f"federated.{table.semantic_model}"


def metric_name(metric: Metric) -> str:
    """Return the name of a metric's calculation within its data source."""
    return f"[Metric {metric.name}]"


def _parameters() -> Element:
    source = Element(
        "datasource",
        {"hasconnection": "false", "inline": "true", "name": "Parameters", "version": VERSION},
    )
    SubElement(source, "aliases", enabled="yes")
    period = SubElement(
        source,
        "column",
        {
            "caption": "Period",
            "datatype": "string",
            "name": "[Period parameter]",
            "param-domain-type": "list",
            "role": "measure",
            "type": "nominal",
            "value": '"month"',
        },
    )
    SubElement(period, "calculation", {"class": "tableau", "formula": '"month"'})
    members = SubElement(period, "members")
    for name in PERIODS:
        SubElement(members, "member", value=f'"{name}"')
    return source


def _source(layer: Layer, table: Table) -> Element:
    source = Element(
        "datasource",
        {
            "caption": table.title,
            "inline": "true",
            "name": source_name(table),
            "version": VERSION,
        },
    )
    titles = layer.titles if table.title_key else None
    source.append(_connection(layer, table, titles))
    SubElement(source, "aliases", enabled="yes")
    shown = layer.shown_columns(table)
    for column in layer.needed_columns(table):
        is_hidden = column not in shown or table.is_identifier(column)
        source.append(_column(column, column.name, is_hidden=is_hidden))
    if titles:
        for column in layer.shown_columns(titles):
            if column.name != titles.key:
                source.append(_column(column, _of(titles, column.name), is_hidden=False))
    if layer.balances(table):
        assert table.time_column
        source.append(_period(table.time_column))
        source.append(_closing(table.time_column))
    for metric in layer.metrics_of(table):
        source.append(_metric(metric))
    SubElement(
        source,
        "layout",
        {"dim-ordering": "alphabetic", "measure-ordering": "alphabetic", "show-structure": "true"},
    )
    SubElement(source, "date-options", {"start-of-week": "monday"})
    return source


def _connection(layer: Layer, table: Table, titles: Table | None) -> Element:
    connection = Element("connection", {"class": "federated"})
    named = SubElement(
        SubElement(connection, "named-connections"),
        "named-connection",
        {"caption": SERVER, "name": CONNECTION},
    )
    SubElement(
        named,
        "connection",
        {
            "authentication": "Username Password",
            "class": "snowflake",
            "dbname": "ANALYTICS",
            "odbc-connect-string-extras": "",
            "one-time-sql": "",
            "schema": "STREAMING",
            "server": SERVER,
            "service": "REPORTER",
            "username": "",
            "warehouse": "REPORTING",
        },
    )
    if titles is None:
        connection.append(_relation(table))
    else:
        assert table.title_key
        joined = SubElement(connection, "relation", {"join": "left", "type": "join"})
        on = SubElement(SubElement(joined, "clause", type="join"), "expression", op="=")
        SubElement(on, "expression", op=f"[{table.name}].[{table.title_key.upper()}]")
        SubElement(on, "expression", op=f"[{titles.name}].[{titles.key.upper()}]")
        joined.append(_relation(table))
        joined.append(_relation(titles))
    cols = SubElement(connection, "cols")
    for column in layer.needed_columns(table):
        _map(cols, column.name, table, column)
    for column in layer.shown_columns(titles) if titles else ():
        assert titles
        if column.name != titles.key:
            _map(cols, _of(titles, column.name), titles, column)
    return connection


def _relation(table: Table) -> Element:
    return Element(
        "relation",
        {
            "connection": CONNECTION,
            "name": table.name,
            "table": f"[STREAMING].[{table.name.upper()}]",
            "type": "table",
        },
    )


def _map(cols: Element, name: str, table: Table, column: Column) -> None:
    SubElement(cols, "map", key=f"[{name}]", value=f"[{table.name}].[{column.name.upper()}]")


def _of(table: Table, column: str) -> str:
    return f"{column} ({table.name})"


def _column(column: Column, name: str, *, is_hidden: bool) -> Element:
    kind = "ordinal" if column.kind in ("date", "timestamp") or column.is_number else "nominal"
    element = Element(
        "column",
        {
            "caption": titled(name),
            "datatype": TYPES[column.kind],
            **({"hidden": "true"} if is_hidden else {}),
            "name": f"[{name}]",
            "role": "dimension",
            "type": kind,
        },
    )
    _describe(element, column.description)
    return element


def _calculation(name: str, caption: str, datatype: str, role: str, formula: str) -> Element:
    kind = {"measure": "quantitative", "dimension": "ordinal"}[role]
    element = Element(
        "column",
        {
            "caption": caption,
            "datatype": datatype,
            "name": name,
            "role": role,
            "type": "nominal" if datatype == "boolean" else kind,
        },
    )
    SubElement(element, "calculation", {"class": "tableau", "formula": formula})
    return element


def _describe(element: Element, text: str) -> None:
    SubElement(SubElement(SubElement(element, "desc"), "formatted-text"), "run").text = text


def _period(time: str) -> Element:
    cases = " ".join(
        f'WHEN "{name}" THEN {start.format(time=f"[{time}]")}' for name, start in PERIODS.items()
    )
    formula = f"CASE {PERIOD} {cases} END"
    element = _calculation("[Period]", "Period", "date", "dimension", formula)
    _describe(element, "Start of the period that the parameter Period asks for.")
    return element


def _closing(time: str) -> Element:
    formula = f"[{time}] = {{FIXED [Period] : MAX([{time}])}}"
    element = _calculation("[Is closing]", "Is closing", "boolean", "dimension", formula)
    _describe(
        element,
        "Whether the row is of the last day or month of its period that has data. Filters "
        "count only once they are added to the context.",
    )
    return element


def _metric(metric: Metric) -> Element:
    element = _calculation(metric_name(metric), metric.label, "real", "measure", formula(metric))
    element.set("default-format", FORMATS[format_of(metric)])
    _describe(element, metric.description)
    return element


def formula(metric: Metric) -> str:
    """Return a metric as a calculation of Tableau."""
    if metric.ratio:
        above, below = metric.ratio
        return f"[Metric {above}] / [Metric {below}]"
    assert metric.measure
    measure = metric.measure
    value = _row_value(measure)
    if measure.closing_on:
        value = f"IF [Is closing] THEN {value} END"
    name = {"sum_boolean": "SUM", "count_distinct": "COUNTD", "average": "AVG"}.get(
        measure.aggregation, measure.aggregation.upper()
    )
    total = f"{name}({value})"
    return f"IF COUNTD([Period]) = 1 THEN {total} END" if measure.closing_on else total


def _row_value(measure: Measure) -> str:
    value = render(measure.expression, lambda column: f"[{column}]")
    if measure.aggregation == "sum_boolean":
        value = f"IF {value} THEN 1 ELSE 0 END"
    if measure.condition:
        test = f'[{measure.condition.column}] = "{measure.condition.value}"'
        value = f"IF {test} THEN {value} END"
    return value


def identifier(name: str) -> str:
    """Return the same identifier for the same name, for ever, as Tableau writes them."""
    return f"{{{str(uuid.uuid5(uuid.NAMESPACE_URL, f'streaming_analytics/{name}')).upper()}}}"
