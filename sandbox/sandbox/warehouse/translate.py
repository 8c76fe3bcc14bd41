"""From Snowflake's SQL to DuckDB's: fakesnow's transforms, and what they lack."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import sqlglot
from fakesnow.transforms import transforms as fakesnow_transforms
from sqlglot import exp
from sqlglot.errors import ParseError, TokenError

from sandbox.warehouse import names
from sandbox.warehouse.errors import SnowflakeFault, syntax

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sandbox.warehouse.session import Session

logging.getLogger("sqlglot").setLevel(logging.ERROR)

_TEXT_TYPES = (exp.DataType.Type.VARCHAR, exp.DataType.Type.TEXT, exp.DataType.Type.NVARCHAR)
_TYPE_TRANSFORMS = (
    fakesnow_transforms.semi_structured_types,
    fakesnow_transforms.timestamp_ntz,
    fakesnow_transforms.float_to_double,
    fakesnow_transforms.integer_precision,
)
_DIVISION_BY_ZERO = "Division by zero"


def parse(sql: str) -> exp.Expression:
    """Read one Snowflake statement.

    Raises:
        SnowflakeFault: for text that is not SQL, for none and for several statements.
    """
    try:
        found = [
            statement
            for statement in sqlglot.parse(sql, read="snowflake")
            if statement is not None and not isinstance(statement, exp.Semicolon)
        ]
    except (ParseError, TokenError) as error:
        raise syntax(_syntax_text(error)) from error
    if not found:
        raise SnowflakeFault(900, "42601", "SQL compilation error:\nEmpty SQL statement.")
    if len(found) > 1:
        raise SnowflakeFault(
            8,
            "0A000",
            f"Actual statement count {len(found)} did not match the desired statement count 1.",
        )
    return found[0]


def tokens(text: str) -> list[sqlglot.Token]:
    """Return the tokens of Snowflake text, for the statements sqlglot has no grammar for."""
    return list(sqlglot.tokenize(text, read="snowflake"))


def words(command: exp.Command) -> list[str]:
    """Return the upper-case words of a command, its verb first."""
    body = command.expression
    text = body.name if isinstance(body, exp.Expression) else str(body or "")
    return [str(command.this).upper(), *(token.text.upper() for token in tokens(text))]


def body_tokens(command: exp.Command) -> list[sqlglot.Token]:
    """Return the tokens after a command's verb."""
    body = command.expression
    return tokens(body.name if isinstance(body, exp.Expression) else str(body or ""))


def to_duckdb(session: Session, expression: exp.Expression, values: Any = None) -> str:
    """Return the DuckDB text of a statement whose tables are qualified already.

    Args:
        session: Whose current schema, role and settings count.
        expression: Snowflake's statement; used up.
        values: Values of its placeholders.
    """
    prepared = _prepare(session, expression)
    translated = session.translator()._transform(prepared, values)  # noqa: SLF001
    return str(_finish(translated).sql(dialect="duckdb", comments=False, identify=True))


def duck_type(kind: exp.DataType) -> str:
    """Return the DuckDB type that plays a Snowflake type."""
    translated: exp.Expression = kind.copy()
    for transform in _TYPE_TRANSFORMS:
        translated = translated.transform(transform)
    return str(translated.sql(dialect="duckdb"))


def text_length(kind: exp.DataType | None) -> int | None:
    """Return the length of a text type; ``None`` where it is not limited."""
    if kind is None or kind.this not in (*_TEXT_TYPES, exp.DataType.Type.CHAR):
        return None
    if kind.expressions and kind.expressions[0].name.isdecimal():
        return int(kind.expressions[0].name)
    return 1 if kind.this == exp.DataType.Type.CHAR else None


def _prepare(session: Session, expression: exp.Expression) -> exp.Expression:
    constants: dict[type[exp.Expression], str | None] = {
        exp.CurrentRole: session.role,
        exp.CurrentWarehouse: session.warehouse,
        exp.CurrentUser: session.user,
        exp.CurrentAccount: "SANDBOX",
        exp.CurrentRegion: "LOCAL",
        exp.CurrentDatabase: session.database,
        exp.CurrentSchema: session.schema,
        exp.CurrentSession: str(id(session)),
    }

    def replace(node: exp.Expression) -> exp.Expression:
        if type(node) in constants:
            return _named(node, _constant(constants[type(node)]))
        if isinstance(node, exp.HashAgg):
            return _named(node, _hash_agg(node))
        if isinstance(node, exp.Anonymous) and str(node.this).lower() == (
            "system$cancel_all_queries"
        ):
            return exp.Literal.string("0 statements cancelled.")
        return node

    return expression.transform(replace, copy=False)


def _constant(value: str | None) -> exp.Expression:
    return exp.null() if value is None else exp.Literal.string(value)


def _named(old: exp.Expression, new: exp.Expression) -> exp.Expression:
    if isinstance(old.parent, exp.Select) and old.arg_key == "expressions":
        return exp.alias_(new, old.sql(dialect="snowflake").upper(), quoted=True)
    return new


def _hash_agg(node: exp.HashAgg) -> exp.Expression:
    arguments = [node.this, *node.expressions]
    texts = [
        "*columns(*)" if isinstance(argument, exp.Star) else argument.sql(dialect="duckdb")
        for argument in arguments
    ]
    total = f"sum(hash({', '.join(texts)})::hugeint)"
    return sqlglot.parse_one(
        f"coalesce(({total} % 18446744073709551616 - 9223372036854775808)::bigint, 0)",
        read="duckdb",
    )


def _finish(expression: exp.Expression) -> exp.Expression:
    def replace(node: exp.Expression) -> exp.Expression:
        if isinstance(node, exp.Cast) and node.to.this in _TEXT_TYPES:
            return _as_text(node)
        if isinstance(node, (exp.EQ, exp.NEQ, exp.In, exp.Like, exp.ILike)):
            _compare_as_text(node)
        if isinstance(node, exp.Div):
            _guard_division(node)
        return node

    return expression.transform(replace, copy=False)


def _as_text(node: exp.Cast) -> exp.Expression:
    inner = node.this.unnest()
    if isinstance(inner, (exp.Literal, exp.JSONExtractScalar, exp.Null, exp.Cast)):
        return node
    call = exp.Anonymous(this=f"{_SCHEMA}._text", expressions=[node.this])
    if isinstance(node, exp.TryCast):
        return exp.TryCast(this=call, to=node.to)
    return call


_SCHEMA = "memory.main"


def _compare_as_text(node: exp.Expression) -> None:
    operand = node.this.unnest()
    others = node.expressions if isinstance(node, exp.In) else [node.expression]
    strings = [other for other in others if isinstance(other, exp.Literal) and other.is_string]
    if isinstance(operand, exp.JSONExtract) and strings:
        operand.replace(
            exp.JSONExtractScalar(this=operand.this, expression=operand.expression)
        )


def _guard_division(node: exp.Div) -> None:
    divisor = node.expression
    plain = divisor.unnest()
    if isinstance(plain, exp.Nullif) or (isinstance(plain, exp.Literal) and plain.name.strip("0.")):
        return
    guarded = exp.Case(
        ifs=[
            exp.If(
                this=exp.EQ(this=exp.paren(divisor.copy()), expression=exp.Literal.number(0)),
                true=exp.Anonymous(
                    this="error", expressions=[exp.Literal.string(_DIVISION_BY_ZERO)]
                ),
            )
        ],
        default=divisor.copy(),
    )
    node.set("expression", exp.paren(guarded, copy=False))


def _syntax_text(error: Exception) -> str:
    if isinstance(error, ParseError) and error.errors:
        found = error.errors[0]
        return (
            f"syntax error line {found.get('line')} at position {found.get('col')} unexpected "
            f"'{found.get('highlight')}'."
        )
    return f"parse error: {str(error).splitlines()[0]}"


def fold_and_qualify(session: Session, expression: exp.Expression, command: str) -> None:
    """Fold identifiers and complete table names; see the module ``names``."""
    names.fold(expression, ignore_quotes=session.ignores_quotes)
    names.qualify(session, expression, command)
