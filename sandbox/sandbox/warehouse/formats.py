"""File formats: named descriptions of staged files."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING

import sqlglot
from sqlglot import exp

from sandbox.warehouse import names
from sandbox.warehouse.errors import exists, missing, missing_or_forbidden, unsupported
from sandbox.warehouse.results import Result, message

if TYPE_CHECKING:
    from sandbox.warehouse.session import Session

_KIND = "FILE FORMAT"
_READABLE = ("JSON", "PARQUET")


def handle(session: Session, expression: exp.Expr) -> Result | None:
    """Run CREATE and DROP FILE FORMAT; return ``None`` for any other statement."""
    if isinstance(expression, exp.Create) and expression.args.get("kind") == _KIND:
        return _create(session, expression)
    if isinstance(expression, exp.Drop) and expression.args.get("kind") == _KIND:
        return _drop(session, expression)
    return None


def kind_of(session: Session, named: exp.Expr | None) -> str:
    """Return ``JSON`` or ``PARQUET`` for a reference to a file format.

    Args:
        session: Whose current schema completes the name.
        named: A name, a name in a string, or options such as ``(type = 'JSON')``.

    Raises:
        SnowflakeFault: for an unknown format and for formats that cannot be read here.
    """
    kind = _kind(session, named)
    if kind not in _READABLE:
        raise unsupported(feature=f"staged files of type {kind}")
    return kind


def _kind(session: Session, named: exp.Expr | None) -> str:
    if named is None:
        return "CSV"
    if isinstance(named, exp.Literal):
        named = sqlglot.parse_one(named.name, into=exp.Table, read="snowflake")
        names.fold(named, ignore_quotes=session.ignores_quotes)
    if isinstance(named, exp.Column):
        parts = [part for part in named.parts if isinstance(part, exp.Identifier)]
        named = exp.Table(**dict(zip(("this", "db", "catalog"), reversed(parts), strict=False)))
    if not isinstance(named, exp.Table):
        raise unsupported(feature=f"file format {named.sql(dialect='snowflake')}")
    name = names.resolve(session, named)
    found = session.account.metadata.rows(
        "select type from file_formats where database = ? and schema = ? and name = ?",
        [name.database, name.schema, name.name],
    )
    if not found:
        raise missing(kind="File format", name=str(name))
    return str(found[0][0])


def _create(session: Session, expression: exp.Create) -> Result:
    name = names.resolve(session, expression.this, "CREATE FILE FORMAT")
    if not session.account.has_schema(name.database, name.schema):
        raise missing_or_forbidden(name=f"{name.database}.{name.schema}")
    metadata = session.account.metadata
    key = [name.database, name.schema, name.name]
    known = metadata.rows(
        "select 1 from file_formats where database = ? and schema = ? and name = ?", key
    )
    if known and expression.args.get("exists"):
        return message(f"{name.name} already exists, statement succeeded.")
    if known and not expression.args.get("replace"):
        raise exists(str(name))
    options = {
        option.this.name.upper(): option.args["value"].name
        for option in (expression.args.get("properties") or exp.Properties()).expressions
        if isinstance(option, exp.Property)
    }
    kind = options.get("TYPE", "CSV").upper()
    created = dt.datetime.now(dt.UTC).isoformat()
    metadata.write(
        "insert or replace into file_formats values (?, ?, ?, ?, ?, ?)",
        [(*key, kind, json.dumps(options), created)],
    )
    return message(f"File format {name.name} successfully created.")


def _drop(session: Session, expression: exp.Drop) -> Result:
    metadata = session.account.metadata
    name = names.resolve(session, expression.args["tables"][0], "DROP FILE FORMAT")
    key = [name.database, name.schema, name.name]
    where = "database = ? and schema = ? and name = ?"
    if not metadata.rows(f"select 1 from file_formats where {where}", key):
        if expression.args.get("exists"):
            return message(f"Drop statement executed successfully ({name.name} already dropped).")
        raise missing(kind="File format", name=str(name))
    metadata.write(f"delete from file_formats where {where}", [key])
    return message(f"{name.name} successfully dropped.")
