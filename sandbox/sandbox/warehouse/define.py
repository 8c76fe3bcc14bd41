"""Statements that define tables and views."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from sqlglot import exp

from sandbox.warehouse import grants, names
from sandbox.warehouse.account import now
from sandbox.warehouse.change import lock_key
from sandbox.warehouse.errors import exists, missing_or_forbidden, unsupported
from sandbox.warehouse.names import Name, literal, quoted
from sandbox.warehouse.results import Result, message
from sandbox.warehouse.translate import text, text_length, to_duckdb

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sandbox.warehouse.session import Session

_KEYS = (
    (exp.PrimaryKeyColumnConstraint, "PRIMARY"),
    (exp.UniqueColumnConstraint, "UNIQUE"),
    (exp.Reference, "IMPORTED"),
)
_COUNTERS = (exp.AutoIncrementColumnConstraint, exp.GeneratedAsIdentityColumnConstraint)
_KEPT_CONSTRAINTS = (
    exp.NotNullColumnConstraint,
    exp.DefaultColumnConstraint,
    *_COUNTERS,
)


def handle(session: Session, expression: exp.Expr) -> Result | None:
    """Run CREATE TABLE and CREATE VIEW; return ``None`` for any other statement."""
    if not isinstance(expression, exp.Create):
        return None
    kind = str(expression.args.get("kind")).upper()
    if kind not in ("TABLE", "VIEW"):
        return None
    properties = expression.args.pop("properties", None) or exp.Properties()
    _refuse(properties, kind)
    names.qualify(session, expression, f"CREATE {kind}")
    table = expression.this.this if isinstance(expression.this, exp.Schema) else expression.this
    name = Name(table.catalog, table.db, table.name)
    if not session.account.has_schema(name.database, name.schema):
        raise missing_or_forbidden(name=f"{name.database}.{name.schema}")
    if properties.find(exp.TemporaryProperty):
        return _create_temporary(session, expression, kind, table, name)
    found = kind_of(session, name)
    if found is not None and expression.args.get("exists"):
        return message(f"{name.name} already exists, statement succeeded.")
    if found is not None and not expression.args.get("replace"):
        raise exists(str(name))
    definition = _Definition(expression, kind)
    with session.writing([lock_key(table)]):
        count = definition.run(session)
        _comment(session, kind, name, properties, definition.comments)
    _record(session, name, definition, keep_grants=bool(properties.find(exp.CopyGrantsProperty)))
    result = message(f"{kind.title()} {name.name} successfully created.")
    if count is not None:
        result.counts = {"inserted": count}
    return result


def kind_of(session: Session, name: Name) -> str | None:
    """Return ``TABLE`` or ``VIEW`` for an object that is there."""
    for kind in ("table", "view"):
        if session.query(
            f"select 1 from duckdb_{kind}s() where database_name = ? and schema_name = ? "
            f"and {kind}_name = ?",
            [name.database, name.schema, name.name],
        ):
            return kind.upper()
    return None


def strip_constraints(column: exp.ColumnDef) -> str | None:
    """Drop from a column what DuckDB must not check; return the column's comment.

    Snowflake enforces NOT NULL and no other constraint.
    """
    comment = None
    kept = []
    for constraint in column.args.get("constraints") or []:
        what = constraint.args.get("kind")
        if isinstance(what, exp.CommentColumnConstraint):
            comment = what.this.name
        elif isinstance(what, _KEPT_CONSTRAINTS):
            kept.append(constraint)
        elif isinstance(what, exp.PrimaryKeyColumnConstraint):
            kept.append(exp.ColumnConstraint(kind=exp.NotNullColumnConstraint()))
    column.set("constraints", kept)
    return comment


class _Definition:
    """A CREATE statement without what DuckDB has no use for, and what was taken out."""

    def __init__(self, expression: exp.Create, kind: str) -> None:
        self.expression = expression
        self.kind = kind
        self.comments: dict[str, str] = {}
        self.lengths: dict[str, int] = {}
        self.keys: list[tuple[str, int, str, str | None, str | None]] = []
        schema = expression.this
        if isinstance(schema, exp.Schema):
            self._read(schema)
        select = expression.expression
        if isinstance(select, exp.Expr):
            self._read_casts(select)

    def _read(self, schema: exp.Schema) -> None:
        primary: list[str] = []
        columns: list[exp.Expr] = []
        for entry in schema.expressions:
            if isinstance(entry, exp.ColumnDef):
                primary += self._read_column(entry)
                columns.append(entry)
            elif isinstance(entry, exp.Identifier):
                columns.append(entry)
            else:
                primary += self._read_table_key(entry)
        for column in columns:
            if isinstance(column, exp.ColumnDef) and column.name in primary:
                constraints = column.args.get("constraints") or []
                if not any(c.find(exp.NotNullColumnConstraint) for c in constraints):
                    column.append(
                        "constraints", exp.ColumnConstraint(kind=exp.NotNullColumnConstraint())
                    )
        schema.set("expressions", columns)
        if self.kind == "VIEW":
            identifiers = [
                column.this if isinstance(column, exp.ColumnDef) else column for column in columns
            ]
            schema.set("expressions", identifiers)

    def _read_column(self, column: exp.ColumnDef) -> list[str]:
        length = text_length(column.args.get("kind"))
        if length is not None:
            self.lengths[column.name] = length
        primary = []
        for kind, label in _KEYS:
            if any(
                isinstance(c.args.get("kind"), kind) for c in column.args.get("constraints") or []
            ):
                self.keys.append((label, 1, column.name, None, None))
                if label == "PRIMARY":
                    primary.append(column.name)
        comment = strip_constraints(column)
        if comment is not None:
            self.comments[column.name] = comment
        return primary

    def _read_table_key(self, entry: exp.Expr) -> list[str]:
        primary: list[str] = []
        for key in entry.find_all(exp.PrimaryKey, exp.UniqueColumnConstraint):
            label = "PRIMARY" if isinstance(key, exp.PrimaryKey) else "UNIQUE"
            holder = key.this if isinstance(key.this, exp.Expr) else key
            columns = [column.name for column in holder.expressions]
            for position, column in enumerate(columns, start=1):
                self.keys.append((label, position, column, None, None))
            primary += columns if label == "PRIMARY" else []
        for key in entry.find_all(exp.ForeignKey):
            for position, column in enumerate(key.expressions, start=1):
                self.keys.append(("IMPORTED", position, column.name, None, None))
        return primary

    def _read_casts(self, select: exp.Expr) -> None:
        if isinstance(self.expression.this, exp.Schema):
            return
        for projection in getattr(select.unnest(), "selects", []):
            value = projection.unalias()
            length = text_length(value.to) if isinstance(value, exp.Cast) else None
            if length is not None:
                self.lengths[projection.alias_or_name] = length

    def run(self, session: Session) -> int | None:
        """Create the object; return the number of rows it starts with, if it has any."""
        expression = self.expression
        if self.kind == "TABLE" and expression.args.get("clone") is not None:
            source = expression.args["clone"].this
            expression.set("clone", None)
            expression.set("expression", exp.select("*").from_(source))
        select = expression.expression
        counted = self.kind == "TABLE" and isinstance(select, exp.Expr)
        if counted and isinstance(expression.this, exp.Schema):
            return self._run_with_columns(session, select)
        self._count_up(session)
        rows = session.query(to_duckdb(session, expression))
        return int(str(rows[0][0])) if counted and rows else None

    def _count_up(self, session: Session) -> None:
        """Let sequences play AUTOINCREMENT and IDENTITY columns."""
        schema = self.expression.this
        if not isinstance(schema, exp.Schema):
            return
        for column in columns_of(schema.expressions):
            for constraint in column.args.get("constraints") or []:
                identity = constraint.args.get("kind")
                if not isinstance(identity, _COUNTERS):
                    continue
                place = schema.this.copy()
                place.set(
                    "this", exp.to_identifier(f"_{secrets.token_hex(4)}_{column.name}", quoted=True)
                )
                start, step = (
                    identity.args[part].name if identity.args.get(part) else "1"
                    for part in ("start", "increment")
                )
                sequence = text(place)
                session.duck.execute(
                    f"create sequence {sequence} start with {start} increment by {step}"
                )
                value = exp.Anonymous(this="nextval", expressions=[exp.Literal.string(sequence)])
                constraint.set("kind", exp.DefaultColumnConstraint(this=value))

    def _run_with_columns(self, session: Session, select: exp.Expr) -> int:
        expression = self.expression
        expression.set("expression", None)
        target = text(expression.this.this)
        self._count_up(session)
        session.duck.execute(to_duckdb(session, expression))
        rows = session.query(f"insert into {target} {to_duckdb(session, select.unnest())}")
        return int(rows[0][0])


def _create_temporary(
    session: Session, expression: exp.Create, kind: str, table: exp.Table, name: Name
) -> Result:
    if name in session.temporary and not expression.args.get("replace"):
        if expression.args.get("exists"):
            return message(f"{name.name} already exists, statement succeeded.")
        raise exists(str(name))
    definition = _Definition(expression, kind)
    place = name.temporary_table()
    for part in ("this", "db", "catalog"):
        table.set(part, place.args[part])
    old = session.temporary.get(name)
    if old is not None and old != kind:
        session.duck.execute(f"drop {old} {place.sql(dialect='duckdb')}")
        session.temporary.pop(name)
    expression.set("properties", exp.Properties(expressions=[exp.TemporaryProperty()]))
    count = definition.run(session)
    session.temporary[name] = kind
    result = message(f"{kind.title()} {name.name} successfully created.")
    if count is not None:
        result.counts = {"inserted": count}
    return result


def _refuse(properties: exp.Properties, kind: str) -> None:
    for unknown in (exp.DynamicProperty, exp.ExternalProperty, exp.IcebergProperty):
        if properties.find(unknown):
            raise unsupported(feature=f"{unknown.__name__.removesuffix('Property').upper()} {kind}")


def _comment(
    session: Session,
    kind: str,
    name: Name,
    properties: exp.Properties,
    columns: dict[str, str],
) -> None:
    for prop in properties.find_all(exp.SchemaCommentProperty):
        session.duck.execute(f"comment on {kind} {name.sql} is {literal(prop.this.name)}")
    comment_on_columns(session, name, columns)


def comment_on_columns(session: Session, name: Name, comments: dict[str, str]) -> None:
    """Set the comments of a table's or view's columns; an empty one removes it."""
    for column, comment in comments.items():
        value = literal(comment) if comment else "null"
        session.duck.execute(f"comment on column {name.sql}.{quoted(column)} is {value}")


def _record(session: Session, name: Name, definition: _Definition, *, keep_grants: bool) -> None:
    metadata = session.account.metadata
    metadata.forget(name)
    key = (name.database, name.schema, name.name)
    lengths = [(*key, column, length) for column, length in definition.lengths.items()]
    metadata.write("insert or replace into text_lengths values (?, ?, ?, ?, ?)", lengths)
    metadata.write(
        "insert or replace into table_keys values (?, ?, ?, ?, ?, ?, ?, ?)",
        [(*key, *entry) for entry in definition.keys],
    )
    metadata.write("insert or replace into changes values (?, ?, ?, ?, ?)", [(*key, now(), now())])
    if not keep_grants:
        metadata.write("delete from grants where object_name = ?", [(str(name),)])
    grants.grant_future(session, definition.kind, name)


def columns_of(expressions: Sequence[exp.Expr]) -> Iterator[exp.ColumnDef]:
    """Yield the column definitions among some expressions."""
    return (entry for entry in expressions if isinstance(entry, exp.ColumnDef))
