"""The raw tables in Snowflake."""

from __future__ import annotations

import os
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import snowflake.connector

from reconcile.errors import ReconcileError
from reconcile.keys import CHECKSUM_MASK, Bucket, Key, Table, VersionColumn

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping, Sequence

ROWS_PER_STATEMENT = 5000
"""Rows of one VALUES clause; Snowflake takes 16,384."""

KEY_FILE_VARIABLE = "SNOWFLAKE_PRIVATE_KEY_PATH"

_BUCKETS = """
select
    left(hash, {digits}),
    count(*),
    sum(bitand(checksum, {mask}))
from (
    select
        md5({key}) as hash,
        md5_number_lower64({row_text}) as checksum
    from {table}
    where
        _sdc_deleted_at is null
        and {condition}
) as hashed
group by 1
"""

_ROWS = """
select {columns}, {value}
from {table}
where
    _sdc_deleted_at is null
    and left(md5({key}), {digits}) in ({values})
"""

_NEWEST = "select max({version})::timestamp_ntz, max(_sdc_deleted_at)::timestamp_ntz from {table}"

_MARK = """
update {table} set _sdc_deleted_at = sysdate()
from (select {renamed} from values {rows}) as gone
where
    {matches}
    and _sdc_deleted_at is null
    and _sdc_extracted_at is not distinct from gone.extracted_at
"""


class Raw:
    """A session in the schema of one extractor.

    The variables ``SNOWFLAKE_ACCOUNT``, ``SNOWFLAKE_USER``, ``SNOWFLAKE_ROLE``,
    ``SNOWFLAKE_WAREHOUSE``, ``SNOWFLAKE_DATABASE``, ``SNOWFLAKE_PRIVATE_KEY_PATH`` and
    ``SNOWFLAKE_PRIVATE_KEY_PASSPHRASE`` lead to it.
    """

    def __init__(self, schema: str) -> None:
        """Sign in.

        Args:
            schema: Of the raw tables.

        Raises:
            ReconcileError: if a variable is missing, or leads to no private key.
            snowflake.connector.Error: if Snowflake refuses.
        """
        self.schema = schema
        given: dict[str, Any] = {
            "account": _variable("SNOWFLAKE_ACCOUNT"),
            "user": _variable("SNOWFLAKE_USER"),
            "role": _variable("SNOWFLAKE_ROLE"),
            "warehouse": _variable("SNOWFLAKE_WAREHOUSE"),
            "database": _variable("SNOWFLAKE_DATABASE"),
            "private_key_file": _variable(KEY_FILE_VARIABLE),
            "private_key_file_pwd": os.environ.get("SNOWFLAKE_PRIVATE_KEY_PASSPHRASE") or None,
        }
        try:
            Path(given["private_key_file"]).read_bytes()
            self._connection = snowflake.connector.connect(
                **given,
                authenticator="SNOWFLAKE_JWT",
                autocommit=True,
                session_parameters={"QUERY_TAG": "reconcile", "TIMEZONE": "UTC"},
            )
        except (FileNotFoundError, PermissionError, TypeError, ValueError) as error:
            message = f"{KEY_FILE_VARIABLE} does not lead to a private key: {error}"
            raise ReconcileError(message) from error

    def __enter__(self) -> Self:
        """Return it."""
        return self

    def __exit__(self, *_: object) -> None:
        """Sign out."""
        self._connection.close()

    def columns(self) -> dict[str, set[str]]:
        """Return the columns of each table, all names in lower case."""
        found: dict[str, set[str]] = defaultdict(set)
        for table, column in self._execute(
            "select lower(table_name), lower(column_name) from information_schema.columns "
            "where table_schema = %s",
            (self.schema.upper(),),
        ):
            found[table].add(column)
        return found

    def buckets(self, table: Table, digits: int) -> dict[str, Bucket]:
        """Return the buckets of the keys that are not marked, by the digits that name them."""
        return self._buckets(table, digits, row_text=_key(table), condition="true")

    def count(self, table: Table) -> int:
        """Return the number of rows that are not marked."""
        query = "select count(*) from {table} where _sdc_deleted_at is null"
        return int(self._on(query, table)[0][0])

    def keys(
        self, table: Table, digits: int, buckets: Sequence[str]
    ) -> dict[Key, dt.datetime | None]:
        """Return the keys in some buckets, with the time when their row was read."""
        return self._rows(table, digits, buckets, "_sdc_extracted_at")

    def newest(
        self, tables: Iterable[Table], column: str
    ) -> tuple[dt.datetime | None, dt.timedelta | None]:
        """Return how far loads have come, and how long ago a row was marked last.

        Args:
            tables: That are asked, of one schema and loaded together.
            column: That tells a row's version.

        Returns:
            The newest version of all tables (UTC), and the age of the newest mark by Snowflake's
            clock; None where there is none.
        """
        versions, marks = [], []
        for table in tables:
            ((version, mark),) = self._on(_NEWEST, table, version=_quoted(column))
            versions += [version] if version else []
            marks += [mark] if mark else []
        ((now,),) = self._execute("select sysdate()", ())
        return max(versions, default=None), now - max(marks) if marks else None

    def version_buckets(
        self, table: Table, digits: int, column: VersionColumn, limit: str | None
    ) -> dict[str, Bucket]:
        """Return the buckets of the rows that are not marked, each told by key and version.

        Args:
            table: That holds them.
            digits: That name a bucket; it is the one of the row's key.
            column: That tells a row's version.
            limit: Leave out versions that are later.
        """
        version, version_text = _version(table, column)
        return self._buckets(
            table,
            digits,
            (limit or "9",),
            row_text=f"{_key(table)} || '|' || {version_text}",
            condition=f"({version} is null or {version_text} <= %s)",
        )

    def versions(
        self, table: Table, digits: int, buckets: Sequence[str], column: VersionColumn
    ) -> dict[Key, str]:
        """Return the keys in some buckets, each with the version of its row."""
        _, version_text = _version(table, column)
        return self._rows(table, digits, buckets, version_text)

    def mark_deleted(self, table: Table, keys: Mapping[Key, dt.datetime | None]) -> int:
        """Mark rows, but for those that have been loaded again since their keys were read.

        Args:
            table: That holds them.
            keys: As `keys` returned them.

        Returns:
            The number of rows that were marked.
        """
        width = len(table.columns)
        renamed = [f"column{place + 1}::varchar as key{place}" for place in range(width)]
        renamed.append(f"column{width + 1}::timestamp_ntz as extracted_at")
        texts = _as_text(table)
        matches = " and ".join(f"{text} = gone.key{place}" for place, text in enumerate(texts))
        row = f"({', '.join(['%s'] * (width + 1))})"
        rows = [
            (*key, None if extracted_at is None else extracted_at.isoformat(sep=" "))
            for key, extracted_at in keys.items()
        ]
        marked = 0
        for start in range(0, len(rows), ROWS_PER_STATEMENT):
            chunk = rows[start : start + ROWS_PER_STATEMENT]
            ((number, *_),) = self._on(
                _MARK,
                table,
                tuple(value for values in chunk for value in values),
                renamed=", ".join(renamed),
                rows=", ".join([row] * len(chunk)),
                matches=matches,
            )
            marked += int(number)
        return marked

    def _buckets(
        self, table: Table, digits: int, given: tuple[Any, ...] = (), **parts: str
    ) -> dict[str, Bucket]:
        rows = self._on(_BUCKETS, table, given, digits=digits, mask=CHECKSUM_MASK, **parts)
        return {name: Bucket(keys, int(checksum)) for name, keys, checksum in rows}

    def _rows(
        self, table: Table, digits: int, buckets: Sequence[str], value: str
    ) -> dict[Key, Any]:
        """Return the keys in some buckets, each with a value of its row."""
        values = ", ".join(["%s"] * len(buckets))
        rows = self._on(_ROWS, table, tuple(buckets), digits=digits, values=values, value=value)
        return {tuple(key): found for *key, found in rows}

    def _on(
        self, query: str, table: Table, given: tuple[Any, ...] = (), **parts: object
    ) -> list[tuple[Any, ...]]:
        statement = query.format(
            table=f"{_quoted(self.schema)}.{_quoted(table.name)}",
            columns=", ".join(_as_text(table)),
            key=_key(table),
            **parts,
        )
        return self._execute(statement, given)

    def _execute(self, statement: str, values: tuple[Any, ...]) -> list[tuple[Any, ...]]:
        with self._connection.cursor() as cursor:
            cursor.execute(statement, values or None)
            return [tuple(row) for row in cursor.fetchall()]


def _quoted(name: str) -> str:
    """Return a name as the loader has it: in upper case, in quotes since it may be a keyword."""
    return '"' + name.upper().replace('"', '""') + '"'


def _as_text(table: Table) -> list[str]:
    """Return the key's columns as text."""
    return [f"{_quoted(table.name)}.{_quoted(column)}::varchar" for column in table.columns]


def _key(table: Table) -> str:
    """Return the key as one text."""
    return " || '|' || ".join(_as_text(table))


def _version(table: Table, column: VersionColumn) -> tuple[str, str]:
    """Return a row's version, and its text as Postgres writes it."""
    named = f"{_quoted(table.name)}.{_quoted(column.name)}"
    as_text = f"to_char({named}::timestamp_ntz, 'YYYY-MM-DD HH24:MI:SS.FF6')"
    return named, f"coalesce({as_text}, '')"


def _variable(name: str) -> str:
    value = os.environ.get(name)
    if not value:
        message = f"The variable {name} is not set."
        raise ReconcileError(message)
    return value
