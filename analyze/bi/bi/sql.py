"""Metrics as SQL expressions over the rows of their marts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bi.expressions import render

if TYPE_CHECKING:
    from collections.abc import Callable

    from bi.layer import Measure


def row_value(measure: Measure, column: Callable[[str], str]) -> str:
    """Return the SQL of what a row adds to a measure, its condition included.

    Args:
        measure: What to write; when it closes on a column is not said here.
        column: Writes the name of a column.
    """
    value = render(measure.expression, column)
    if measure.aggregation == "sum_boolean":
        value = f"case when {value} then 1 else 0 end"
    if measure.condition:
        test = f"{column(measure.condition.column)} = '{measure.condition.value}'"
        return f"case when {test} then {value} end"
    return value


def aggregate(measure: Measure, value: str) -> str:
    """Return the SQL that makes one number of the rows' values."""
    return {
        "sum": f"sum({value})",
        "sum_boolean": f"sum({value})",
        "count": f"count({value})",
        "count_distinct": f"count(distinct {value})",
        "average": f"avg({value})",
    }[measure.aggregation]
