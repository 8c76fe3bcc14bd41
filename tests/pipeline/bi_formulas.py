"""Says in SQL what the formulas in the artefacts for BI tools mean, so that they can be asked.

None of the tools runs here. Each reader below takes the committed file and writes, for every table
with metrics, the query by quarter that the tool's own documentation leads to. It shares no code
with the generator that wrote the file.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import bi_artefacts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Json = dict[str, Any]
Answers = dict[str, dict[str, float]]
"""Value by quarter, by name of the metric; quarters without a value are not in it."""

SCHEMA = "analytics.streaming"
GRAIN = "quarter"
TIMES = {
    "binge_runs": "started_on",
    "churn_reasons": "month_starts_on",
    "daily_active_users": "active_on",
    "fct_plays": "started_on",
    "fct_viewing_sessions": "started_on",
    "monthly_churn": "month_starts_on",
    "monthly_recurring_revenue": "month_starts_on",
    "retention_cohorts": "cohort_month",
}


@dataclass(frozen=True)
class Question:
    """Metrics of one table.

    Attributes:
        table: The mart.
        rows: What is asked, as it stands behind ``from``.
        metrics: SQL aggregates by name.
    """

    table: str
    rows: str
    metrics: dict[str, str]

    @property
    def sql(self) -> str:
        """The query: a quarter, and a column for each metric."""
        answers = ", ".join(self.metrics.values())
        quarter = f"to_char({period(TIMES[self.table])}, 'YYYY-MM-DD')"
        return f"select {quarter}, {answers} from {self.rows} group by 1"


def period(column: str) -> str:
    """Return the SQL of the quarter that a day is in."""
    return f"date_trunc('{GRAIN}', {column})"


def ask(query: Callable[[str], tuple[Any, list[Any]]], questions: Iterator[Question]) -> Answers:
    """Return what a warehouse answers."""
    answers: Answers = {}
    for question in questions:
        _, rows = query(question.sql)
        for number, name in enumerate(question.metrics, 1):
            answers[name] = {row[0]: float(row[number]) for row in rows if row[number] is not None}
    return answers


def divided(above: dict[str, float], below: dict[str, float]) -> dict[str, float]:
    """Return a ratio by quarter; without a value where the divisor is none or 0."""
    return {key: value / below[key] for key, value in above.items() if below.get(key)}


def looker(views: dict[str, Json]) -> Iterator[Question]:
    """Yield what Looker asks when the quarter and all measures of an explore are selected."""
    for name, view in views.items():
        measures = {measure["name"]: measure for measure in view.get("measures", [])}
        if measures:
            metrics = {each: _looker_measure(measures, each) for each in measures}
            selected = {f"{name}.{TIMES[name]}_{GRAIN}"}
            yield Question(name, f"{looker_rows(view, selected)} as {name}", metrics)


def _looker_measure(measures: dict[str, Json], name: str) -> str:
    measure = measures[name]
    sql = measure["sql"].replace("${TABLE}.", "")
    if measure["type"] == "number":
        return re.sub(r"\$\{(\w+)\}", lambda part: f"({_looker_measure(measures, part[1])})", sql)
    function = {"sum": "sum({})", "average": "avg({})", "count_distinct": "count(distinct {})"}
    return function[measure["type"]].format(sql)


def looker_rows(view: Json, selected: set[str], filters: dict[str, str] | None = None) -> str:
    """Return what stands behind ``from`` when Looker asks a view.

    Args:
        view: The view.
        selected: The fields that are selected.
        filters: Conditions by field; ``{}`` stands for the column.
    """
    if "sql_table_name" in view:
        return str(view["sql_table_name"]).replace("@{schema}", SCHEMA)
    sql = re.sub(
        r"\{% if (\S+)\._is_selected %\}(.+?)\{% endif %\}",
        lambda part: part[2] if part[1] in selected else "",
        view["derived_table"]["sql"],
    )
    sql = re.sub(
        r"\{% condition (\S+) %\} (\w+) \{% endcondition %\}",
        lambda part: (filters or {}).get(part[1], "1 = 1").format(part[2]),
        sql,
    )
    assert "{%" not in sql
    return f"({sql.replace('@{schema}', SCHEMA)})"


def tableau(sources: dict[str, dict[str, str]]) -> Iterator[Question]:
    """Yield what a sheet by [Period] shows when the parameter Period is at quarter."""
    for table, formulas in sources.items():
        rows = f"{SCHEMA}.{table}"
        if "Period" in formulas:
            (quarter,) = re.findall(rf'WHEN "{GRAIN}" THEN (.+?) WHEN', formulas["Period"])
            assert quarter == f'DATE(DATETRUNC("{GRAIN}", [{TIMES[table]}]))'
            closing = re.sub(
                r"\{FIXED \[Period\] : (.+)\}",
                rf"\1 over (partition by {period(TIMES[table])})",
                formulas["Is closing"],
            )
            columns = f"{period(TIMES[table])} as period_start, {_tableau(closing, {})}"
            rows = f"(select *, {columns} as is_closing from {rows}) as closing_rows"
        metrics = {
            name.removeprefix("Metric "): _tableau(formula, formulas)
            for name, formula in formulas.items()
            if name.startswith("Metric ")
        }
        yield Question(table, rows, metrics)


def _tableau(formula: str, formulas: dict[str, str]) -> str:
    ratio = re.fullmatch(r"\[(Metric \w+)\] / \[(Metric \w+)\]", formula)
    if ratio:
        above, below = (_tableau(formulas[name], formulas) for name in ratio.groups())
        return f"({above})::float / nullif({below}, 0)"
    for said, meant in (
        (r'"(\w+)"', r"'\1'"),
        (r"\[Is closing\]", "is_closing"),
        (r"\[Period\]", "period_start"),
        # Tableau divides integers as numbers; DIV would cut.
        (r"\[(\w+)\] /", r"\1::float /"),
        (r"\[(\w+)\]", r"\1"),
        (r"\bCOUNTD\(", "count(distinct "),
        (r"\bIF\b", "case when"),
    ):
        formula = re.sub(said, meant, formula)
    return formula


def power_bi(tables: dict[str, dict[str, str]]) -> Iterator[Question]:
    """Yield what a visual by quarter shows; ratios, which may span tables, are left out."""
    for table, measures in tables.items():
        simple = {name: dax for name, dax in measures.items() if not dax.startswith("DIVIDE(")}
        if simple:
            time = TIMES[table]
            closing = f"max({time}) over (partition by {period(time)}) as closing"
            rows = f"(select *, {closing} from {SCHEMA}.{table}) as {table}"
            yield Question(table, rows, {name: _dax(dax, table) for name, dax in simple.items()})


def power_bi_ratios(tables: dict[str, dict[str, str]], answers: Answers) -> Answers:
    """Return the ratios, from the measures that they divide."""
    found = [
        (name, re.fullmatch(r"DIVIDE\(\[(.+)\], \[(.+)\]\)\n", dax))
        for measures in tables.values()
        for name, dax in measures.items()
        if dax.startswith("DIVIDE(")
    ]
    return {name: divided(answers[part[1]], answers[part[2]]) for name, part in found if part}


def _dax(dax: str, table: str, condition: str = "") -> str:
    closing = re.fullmatch(r"VAR Closing = MAX\((\w+\[\w+\])\)\nRETURN (.+)\n?", dax)
    if closing:
        assert closing[1] == f"{table}[{TIMES[table]}]"
        return _dax(closing[2].replace("= Closing", "= closing"), table)
    calculated = re.fullmatch(r"CALCULATE\((.+), KEEPFILTERS\((.+)\)\)\n?", dax)
    if calculated:
        assert not condition
        return _dax(calculated[1], table, _dax_row(calculated[2], table))
    counted = re.fullmatch(rf"COUNTROWS\(FILTER\({table}, (.+)\)\)\n?", dax)
    if counted:
        assert not condition
        return f"nullif(count_if({_dax_row(counted[1], table)}), 0)"
    taken = re.fullmatch(rf"(\w+)\((?:{table}, )?(.+)\)\n?", dax)
    assert taken, dax
    value = _dax_row(taken[2], table)
    if condition:
        value = f"case when {condition} then {value} end"
    function = {
        "SUM": "sum({})",
        "SUMX": "sum({})",
        "COUNT": "nullif(count({}), 0)",
        "DISTINCTCOUNTNOBLANK": "nullif(count(distinct {}), 0)",
        "AVERAGE": "avg({})",
    }
    return function[taken[1]].format(value)


def _dax_row(expression: str, table: str) -> str:
    return re.sub(rf"{table}\[(\w+)\]", r"\1", expression).replace('"', "'")


def osi(expressions: dict[str, str], data_sets: dict[str, str]) -> Iterator[Question]:
    """Yield the metrics of each data set."""
    for name, table in data_sets.items():
        metrics = {
            metric: sql
            for metric, sql in expressions.items()
            if set(re.findall(r"(\w+)\.\w+", sql)) == {name}
        }
        if metrics:
            yield Question(table, f"{SCHEMA}.{table} as {name}", metrics)


def committed_tableau() -> dict[str, dict[str, str]]:
    """Return the formulas of the committed workbook, by the mart that they are of."""
    return {
        bi_artefacts.tableau_tables(source)[0]: bi_artefacts.tableau_formulas(source)
        for source in bi_artefacts.tableau_sources()
    }


def committed_power_bi() -> dict[str, dict[str, str]]:
    """Return the measures of the committed model, by the mart that they are of."""
    return {
        bi_artefacts.tmdl_source(text): bi_artefacts.tmdl_measures(text)
        for text in bi_artefacts.tmdl_tables().values()
    }


def committed_data_sets() -> dict[str, str]:
    """Return the mart of each data set of the committed OSI document."""
    return {
        data_set["name"]: data_set["source"].rpartition(".")[2].lower()
        for data_set in bi_artefacts.osi_model()["datasets"]
    }
