"""Writes a Looker project: a view for each mart, an explore for each that metrics come from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import lkml

from bi.layer import format_of
from bi.sql import row_value

if TYPE_CHECKING:
    from bi.layer import Column, Format, Layer, Measure, Metric, Table

Json = dict[str, Any]

HEAD = "# Written by `make bi` from the dbt project; a change here is lost.\n"
FORMATS: dict[Format, str] = {
    "share": "0.0%",
    "count": "#,##0",
    "decimal": "#,##0.00",
    "amount": "#,##0.00",
}
TYPES = {
    "text": "string",
    "integer": "number",
    "decimal": "number",
    "float": "number",
    "boolean": "yesno",
}
DAYS = ["raw", "date", "week", "month", "quarter", "year"]
TIMES = ["raw", "time", "hour_of_day", "date", "week", "month", "quarter", "year"]
GRAINS = {
    "date": "{column}",
    "week": "date_trunc('week', {column})",
    "month": "date_trunc('month', {column})",
    "quarter": "date_trunc('quarter', {column})",
    "year": "date_trunc('year', {column})",
}
MANIFEST = """\
project_name: "streaming_analytics"

# The name of the connection in Looker, and where the marts are. Nothing else names an account.
constant: connection {
  value: "streaming_analytics"
  export: override_optional
}

constant: schema {
  value: "ANALYTICS.STREAMING"
  export: override_optional
}
"""


def write(layer: Layer) -> dict[str, str]:
    """Return the project's files: their text by path.

    A balance (``dau``, ``mrr``) is summed over the rows of the closing day or month alone. Which
    one that is depends on what is asked: the view is a query in which Looker puts the timeframes
    that are selected and the filters, and the database looks for the last day within each.
    """
    files = {
        "manifest.lkml": HEAD + MANIFEST,
        "streaming_analytics.model.lkml": HEAD + _left_out(layer) + _dump(_model(layer)),
    }
    for table in layer.tables.values():
        files[f"views/{table.name}.view.lkml"] = HEAD + _dump({"view": _view(layer, table)})
    return files


def _dump(content: Json) -> str:
    return "\n" + str(lkml.dump(content)).rstrip("\n") + "\n"


def _left_out(layer: Layer) -> str:
    return "".join(
        f"# Left out: {metric.name}. It divides numbers of two explores "
        f"({' and '.join(sorted(layer.tables_of(metric)))}); merge their results.\n"
        for metric in layer.spanning
    )


def _model(layer: Layer) -> Json:
    return {
        "connection": "@{connection}",
        "label": "Streaming analytics",
        "week_start_day": "monday",
        "includes": ["/views/*.view.lkml"],
        "explores": [_explore(layer, table) for table in layer.facts],
    }


def _explore(layer: Layer, table: Table) -> Json:
    explore: Json = {
        "name": table.name,
        "label": table.title,
        "description": table.description,
    }
    if table.title_key:
        titles = layer.titles
        explore["joins"] = [
            {
                "name": titles.name,
                "type": "left_outer",
                "relationship": "many_to_one",
                "sql_on": f"${{{table.name}.{table.title_key}}} = ${{{titles.name}.{titles.key}}}",
            }
        ]
    return explore


def _view(layer: Layer, table: Table) -> Json:
    shown = layer.shown_columns(table)
    view: Json = {"name": table.name, "label": table.title}
    if layer.balances(table):
        view["derived_table"] = {"sql": _closing_rows(table, shown)}
    else:
        view["sql_table_name"] = f"@{{schema}}.{table.name}"
    view["dimensions"] = [_dimension(table, column) for column in shown if column.kind in TYPES]
    view["dimension_groups"] = [_times(column) for column in shown if column.kind not in TYPES]
    view["measures"] = [_measure(metric) for metric in layer.metrics_of(table)]
    return {key: value for key, value in view.items() if value}


def _dimension(table: Table, column: Column) -> Json:
    dimension: Json = {
        "name": column.name,
        "type": TYPES[column.kind],
        "description": column.description,
        "sql": f"${{TABLE}}.{column.name}",
    }
    if column.name == table.key:
        dimension["primary_key"] = "yes"
    if table.is_identifier(column):
        dimension["hidden"] = "yes"
    return dimension


def _times(column: Column) -> Json:
    is_date = column.kind == "date"
    return {
        "name": column.name,
        "type": "time",
        "timeframes": DAYS if is_date else TIMES,
        # All times are UTC, and days are days of UTC.
        "convert_tz": "no",
        "datatype": "date" if is_date else "datetime",
        "description": column.description,
        "sql": f"${{TABLE}}.{column.name}",
    }


def _closing_rows(table: Table, shown: list[Column]) -> str:
    """Return the query of a view with balances: its rows, and which are of a closing day."""
    time = table.time_column
    assert time
    selected = "".join(
        f"\n          {{% if {table.name}.{time}_{grain}._is_selected %}}, "
        f"{sql.format(column=time)}{{% endif %}}"
        for grain, sql in GRAINS.items()
    )
    filtered = "\n        and ".join(
        f"{{% condition {table.name}.{field} %}} {column} {{% endcondition %}}"
        for field, column in _filters(table, shown)
    )
    return (
        f"\n      select"
        f"\n        *,"
        f"\n        {time} = max({time}) over ("
        f"\n          partition by 1{selected}"
        f"\n        ) as is_closing"
        f"\n      from @{{schema}}.{table.name}"
        f"\n      where"
        f"\n        {filtered}"
    )


def _filters(table: Table, shown: list[Column]) -> list[tuple[str, str]]:
    """Return the fields by which a view can be filtered, with their columns."""
    fields: list[tuple[str, str]] = []
    for column in shown:
        if column.name == table.time_column:
            fields += [(f"{column.name}_{grain}", column.name) for grain in GRAINS]
        elif column.kind in ("text", "boolean") and column.name != table.key:
            fields.append((column.name, column.name))
    return fields


def _measure(metric: Metric) -> Json:
    shown = {
        "name": metric.name,
        "label": metric.label,
        "description": metric.description,
        "value_format": FORMATS[format_of(metric)],
    }
    if metric.ratio:
        above, below = metric.ratio
        sql = f"${{{above}}}::float / nullif(${{{below}}}, 0)"
        return {**shown, "type": "number", "sql": sql}
    assert metric.measure
    return {**shown, **_aggregate(metric.measure)}


def _aggregate(measure: Measure) -> Json:
    """Return type and SQL of a measure.

    ``count_distinct`` takes the value as it is; Looker's ``count`` takes none, so that values
    are counted by adding up ones.
    """
    value = row_value(measure, lambda column: f"${{TABLE}}.{column}")
    kind = measure.aggregation
    if kind == "count":
        kind, value = "sum", f"case when {value} is not null then 1 else 0 end"
    if measure.closing_on:
        value = f"case when ${{TABLE}}.is_closing then {value} end"
    return {"type": "sum" if kind == "sum_boolean" else kind, "sql": value}
