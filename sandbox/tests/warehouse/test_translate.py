"""What is left out of a translation to make it fast changes nothing."""

from __future__ import annotations

import ast
import inspect
import textwrap
from types import SimpleNamespace
from typing import Any

import pytest
from sqlglot import exp

from sandbox.warehouse import translate


def asked_for(transform: Any) -> set[type[exp.Expr]]:
    """Return the kinds of nodes that a transform compares its argument with."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(transform)))
    asked = [
        node.args[1]
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and ast.unparse(node.func) == "isinstance"
        and ast.unparse(node.args[0]) == "expression"
    ]
    names = [name for kinds in asked for name in ast.walk(kinds) if isinstance(name, ast.Attribute)]
    return {getattr(exp, name.attr) for name in names}


@pytest.mark.parametrize("entry", translate._TRANSFORMS, ids=lambda entry: entry[0].__name__)
def test_a_transform_sees_all_it_can_change(entry: Any) -> None:
    transform, kinds = entry
    assert asked_for(transform) == set(kinds)


def test_the_nodes_of_an_expression_are_all_there() -> None:
    expression = translate.parse(
        "with a as (select x, max(y) as z from b where x in (1, 2) group by all) "
        "select a.*, case when z > 1 then 'p' end from a left join c using (x) order by 1"
    )
    assert translate._nodes(expression) == list(expression.walk())


@pytest.mark.parametrize(
    ("snowflake", "duckdb"),
    [
        ("try_cast(null as varchar(10))", "CAST(NULL AS TEXT(10))"),
        ("try_cast(null as date)", "CAST(NULL AS DATE)"),
        ("null::variant", "CAST(NULL AS JSON)"),
        ("null::number(38, 0)", "CAST(NULL AS BIGINT)"),
    ],
)
def test_a_null_of_a_type_is_plain(snowflake: str, duckdb: str) -> None:
    statement = translate.parse(f"select {snowflake} as x")
    assert translate.to_duckdb(SimpleNamespace(), statement) == f'SELECT {duckdb} AS "x"'
