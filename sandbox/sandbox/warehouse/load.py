"""Reading staged files: ``$1:path::TYPE`` over gzipped JSON lines or Parquet.

Each path of a query over a stage becomes a column of a temporary table that the staged files are
read into, with the casts done there; what remains is a query over that table. Its row ids are the
rows' places in the files: a row number would have to be counted by one thread.

Times in JSON are best parsed by DuckDB's reader, which knows the forms that are usual and fails at
others, such as seconds since 1970. `expand` does so if it may: a transaction cannot go on after it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import duckdb
from sqlglot import exp

from sandbox.warehouse import formats, names, stage
from sandbox.warehouse.errors import SnowflakeFault, unsupported
from sandbox.warehouse.translate import duck_type, text_length

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from sandbox.warehouse.session import Session

_Type = exp.DataType.Type
_SEMI_STRUCTURED = (_Type.VARIANT, _Type.OBJECT, _Type.ARRAY, _Type.JSON)
_TEXT = (_Type.VARCHAR, _Type.TEXT, _Type.CHAR)
_TIMESTAMPS = (_Type.TIMESTAMP, _Type.TIMESTAMPNTZ)
_SEQUENCE = "rowid"
_TABLE = "temp.main._STAGE_{}"


class UnusualTimeError(Exception):
    """A time in a staged file has to be read as text first."""


def find(expression: exp.Expr) -> list[exp.Table]:
    """Return the places where a statement reads from a stage."""
    return [table for table in expression.find_all(exp.Table) if is_stage(table)]


def is_stage(table: exp.Table) -> bool:
    """Tell whether a table expression is a stage's location."""
    return isinstance(table.this, (exp.Literal, exp.Var)) and (
        table.this.name.strip("'").startswith("@")
    )


def expand(
    session: Session,
    expression: exp.Expr,
    *,
    file_format: exp.Expr | None = None,
    only: Sequence[Path] | None = None,
    are_times_usual: bool = False,
) -> list[str]:
    """Replace all reads from a stage by reads of tables that hold what is asked of its files.

    Args:
        session: Whose stage it is.
        expression: Changed in place; its identifiers are folded already.
        file_format: Format named outside of the query, as COPY does.
        only: The files to read instead of all under the location.
        are_times_usual: Whether to try so.

    Returns:
        The tables, for `forget`.

    Raises:
        UnusualTimeError: if they are not; the transaction is then to be rolled back.
        SnowflakeFault: for another stage than the user's, or an unknown format.
    """
    made = []
    for number, table in enumerate(find(expression)):
        select = table.find_ancestor(exp.Select)
        if select is None or select.args.get("joins"):
            raise unsupported(feature="joins with a stage")
        if table.args.get("pattern") is not None:
            raise unsupported(feature="PATTERN of a stage")
        kind = formats.kind_of(session, table.args.get("format") or file_format)
        found = list(only) if only is not None else stage.files(session, table.this.name)
        reader: _Reader = (
            _Parquet(session, found)
            if kind == "PARQUET"
            else _Json(found, are_times_usual=are_times_usual)
        )
        columns = _take_columns(select, reader)
        held = _TABLE.format(number)
        source = reader.source(columns or ["true"])
        try:
            session.duck.execute(f"create or replace temporary table {held} as {source}")
        except (duckdb.ConversionException, duckdb.InvalidInputException) as error:
            if are_times_usual:
                raise UnusualTimeError from error
            raise
        reader.correct(session, held, columns)
        table.replace(exp.to_table(held, dialect="duckdb"))
        made.append(held)
    return made


def forget(session: Session, made: Sequence[str]) -> None:
    """Drop the tables that `expand` made."""
    for table in made:
        session.duck.execute(f"drop table {table}")


def _time(text: str) -> str:
    return f"coalesce(try_cast({text} as timestamp), memory.main._fs_to_timestamp({text}, 0))"


_READ_AS = {"text": "VARCHAR", "time": "TIMESTAMP", "value": "JSON"}
"""Ways to read a field, with the type that DuckDB's reader is given."""
_OF_LINE = {
    "text": "json_extract_string(json, {0})",
    "time": _time("json_extract_string(json, {0})"),
    "value": "json_extract(json, {0})",
}
"""The same, of a line that is read as a whole."""


class _Reader(Protocol):
    def text(self, path: Sequence[str]) -> str: ...

    def time(self, path: Sequence[str]) -> str: ...

    def value(self, path: Sequence[str]) -> str: ...

    def row(self) -> str: ...

    def source(self, columns: Sequence[str]) -> str: ...

    def correct(self, session: Session, table: str, columns: Sequence[str]) -> None: ...


class _Json:
    """Files of one JSON value per line.

    Their objects are read field by field, which parses each line once, unless the line itself is
    asked for, or a field in two ways (text, time, value), or two fields that differ in case only.
    """

    def __init__(self, files: Sequence[Path], *, are_times_usual: bool) -> None:
        self._files = files
        self._asked: dict[str, list[str]] = {way: [] for way in _READ_AS}
        self._whole = False
        self._are_times_usual = are_times_usual

    def text(self, path: Sequence[str]) -> str:
        if len(path) > 1:
            return f"json_extract_string({self.value(path[:1])}, {_within(path)})"
        return self._name("text", path[0])

    def time(self, path: Sequence[str]) -> str:
        if len(path) > 1 or not self._are_times_usual:
            return _time(self.text(path))
        return self._name("time", path[0])

    def value(self, path: Sequence[str]) -> str:
        if len(path) > 1:
            return f"json_extract({self.value(path[:1])}, {_within(path)})"
        return self._name("value", path[0])

    def row(self) -> str:
        self._whole = True
        return "json"

    def source(self, columns: Sequence[str]) -> str:
        return f"select {', '.join(columns)} from ({self._fields()})"

    def correct(self, session: Session, table: str, columns: Sequence[str]) -> None:
        """Tell the value null from a field that is not there; field by field, both are read so."""
        if not self._by_field:
            return
        plain = {self._name("value", key): key for key in self._asked["value"]}
        for column in columns:
            read, _, name = column.partition(" as ")
            if read not in plain:
                continue
            if not session.query(f"select 1 from {table} where {name} is null limit 1"):
                continue
            pointer = names.literal(_pointer([plain[read]]))
            session.duck.execute(
                # Row ids begin at 0, and in a transaction at some large number.
                f"update {table} set {name} = 'null' where rowid - "
                f"(select min(rowid) from {table}) in (select place from ("
                f"select row_number() over () - 1 as place, json_type(json, {pointer}) as kind "
                f"from {self._lines()}) where kind = 'NULL')"
            )

    @property
    def _by_field(self) -> bool:
        known = [key.lower() for keys in self._asked.values() for key in keys]
        return bool(self._files) and not self._whole and 0 < len(known) == len(set(known))

    def _lines(self) -> str:
        return f"read_json_objects({_list(self._files)}, format = 'newline_delimited')"

    def _name(self, way: str, key: str) -> str:
        """Return the name of a field that is read in one of the ways of `_READ_AS`."""
        keys = self._asked[way]
        if key not in keys:
            keys.append(key)
        return f"{way}{keys.index(key)}"

    def _fields(self) -> str:
        asked = [(way, key) for way, keys in self._asked.items() for key in keys]
        if self._by_field:
            declared = ", ".join(f"{names.quoted(key)}: '{_READ_AS[way]}'" for way, key in asked)
            fields = [f"{names.quoted(key)} as {self._name(way, key)}" for way, key in asked]
            return (
                f"select {', '.join(fields)} from read_json({_list(self._files)}, "
                f"format = 'newline_delimited', columns = {{{declared}}})"
            )
        fields = [
            f"{_OF_LINE[way].format(names.literal(_pointer([key])))} as {self._name(way, key)}"
            for way, key in asked
        ]
        rows = self._lines() if self._files else "(select null::json as json where false)"
        return f"select {', '.join(['json', *fields])} from {rows}"


class _Parquet:
    """Files of typed columns; a nested path goes into the column's JSON."""

    def __init__(self, session: Session, files: Sequence[Path]) -> None:
        self._files = files
        self._columns: set[str] = set()
        if files:
            described = session.query(f"describe select * from {self._rows()}")
            self._columns = {column for column, *_ in described}

    def _rows(self) -> str:
        return f"read_parquet({_list(self._files)}, union_by_name = true)"

    def text(self, path: Sequence[str]) -> str:
        if path[0] not in self._columns:
            return "null"
        column = f"file_row.{names.quoted(path[0])}"
        if len(path) == 1:
            return column
        pointer = names.literal(_pointer(path[1:]))
        return f"json_extract_string(to_json({column}), {pointer})"

    def time(self, path: Sequence[str]) -> str:
        return _time(self.text(path))

    def value(self, path: Sequence[str]) -> str:
        if path[0] not in self._columns:
            return "null::json"
        whole = f"to_json(file_row.{names.quoted(path[0])})"
        if len(path) == 1:
            return whole
        return f"json_extract({whole}, {names.literal(_pointer(path[1:]))})"

    def row(self) -> str:
        return "to_json(file_row)"

    def source(self, columns: Sequence[str]) -> str:
        rows = self._rows() if self._files else "(select 1 as nothing where false)"
        return f"select {', '.join(columns)} from {rows} as file_row"

    def correct(self, session: Session, table: str, columns: Sequence[str]) -> None:
        """Do nothing: there is nothing to correct."""


def _take_columns(select: exp.Select, reader: _Reader) -> list[str]:
    columns: list[str] = []

    def take(node: exp.Expr, sql: str) -> None:
        name = f"_S{len(columns)}"
        columns.append(f"{sql} as {name}")
        node.replace(exp.column(name))

    for cast in list(select.find_all(exp.Cast)):
        inner = cast.this.unnest()
        if isinstance(inner, exp.JSONExtract) and _is_row(inner.this):
            take(cast, _typed(reader, _path(inner), cast))
    for path in list(select.find_all(exp.JSONExtract)):
        if _is_row(path.this):
            take(path, reader.value(_path(path)))
    for parameter in list(select.find_all(exp.Parameter)):
        if not _is_row(parameter):
            raise SnowflakeFault(
                2079, "42601", "SQL compilation error:\nJSON and Parquet files have one column, $1."
            )
        take(parameter, reader.row())
    for sequence in list(select.find_all(exp.Seq4, exp.Seq8)):
        sequence.replace(exp.column(_SEQUENCE))
    return columns


def _typed(reader: _Reader, path: Sequence[str], cast: exp.Cast) -> str:
    kind = cast.to
    verb = "try_cast" if isinstance(cast, exp.TryCast) else "cast"
    if kind.this in _SEMI_STRUCTURED:
        return reader.value(path)
    if kind.this in _TIMESTAMPS:
        return reader.time(path)
    text = reader.text(path)
    if kind.this in _TEXT:
        length = text_length(kind)
        plain = f"cast({text} as varchar)"
        return plain if length is None else f"left({plain}, {length})"
    if kind.this == _Type.DATE:
        return f"coalesce(try_cast({text} as date), cast({verb}({text} as timestamp) as date))"
    return f"{verb}({text} as {duck_type(kind)})"


def _is_row(node: exp.Expr | None) -> bool:
    return isinstance(node, exp.Parameter) and node.name == "1"


def _path(node: exp.JSONExtract) -> list[str]:
    return [
        str(part.this)
        for part in node.expression.expressions
        if isinstance(part, (exp.JSONPathKey, exp.JSONPathSubscript))
    ]


def _pointer(path: Sequence[str]) -> str:
    return "".join("/" + part.replace("~", "~0").replace("/", "~1") for part in path)


def _within(path: Sequence[str]) -> str:
    return names.literal(_pointer(path[1:]))


def _list(files: Sequence[Path]) -> str:
    return "[" + ", ".join(names.literal(str(file)) for file in files) + "]"
