"""The little SQL that measures are declared with, read once and written for each tool."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlglot
from sqlglot import exp

from bi.errors import BiError

if TYPE_CHECKING:
    from collections.abc import Callable

Expression = Any
"""A parsed expression (sqlglot is not typed)."""

OPERATORS = {exp.Add: "+", exp.Sub: "-", exp.Mul: "*", exp.Div: "/"}
CONDITION = re.compile(r"\{\{ Dimension\('\w+?__(\w+)'\) \}\} = '(\w+)'")


@dataclass(frozen=True)
class Condition:
    """Rows that count: those of one value.

    Attributes:
        column: Its name.
        value: Text that it has to be equal to.
    """

    column: str
    value: str


def parse_expression(sql: str, place: str) -> Expression:
    """Return a measure's expression.

    Args:
        sql: As declared in dbt.
        place: What declares it, for the error.

    Raises:
        BiError: if it is more than columns, numbers and the four operators.
    """
    parsed = sqlglot.parse_one(sql, dialect="snowflake")
    render(parsed, str, place)
    return parsed


def parse_condition(template: str, place: str) -> Condition:
    """Return a metric's filter.

    Args:
        template: As declared in dbt.
        place: What declares it, for the error.

    Raises:
        BiError: if it compares anything but a dimension with a text.
    """
    found = CONDITION.fullmatch(template.strip())
    if not found:
        message = f"{place}: only filters like {{{{ Dimension('a__b') }}}} = 'c' are known"
        raise BiError(message)
    return Condition(found[1], found[2])


def columns_of(expression: Expression) -> set[str]:
    """Return the names of the columns that an expression reads."""
    return {column.name for column in expression.find_all(exp.Column)}


def render(expression: Expression, column: Callable[[str], str], place: str = "") -> str:
    """Return an expression in a tool's own words.

    All of them write numbers and the four operators alike.

    Args:
        expression: What to write.
        column: Writes the name of a column.
        place: What declares it, for the error.

    Raises:
        BiError: if it holds anything else.
    """
    if isinstance(expression, exp.Column):
        return column(expression.name)
    if isinstance(expression, exp.Literal) and not expression.is_string:
        return str(expression.this)
    if isinstance(expression, exp.Paren):
        return f"({render(expression.this, column, place)})"
    operator = OPERATORS.get(type(expression))
    if operator is None:
        message = f"{place}: only columns, numbers and + - * / can be said in every tool"
        raise BiError(message)
    left = render(expression.left, column, place)
    right = render(expression.right, column, place)
    return f"{left} {operator} {right}"
