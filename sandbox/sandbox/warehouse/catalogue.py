"""What is in the account: tables, views and columns, as Snowflake lists them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sandbox.warehouse.results import decimal_parts, snowflake_type

if TYPE_CHECKING:
    from sandbox.warehouse.session import Session

MAX_TEXT = 16_777_216
_MAX_BINARY = 8_388_608
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


@dataclass(frozen=True)
class Relation:
    """A table or view.

    Attributes:
        kind: ``TABLE`` or ``VIEW``.
        rows: Number of rows of a table.
        text: Definition of a view.
    """

    database: str
    schema: str
    name: str
    kind: str
    comment: str
    rows: int | None
    text: str | None
    created: dt.datetime
    altered: dt.datetime


@dataclass(frozen=True)
class Column:
    """A column of a table or view.

    Attributes:
        duck: DuckDB's type.
        length: Length of a text column.
    """

    database: str
    schema: str
    table: str
    name: str
    position: int
    duck: str
    nullable: bool
    default: str | None
    comment: str | None
    length: int

    @property
    def family(self) -> str:
        """Snowflake's name of the type without its parts, as the information schema has it."""
        return _FAMILIES.get(snowflake_type(self.duck), "TEXT")

    @property
    def type_text(self) -> str:
        """Snowflake's name of the type as ``DESCRIBE TABLE`` has it."""
        family = self.family
        if family == "NUMBER":
            precision, scale = decimal_parts(self.duck)
            return f"NUMBER({precision},{scale})"
        if family == "TEXT":
            return f"VARCHAR({self.length})"
        if family == "BINARY":
            return f"BINARY({_MAX_BINARY})"
        if family.startswith("TIME"):
            return f"{family}(9)"
        return family


_FAMILIES = {
    "fixed": "NUMBER",
    "real": "FLOAT",
    "text": "TEXT",
    "boolean": "BOOLEAN",
    "date": "DATE",
    "time": "TIME",
    "timestamp_ntz": "TIMESTAMP_NTZ",
    "timestamp_tz": "TIMESTAMP_TZ",
    "variant": "VARIANT",
    "array": "ARRAY",
    "object": "OBJECT",
    "binary": "BINARY",
}


def relations(
    session: Session, database: str | None = None, schema: str | None = None
) -> list[Relation]:
    """Return tables and views by name, without temporary ones."""
    where = (
        "where not internal and database_name not in ('memory', 'system', 'temp') "
        "and coalesce(?, database_name) = database_name and coalesce(?, schema_name) = schema_name"
    )
    found = session.query(
        f"select database_name, schema_name, table_name, 'TABLE', comment, estimated_size, null "
        f"from duckdb_tables() {where} union all "
        f"select database_name, schema_name, view_name, 'VIEW', comment, null, sql "
        f"from duckdb_views() {where} order by 1, 2, 3",
        [database, schema, database, schema],
    )
    times = {
        tuple(row[:3]): (_moment(row[3]), _moment(row[4]))
        for row in session.account.metadata.rows("select * from changes")
    }
    return [
        Relation(
            row[0],
            row[1],
            row[2],
            row[3],
            row[4] or "",
            row[5],
            row[6],
            *times.get(tuple(row[:3]), (_EPOCH, _EPOCH)),
        )
        for row in found
    ]


def columns(
    session: Session,
    database: str | None = None,
    schema: str | None = None,
    table: str | None = None,
) -> list[Column]:
    """Return columns in the order of their tables' names and their positions."""
    found = session.query(
        "select database_name, schema_name, table_name, column_name, column_index, data_type, "
        "is_nullable, column_default, comment from duckdb_columns() where not internal "
        "and database_name not in ('memory', 'system') and coalesce(?, database_name) = "
        "database_name and coalesce(?, schema_name) = schema_name "
        "and coalesce(?, table_name) = table_name order by 1, 2, 3, 5",
        [database, schema, table],
    )
    lengths = {
        tuple(row[:4]): row[4]
        for row in session.account.metadata.rows("select * from text_lengths")
    }
    return [
        Column(*row, lengths.get(tuple(row[:4]), MAX_TEXT))  # type: ignore[call-arg]
        for row in found
    ]


def keys(session: Session, kind: str) -> list[tuple[Any, ...]]:
    """Return database, schema, table, position and column of all keys of one kind."""
    return session.account.metadata.rows(
        "select database, schema, name, position, column_name from table_keys where kind = ? "
        "order by 1, 2, 3, 4",
        [kind],
    )


def _moment(seconds: float) -> dt.datetime:
    return dt.datetime.fromtimestamp(seconds, dt.UTC)
