"""What Snowflake knows of an account and DuckDB does not: kept in one SQLite file."""

from __future__ import annotations

import sqlite3
import threading
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from sandbox.warehouse.names import Name

_SCHEMA = """
create table if not exists file_formats (
    database text, schema text, name text, type text, options text, created text,
    primary key (database, schema, name)
);
create table if not exists text_lengths (
    database text, schema text, name text, column_name text, length integer,
    primary key (database, schema, name, column_name)
);
create table if not exists table_keys (
    database text, schema text, name text, kind text, position integer, column_name text,
    references_name text, references_column text,
    primary key (database, schema, name, kind, position)
);
create table if not exists grants (
    object_kind text, object_name text, privilege text, grantee_kind text, grantee text,
    primary key (object_kind, object_name, privilege, grantee_kind, grantee)
);
create table if not exists principals (kind text, name text, primary key (kind, name));
create table if not exists changes (
    database text, schema text, name text, created real, altered real,
    primary key (database, schema, name)
);
"""
_TABLES_BY_OBJECT = ("text_lengths", "table_keys", "changes")


class Metadata:
    """Thread-safe access to the account's own tables."""

    def __init__(self, path: Path) -> None:
        """Open or create the file.

        Raises:
            sqlite3.Error: if the file is not a database or cannot be written.
        """
        self._lock = threading.RLock()
        self._connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._connection.execute("pragma journal_mode = wal")
        self._connection.execute("pragma synchronous = normal")
        self._connection.executescript(_SCHEMA)

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()

    def rows(self, query: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Return all rows of a query."""
        with self._lock:
            return self._connection.execute(query, values).fetchall()

    def write(self, statement: str, rows: Iterable[Sequence[Any]]) -> None:
        """Run a statement once for each row of values."""
        with self._lock:
            self._connection.executemany(statement, list(rows))

    def forget(self, name: Name) -> None:
        """Drop all that is known of one object."""
        for table in _TABLES_BY_OBJECT:
            self.write(
                f"delete from {table} where database = ? and schema = ? and name = ?",
                [(name.database, name.schema, name.name)],
            )

    def forget_schema(self, database: str, schema: str | None = None) -> None:
        """Drop all that is known of a schema, or of a whole database."""
        for table in (*_TABLES_BY_OBJECT, "file_formats"):
            self.write(
                f"delete from {table} where database = ? and coalesce(?, schema) = schema",
                [(database, schema)],
            )

    def rename(self, old: Name, new: Name) -> None:
        """Move what is known of an object to its new name."""
        self.forget(new)
        for table in _TABLES_BY_OBJECT:
            self.write(
                f"update {table} set database = ?, schema = ?, name = ? "
                "where database = ? and schema = ? and name = ?",
                [(new.database, new.schema, new.name, old.database, old.schema, old.name)],
            )
