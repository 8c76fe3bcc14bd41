"""From Snowflake's SQL to DuckDB's: fakesnow's transforms, and what they lack."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import sqlglot
from fakesnow import transforms
from sqlglot import exp
from sqlglot.errors import ParseError, TokenError

from sandbox.warehouse import functions
from sandbox.warehouse.errors import SnowflakeFault, syntax, unsupported

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sandbox.warehouse.session import Session

logging.getLogger("sqlglot").setLevel(logging.ERROR)

_TEXT_TYPES = (exp.DataType.Type.VARCHAR, exp.DataType.Type.TEXT, exp.DataType.Type.NVARCHAR)
_TYPE_TRANSFORMS = (
    transforms.semi_structured_types,
    transforms.timestamp_ntz,
    transforms.float_to_double,
    transforms.integer_precision,
)
# Each with the kinds of nodes that it changes; the others are not shown to it.
_TRANSFORMS = (
    (transforms.current_version, (exp.CurrentVersion,)),
    (transforms.semi_structured_types, (exp.DataType,)),
    (transforms.try_parse_json, (exp.Anonymous,)),
    (transforms.split, (exp.Split,)),
    (transforms.trim_cast_varchar, (exp.Trim,)),
    (transforms.indices_to_json_extract, (exp.Bracket,)),
    (transforms.json_extract_cast_as_varchar, (exp.Cast,)),
    (transforms.json_extract_cased_as_varchar, (exp.Upper, exp.Lower)),
    (transforms.json_extract_precedence, (exp.JSONExtract, exp.JSONExtractScalar)),
    (transforms.regex_replace, (exp.RegexpReplace,)),
    (transforms.regex_substr, (exp.RegexpExtract,)),
    (transforms.sequence_nextval, (exp.Column,)),
    (transforms.values_columns, (exp.Values,)),
    (transforms.to_date, (exp.Anonymous,)),
    (transforms.timestamp_offsets, (exp.Cast,)),
    (transforms.to_decimal, (exp.ToNumber,)),
    (transforms.to_timestamp, (exp.Anonymous, exp.Cast, exp.UnixToTime)),
    (transforms.to_variant, (exp.ToVariant,)),
    (transforms.object_construct, (exp.JSONObject, exp.StarMap, exp.Struct)),
    (transforms.timestamp_ntz, (exp.DataType,)),
    (transforms.float_to_double, (exp.DataType,)),
    (transforms.integer_precision, (exp.DataType,)),
    (transforms.sample, (exp.TableSample,)),
    (transforms.array_size, (exp.ArraySize,)),
    (transforms.random, (exp.Select,)),
    (transforms.array_agg_within_group, (exp.WithinGroup,)),
    (transforms.array_agg, (exp.ArrayAgg, exp.Window)),
    (transforms.object_agg, (exp.ObjectAgg,)),
    (transforms.array_construct_etc, (exp.Array, exp.ArrayConcat, exp.ArrayConstructCompact)),
    (transforms.dateadd_date_cast, (exp.DateAdd,)),
    (transforms.dateadd_string_literal_timestamp_cast, (exp.DateAdd,)),
    (transforms.datediff_string_literal_timestamp_cast, (exp.DateDiff,)),
    (transforms.haversine, (exp.Anonymous,)),
    (transforms.hex_string, (exp.HexString,)),
    (transforms.sha256, (exp.Anonymous, exp.SHA2, exp.SHA2Digest)),
    (transforms.alias_in_join, (exp.Select,)),
    (transforms.alias_in_where, (exp.Select,)),
)
_TIMESTAMPS = (exp.DataType.Type.TIMESTAMP, exp.DataType.Type.TIMESTAMPNTZ)


def parse(sql: str) -> exp.Expr:
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
        raise syntax(message=_syntax_text(error)) from error
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
    text = body.name if isinstance(body, exp.Expr) else str(body or "")
    return [str(command.this).upper(), *(token.text.upper() for token in tokens(text))]


def body_tokens(command: exp.Command) -> list[sqlglot.Token]:
    """Return the tokens after a command's verb."""
    body = command.expression
    return tokens(body.name if isinstance(body, exp.Expr) else str(body or ""))


def to_duckdb(session: Session, expression: exp.Expr) -> str:
    """Return the DuckDB text of a statement whose tables are qualified already.

    Args:
        session: Whose current schema, role and settings count.
        expression: Snowflake's statement; used up.
    """
    translated = _each(expression, _nodes(expression), lambda node: _prepare(session, node))
    nodes = _nodes(translated)
    for transform, kinds in _TRANSFORMS:
        changing = [node for node in nodes if isinstance(node, kinds)]
        if changing:
            translated = _each(translated, changing, transform)
            nodes = _nodes(translated)
    translated = _each(translated, nodes, _finish)
    return str(translated.sql(dialect="duckdb", comments=False, identify=True, copy=False))


def _nodes(expression: exp.Expr) -> list[exp.Expr]:
    """List an expression with all that is in it, outer nodes first: a quicker ``walk()``."""
    found = [expression]
    for node in found:
        for value in node.args.values():
            if isinstance(value, exp.Expr):
                found.append(value)
            elif isinstance(value, list):
                found.extend(item for item in value if isinstance(item, exp.Expr))
    return found


def _each(
    expression: exp.Expr, nodes: Sequence[exp.Expr], change: Callable[[exp.Expr], exp.Expr]
) -> exp.Expr:
    """Apply a change to some nodes, the inner ones first, so that none of them escapes it."""
    for node in reversed(nodes):
        parent, key, index = node.parent, node.arg_key, node.index
        changed = change(node)
        if changed is node:
            continue
        if parent is None:
            expression = changed
        else:
            parent.set(str(key), changed, index)
    return expression


def duck_type(kind: exp.DataType) -> str:
    """Return the DuckDB type that plays a Snowflake type."""
    translated: exp.Expr = kind.copy()
    for transform in _TYPE_TRANSFORMS:
        translated = translated.transform(transform)
    return str(translated.sql(dialect="duckdb"))


def text(node: exp.Expr) -> str:
    """Return the DuckDB text of an expression that needs no translation."""
    return str(node.sql(dialect="duckdb", comments=False, identify=True))


def text_length(kind: exp.DataType | None) -> int | None:
    """Return the length of a text type; ``None`` where it is not limited."""
    if kind is None or kind.this not in (*_TEXT_TYPES, exp.DataType.Type.CHAR):
        return None
    if kind.expressions and kind.expressions[0].name.isdecimal():
        return int(kind.expressions[0].name)
    return 1 if kind.this == exp.DataType.Type.CHAR else None


def _prepare(session: Session, node: exp.Expr) -> exp.Expr:
    kind = type(node)
    if kind in _SESSION_FACTS:
        return _constant(_SESSION_FACTS[kind](session))
    if kind in _REWRITES:
        return _REWRITES[kind](node)
    if isinstance(node, exp.Anonymous):
        return _anonymous(session, node)
    if isinstance(node, exp.Ordered) and _is_all(node.this):
        node.set("this", exp.var("ALL"))
    return node


def _cast(node: exp.Cast) -> exp.Expr:
    if isinstance(node.this, exp.Null):
        return exp.Cast(this=node.this, to=node.to)
    if node.to.this == exp.DataType.Type.VARIANT:
        return _as_variant(node)
    if isinstance(node, exp.TryCast) and node.to.this in _TIMESTAMPS:
        return _call(functions.TRY_TIMESTAMP, node.this)
    return node


def _parameter(node: exp.Parameter) -> exp.Expr:
    return exp.column(f"COLUMN{node.name}", quoted=True) if node.name.isdecimal() else node


def _call(function: str, *arguments: exp.Expr) -> exp.Expr:
    return exp.Anonymous(this=function, expressions=list(arguments))


def _is_all(node: exp.Expr | None) -> bool:
    return (
        isinstance(node, exp.Column)
        and not node.table
        and isinstance(node.this, exp.Identifier)
        and not node.this.quoted
        and node.name == "ALL"
    )


def _anonymous(session: Session, node: exp.Anonymous) -> exp.Expr:
    name = str(node.this).upper()
    if name == "SYSTEM$CANCEL_ALL_QUERIES":
        return exp.Literal.string("0 statements cancelled.")
    if name == "LAST_QUERY_ID":
        return _constant(next(reversed(session.results), None))
    return node


def _flatten(node: exp.Expr) -> exp.Expr:
    explode = node.this
    if not isinstance(explode, exp.Explode):
        return node
    options: dict[str, exp.Expr] = {}
    for option in (explode.this, *explode.expressions):
        if isinstance(option, exp.Kwarg):
            options[option.this.name.upper()] = option.expression
        else:
            options.setdefault("INPUT", option)
    for option in ("RECURSIVE", "MODE", "PATH"):
        if option in options and options[option].sql().upper() not in ("FALSE", "'BOTH'", "''"):
            raise unsupported(feature=f"FLATTEN with {option}")
    outer = options.get("OUTER", exp.false())
    return exp.Table(
        this=_call(functions.FLATTEN, options["INPUT"], outer), alias=node.args.get("alias")
    )


def _as_variant(node: exp.Cast) -> exp.Expr:
    if isinstance(node.this.unnest(), (exp.Null, exp.JSONExtract, exp.ParseJSON)):
        return node
    return exp.Anonymous(this="to_json", expressions=[node.this])


def name_columns(select: exp.Expr) -> None:
    """Name the columns that have no name as Snowflake does: by their text in upper case."""
    if not isinstance(select, exp.Select):
        return
    for column in select.expressions:
        if not isinstance(column, (exp.Alias, exp.Column, exp.Star, exp.Dot)):
            text = column.sql(dialect="snowflake", comments=False)
            column.replace(exp.alias_(column.copy(), text.upper(), quoted=True))


def _constant(value: str | None) -> exp.Expr:
    return exp.null() if value is None else exp.Literal.string(value)


def _hash_agg(node: exp.HashAgg) -> exp.Expr:
    arguments = [node.this, *node.expressions]
    texts = [
        "*columns(*)" if isinstance(argument, exp.Star) else text(argument)
        for argument in arguments
    ]
    total = f"sum(hash({', '.join(texts)})::hugeint)"
    return sqlglot.parse_one(
        f"coalesce(({total} % 18446744073709551616 - 9223372036854775808)::bigint, 0)",
        read="duckdb",
    )


def _finish(node: exp.Expr) -> exp.Expr:
    if isinstance(node, exp.Cast) and node.to.this in _TEXT_TYPES:
        return _as_text(node)
    if isinstance(node, (exp.EQ, exp.NEQ, exp.In, exp.Like, exp.ILike)):
        _compare_as_text(node)
    elif isinstance(node, (exp.Concat, exp.DPipe)):
        _concatenate_as_text(node)
    elif isinstance(node, exp.Div):
        _guard_division(node)
    elif (isinstance(node, exp.DateAdd) and _unit(node) in _DAYS) or isinstance(
        node, (exp.DateTrunc, exp.TimestampTrunc)
    ):
        return _call(functions.AS_GIVEN, node.this.copy(), node)
    return node


_DAYS = ("DAY", "WEEK", "MONTH", "QUARTER", "YEAR")


def _unit(node: exp.Expr) -> str:
    unit = node.args.get("unit")
    return unit.name.upper() if unit is not None else ""


def _as_text(node: exp.Cast) -> exp.Expr:
    inner = node.this.unnest()
    if isinstance(inner, (exp.Literal, exp.JSONExtractScalar, exp.Null, exp.Cast)):
        return node
    text = _call(functions.TEXT, node.this)
    return exp.TryCast(this=text, to=node.to) if isinstance(node, exp.TryCast) else text


def _as_scalar(node: exp.Expr) -> None:
    inner = node.unnest()
    if isinstance(inner, exp.JSONExtract):
        inner.replace(exp.JSONExtractScalar(this=inner.this, expression=inner.expression))


def _concatenate_as_text(node: exp.Expr) -> None:
    for part in node.expressions if isinstance(node, exp.Concat) else (node.this, node.expression):
        _as_scalar(part)


def _compare_as_text(node: exp.Expr) -> None:
    others = node.expressions if isinstance(node, exp.In) else [node.expression]
    strings = [other for other in others if isinstance(other, exp.Literal) and other.is_string]
    if strings:
        _as_scalar(node.this)


def _guard_division(node: exp.Div) -> None:
    divisor = node.expression
    plain = divisor.unnest()
    if isinstance(plain, exp.Nullif) or (isinstance(plain, exp.Literal) and plain.name.strip("0.")):
        return
    node.set("expression", _call(functions.DIVISOR, divisor.copy()))


def _syntax_text(error: Exception) -> str:
    if isinstance(error, ParseError) and error.errors:
        found = error.errors[0]
        return (
            f"syntax error line {found.get('line')} at position {found.get('col')} unexpected "
            f"'{found.get('highlight')}'."
        )
    return f"parse error: {str(error).splitlines()[0]}"


_SESSION_FACTS: dict[type[exp.Expr], Callable[[Session], str | None]] = {
    exp.CurrentRole: lambda session: session.role,
    exp.CurrentWarehouse: lambda session: session.warehouse,
    exp.CurrentUser: lambda session: session.user,
    exp.CurrentAccount: lambda _: "SANDBOX",
    exp.CurrentRegion: lambda _: "LOCAL",
    exp.CurrentDatabase: lambda session: session.database,
    exp.CurrentSchema: lambda session: session.schema,
    exp.CurrentSession: lambda session: str(id(session)),
}
_REWRITES: dict[type[exp.Expr], Callable[[Any], exp.Expr]] = {
    exp.Cast: _cast,
    exp.CurrentDate: lambda _: exp.cast(exp.CurrentTimestamp(), exp.DataType.Type.DATE),
    exp.HashAgg: _hash_agg,
    exp.Lateral: _flatten,
    exp.MD5NumberLower64: lambda node: _call(functions.MD5_LOWER, node.this),
    exp.Parameter: _parameter,
    exp.TableFromRows: _flatten,
    exp.TryCast: _cast,
    exp.Typeof: lambda node: _call(functions.TYPE_OF, node.this),
    exp.ArrayContains: lambda node: _call(
        "list_contains", _call(functions.ARRAY, node.this), _call("to_json", node.expression)
    ),
    exp.ArrayPosition: lambda node: exp.Sub(
        this=_call(
            "list_position", _call(functions.ARRAY, node.this), _call("to_json", node.expression)
        ),
        expression=exp.Literal.number(1),
    ),
    exp.ArrayDistinct: lambda node: _call(
        "to_json", _call("list_distinct", _call(functions.ARRAY, node.this))
    ),
    exp.ArrayIntersect: lambda node: _call(
        "to_json",
        _call("list_intersect", *(_call(functions.ARRAY, part) for part in node.expressions)),
    ),
    exp.ArrayOverlaps: lambda node: _call(
        "list_has_any", _call(functions.ARRAY, node.this), _call(functions.ARRAY, node.expression)
    ),
    exp.ArrayToString: lambda node: _call(
        "array_to_string",
        _call("json_extract_string", _call("to_json", node.this), exp.Literal.string("$[*]")),
        node.expression,
    ),
}
