"""The semantic layer, as dbt's manifest has it, in the few terms that every BI tool knows."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Literal

from bi.errors import BiError
from bi.expressions import Condition, Expression, columns_of, parse_condition, parse_expression

Json = dict[str, Any]
Kind = Literal["text", "integer", "decimal", "float", "date", "timestamp", "boolean"]
Aggregation = Literal["sum", "count", "count_distinct", "average", "sum_boolean"]
AGGREGATIONS: tuple[Aggregation, ...] = (
    "sum", "count", "count_distinct", "average", "sum_boolean",
)  # fmt: skip
KINDS: dict[str, Kind] = {
    "varchar": "text",
    "float": "float",
    "date": "date",
    "timestamp_ntz": "timestamp",
    "boolean": "boolean",
}
NUMERIC: tuple[Kind, ...] = ("integer", "decimal", "float")


@dataclass(frozen=True)
class Column:
    """A column of a mart.

    Attributes:
        name: As in dbt, lower case; Snowflake has it in upper case.
        kind: What it holds.
        description: dbt's.
        is_audit: Whether it tells of the run that wrote the row, and of nothing else.
    """

    name: str
    kind: Kind
    description: str
    is_audit: bool

    @property
    def is_number(self) -> bool:
        """Whether a tool might want to add it up."""
        return self.kind in NUMERIC


@dataclass(frozen=True)
class Measure:
    """How rows of one mart become a number.

    Attributes:
        table: Name of the mart.
        aggregation: What is done with the values.
        expression: The value of a row.
        closing_on: For a balance, the column of its time: only rows of the last time in what is
            asked for count, and times are never added up. None for what can be added up.
        condition: Which rows count; None for all.
    """

    table: str
    aggregation: Aggregation
    expression: Expression
    closing_on: str | None
    condition: Condition | None = None

    @property
    def columns(self) -> set[str]:
        """Names of the columns whose values go into the number."""
        return columns_of(self.expression)


@dataclass(frozen=True)
class Metric:
    """A number that people ask for.

    Attributes:
        name: As in dbt.
        label: What people see.
        description: What it means, with its trap.
        unit: As in ``users``; see :func:`format_of`.
        measure: Of a simple metric.
        ratio: Of a ratio, the names of the metrics that are divided.
    """

    name: str
    label: str
    description: str
    unit: str
    measure: Measure | None = None
    ratio: tuple[str, str] | None = None


@dataclass(frozen=True)
class Table:
    """A mart, with what the semantic layer says of it.

    Attributes:
        name: Of the mart.
        semantic_model: Name of the semantic model that reads it; of dim_dates, its own.
        title: What people see.
        description: dbt's, of the mart.
        columns: In the mart's order.
        key: Column that has another value in each row.
        time_column: Column that the metrics' time is taken from, if there are metrics.
        title_key: Column that leads to the titles, if one does.
    """

    name: str
    semantic_model: str
    title: str
    description: str
    columns: tuple[Column, ...]
    key: str
    time_column: str | None
    title_key: str | None

    def is_identifier(self, column: Column) -> bool:
        """Whether a column tells rows or titles apart, and people nothing."""
        return column.kind == "text" and column.name in (self.key, self.title_key)


@dataclass(frozen=True)
class Layer:
    """All of it.

    Attributes:
        tables: By name of the mart: those that a semantic model reads.
        metrics: By name.
        titles: The table that others lead to.
        dates: The calendar.
    """

    tables: dict[str, Table]
    metrics: dict[str, Metric]
    titles: Table
    dates: Table

    @cached_property
    def facts(self) -> list[Table]:
        """The tables that metrics are computed from."""
        read = {metric.measure.table for metric in self.metrics.values() if metric.measure}
        return [table for table in self.tables.values() if table.name in read]

    def metrics_of(self, table: Table) -> list[Metric]:
        """Return the metrics that take nothing but rows of one table, in dbt's order."""
        return [
            metric for metric in self.metrics.values() if self.tables_of(metric) == {table.name}
        ]

    @property
    def spanning(self) -> list[Metric]:
        """The metrics that divide a number of one table by one of another."""
        return [metric for metric in self.metrics.values() if len(self.tables_of(metric)) > 1]

    def tables_of(self, metric: Metric) -> set[str]:
        """Return the names of the tables that a metric reads."""
        return {measure.table for measure in self.measures_of(metric)}

    def measures_of(self, metric: Metric) -> list[Measure]:
        """Return the measure of a simple metric, or those that a ratio comes down to."""
        if metric.measure:
            return [metric.measure]
        assert metric.ratio
        return [part for name in metric.ratio for part in self.measures_of(self.metrics[name])]

    def balances(self, table: Table) -> list[Metric]:
        """Return the simple metrics of a table that must not be added up over time."""
        return [
            metric
            for metric in self.metrics_of(table)
            if metric.measure and metric.measure.closing_on
        ]

    def measured_columns(self, table: Table) -> set[str]:
        """Return the numbers of a table that metrics are made of: to be had through these only."""
        numbers = {column.name for column in table.columns if column.is_number}
        return numbers & {
            name
            for metric in self.metrics.values()
            if metric.measure and metric.measure.table == table.name
            for name in metric.measure.columns
        }

    def shown_columns(self, table: Table) -> list[Column]:
        """Return the columns that people group and filter by.

        Left out are the numbers that metrics are made of, rates that a metric computes under the
        same name (a mean of rates is another number), and what only tells of the run.
        """
        hidden = self.measured_columns(table) | self.metrics.keys()
        return [
            column
            for column in table.columns
            if not column.is_audit and not (column.is_number and column.name in hidden)
        ]

    def needed_columns(self, table: Table) -> list[Column]:
        """Return the columns that people see and those that formulas need."""
        needed = self.measured_columns(table) | {
            column.name for column in self.shown_columns(table)
        }
        return [column for column in table.columns if column.name in needed]


def read_layer(manifest: Json) -> Layer:
    """Return the semantic layer of a parsed dbt project.

    Args:
        manifest: dbt's manifest.json.

    Raises:
        BiError: if something is declared that has no counterpart in the tools.
    """
    models = {
        node["name"]: node
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model"
    }
    tables: dict[str, Table] = {}
    measures: dict[str, Measure] = {}
    for declared in sorted(manifest["semantic_models"].values(), key=lambda each: each["name"]):
        table = _table(declared, models)
        if table.name in tables:
            message = f"two semantic models read {table.name}: leave one"
            raise BiError(message)
        tables[table.name] = table
        for measure in declared["measures"]:
            measures[measure["name"]] = _measure(measure, table)
    titles = [table for table in tables.values() if table.semantic_model == "titles"]
    dates = [node for node in models.values() if node.get("time_spine")]
    if len(titles) != 1 or len(dates) != 1:
        message = "there must be one semantic model named titles, and one model with a time_spine"
        raise BiError(message)
    # dbt reads files in the order of the file system; within one it keeps theirs.
    declared_metrics = sorted(manifest["metrics"].values(), key=lambda each: str(each["path"]))
    metrics = {each["name"]: _metric(each, measures) for each in declared_metrics}
    return Layer(tables, metrics, titles[0], _calendar(dates[0]))


def _table(declared: Json, models: dict[str, Json]) -> Table:
    node = models[declared["node_relation"]["alias"].lower()]
    keys = {
        entity["type"]: entity["expr"] or entity["name"]
        for entity in declared["entities"]
        if entity["type"] == "primary" or entity["name"] == "title"
    }
    return Table(
        name=node["name"],
        semantic_model=declared["name"],
        title=titled(declared["name"]),
        description=_line(node["description"]),
        columns=_columns(node),
        key=keys["primary"],
        time_column=(declared["defaults"] or {}).get("agg_time_dimension"),
        title_key=keys.get("foreign"),
    )


def _calendar(node: Json) -> Table:
    return Table(
        name=node["name"],
        semantic_model=node["name"],
        title="Dates",
        description=_line(node["description"]),
        columns=_columns(node),
        key=node["time_spine"]["standard_granularity_column"],
        time_column=None,
        title_key=None,
    )


def _columns(node: Json) -> tuple[Column, ...]:
    return tuple(
        Column(
            name=column["name"],
            kind=_kind(column["data_type"], f"{node['name']}.{column['name']}"),
            description=_line(column["description"]),
            is_audit=bool(column["config"]["meta"].get("audit")),
        )
        for column in node["columns"].values()
    )


def _kind(data_type: str, place: str) -> Kind:
    number = re.fullmatch(r"number\(\d+, ?(\d+)\)", data_type.lower())
    if number:
        return "integer" if number[1] == "0" else "decimal"
    try:
        return KINDS[data_type.lower()]
    except KeyError:
        message = f"{place}: no BI type for {data_type}; add it to bi/layer.py"
        raise BiError(message) from None


def _measure(declared: Json, table: Table) -> Measure:
    name = f"measure {declared['name']}"
    if declared["agg"] not in AGGREGATIONS:
        message = f"{name}: agg {declared['agg']} is none of {', '.join(AGGREGATIONS)}"
        raise BiError(message)
    closing = declared["non_additive_dimension"]
    if closing and (closing["window_choice"] != "max" or closing["window_groupings"]):
        message = f"{name}: of non_additive_dimension only window_choice max is known"
        raise BiError(message)
    if closing and closing["name"] != table.time_column:
        message = f"{name}: non_additive_dimension is not {table.time_column}"
        raise BiError(message)
    expression = parse_expression(declared["expr"] or declared["name"], name)
    unknown = columns_of(expression) - {column.name for column in table.columns}
    if unknown:
        message = f"{name}: {table.name} has no column {', '.join(sorted(unknown))}"
        raise BiError(message)
    return Measure(table.name, declared["agg"], expression, closing["name"] if closing else None)


def _metric(declared: Json, measures: dict[str, Measure]) -> Metric:
    name = declared["name"]
    meta = declared["config"]["meta"]
    trap = f" Trap: {meta['trap']}" if meta.get("trap") else ""
    metric = Metric(name, declared["label"], _line(declared["description"] + trap), meta["unit"])
    given = declared["type_params"]
    if declared["type"] == "ratio":
        parts = given["numerator"], given["denominator"]
        if any(part["filter"] for part in parts) or declared["filter"]:
            message = f"metric {name}: a filter belongs on the metrics that are divided"
            raise BiError(message)
        return replace(metric, ratio=(parts[0]["name"], parts[1]["name"]))
    if declared["type"] != "simple" or given["measure"]["filter"]:
        message = f"metric {name}: only simple metrics and ratios can be said in every tool"
        raise BiError(message)
    measure = measures[given["measure"]["name"]]
    where = (declared["filter"] or {}).get("where_filters", [])
    if len(where) > 1:
        message = f"metric {name}: more than one filter"
        raise BiError(message)
    for condition in where:
        asked = parse_condition(condition["where_sql_template"], f"metric {name}")
        measure = replace(measure, condition=asked)
    return replace(metric, measure=measure)


def titled(name: str) -> str:
    """Return a dbt name as people read it, as in ``Active users``."""
    return name.replace("_", " ").capitalize()


def _line(text: str) -> str:
    return " ".join(text.split())


Format = Literal["share", "count", "decimal", "amount"]


def format_of(metric: Metric) -> Format:
    """Return how a metric is shown, from its unit."""
    if metric.unit.startswith("share"):
        return "share"
    if metric.unit.startswith("reporting currency"):
        return "amount"
    is_mean = metric.measure is not None and metric.measure.aggregation == "average"
    return "decimal" if metric.ratio or is_mean or metric.unit == "hours" else "count"
