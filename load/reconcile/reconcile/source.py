"""The Postgres database that the tables come from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import psycopg
from psycopg import sql

from reconcile.keys import CHECKSUM_DIGITS, WITH_ZONE, Bucket, Key, Table, VersionColumn

if TYPE_CHECKING:
    from collections.abc import Sequence

_TABLES = """
select
    class.relname,
    array_agg(attribute.attname::text order by place.ordinality),
    array_agg(type.typname::text order by place.ordinality)
from pg_index as index
inner join pg_class as class on index.indrelid = class.oid
inner join pg_namespace as namespace on class.relnamespace = namespace.oid
cross join unnest(index.indkey) with ordinality as place (attnum, ordinality)
inner join pg_attribute as attribute
    on index.indrelid = attribute.attrelid and place.attnum = attribute.attnum
inner join pg_type as type on attribute.atttypid = type.oid
where
    index.indisprimary
    and place.ordinality <= index.indnkeyatts
    and class.relkind in ('r', 'p')
    and not class.relispartition
    and namespace.nspname = %s
group by class.relname
order by class.relname
"""

_BUCKETS = """
select
    left(hash, {digits}),
    count(*),
    sum(('x' || right(hash, {checksum_digits}))::bit({bits})::bigint)
from (select {hash} as hash from {table}) as hashed
group by 1
"""

_VERSION_BUCKETS = """
select
    left(hash, {digits}),
    count(*),
    sum(('x' || right(md5(row_text), {checksum_digits}))::bit({bits})::bigint)
from (
    select {hash} as hash, {row_text} as row_text
    from {table}
    where {version} is null or {version} <= coalesce({limit}::{kind}, 'infinity')
) as hashed
group by 1
"""

_COUNT = "select count(*), count(*) filter (where {version} > {limit}::{kind}) from {table}"

_VERSIONS = "select {columns}, {version_text} from {table} where left({hash}, {digits}) = any(%s)"

_VERSION_TYPES = """
select class.relname, type.typname::text
from pg_attribute as attribute
inner join pg_class as class on attribute.attrelid = class.oid
inner join pg_namespace as namespace on class.relnamespace = namespace.oid
inner join pg_type as type on attribute.atttypid = type.oid
where namespace.nspname = %s and attribute.attname = %s and not attribute.attisdropped
"""

_KEYS = "select {columns} from {table} where left({hash}, {digits}) = any(%s)"

# Snowflake's text is UTF-8, whatever this database's is.
_HASH = "md5(convert_to({}, 'UTF8'))"

_THERE = """
select {columns}
from {table}
inner join unnest({arrays}) as asked ({names}) on {matches}
"""


class Source:
    """A connection that only reads.

    The libpq variables (``PGHOST``, ``PGUSER``, ``PGPASSWORD``, ``PGSSLMODE``, …) lead to it.
    """

    def __init__(self, schema: str) -> None:
        """Connect.

        Args:
            schema: Of the tables.

        Raises:
            psycopg.OperationalError: if that fails.
        """
        self.schema = schema
        self._connection = psycopg.connect(autocommit=True)
        self._connection.read_only = True

    def __enter__(self) -> Self:
        """Return it."""
        return self

    def __exit__(self, *_: object) -> None:
        """Disconnect."""
        self._connection.close()

    def tables(self) -> list[Table]:
        """Return the tables that have a primary key, by name."""
        rows = self._connection.execute(_TABLES, (self.schema,))
        return [Table(name, tuple(columns), tuple(types)) for name, columns, types in rows]

    def buckets(self, table: Table, digits: int) -> dict[str, Bucket]:
        """Return the buckets of all keys, by the digits that name them."""
        rows = self._execute(_BUCKETS, table, digits)
        return {name: Bucket(keys, int(checksum)) for name, keys, checksum in rows}

    def keys(self, table: Table, digits: int, buckets: Sequence[str]) -> set[Key]:
        """Return the keys in some buckets."""
        return set(self._execute(_KEYS, table, digits, list(buckets)))

    def version_types(self, column: str) -> dict[str, str]:
        """Return the type in ``pg_type`` of a column, by the tables that have it."""
        return dict(self._connection.execute(_VERSION_TYPES, (self.schema, column)).fetchall())

    def count(self, table: Table, column: VersionColumn, limit: str | None) -> tuple[int, int]:
        """Return the number of rows, and of those whose version is later than a limit."""
        parts = self._version(table, column)
        row = self._execute(_COUNT, table, 0, **parts, limit=_in_utc(limit)).fetchone()
        assert row
        return row[0], row[1]

    def version_buckets(
        self, table: Table, digits: int, column: VersionColumn, limit: str | None
    ) -> dict[str, Bucket]:
        """Return the buckets of all rows, each told by its key and its version.

        Args:
            table: That holds them.
            digits: That name a bucket; it is the one of the row's key.
            column: That tells a row's version.
            limit: Leave out versions that are later.
        """
        parts = self._version(table, column)
        rows = self._execute(_VERSION_BUCKETS, table, digits, **parts, limit=_in_utc(limit))
        return {name: Bucket(keys, int(checksum)) for name, keys, checksum in rows}

    def versions(
        self, table: Table, digits: int, buckets: Sequence[str], column: VersionColumn
    ) -> dict[Key, str]:
        """Return the keys in some buckets, each with the version of its row."""
        parts = self._version(table, column)
        rows = self._execute(_VERSIONS, table, digits, list(buckets), **parts)
        return {tuple(key): version for *key, version in rows}

    def there(self, table: Table, keys: Sequence[Key]) -> set[Key]:
        """Return those of some keys that are in a table, found through its index."""
        if not keys:
            return set()
        places = [sql.Identifier(f"key{place}") for place in range(len(table.columns))]
        matches = [
            sql.SQL("{}.{} = asked.{}").format(
                sql.Identifier(self.schema, table.name), sql.Identifier(column), place
            )
            for column, place in zip(table.columns, places, strict=True)
        ]
        arrays = [sql.SQL("%s::{}[]").format(sql.Identifier(kind)) for kind in table.types]
        composed = sql.SQL(_THERE).format(
            columns=self._columns(table),
            table=sql.Identifier(self.schema, table.name),
            arrays=sql.SQL(", ").join(arrays),
            names=sql.SQL(", ").join(places),
            matches=sql.SQL(" and ").join(matches),
        )
        return set(
            self._connection.execute(composed, [list(part) for part in zip(*keys, strict=True)])
        )

    def _version(self, table: Table, column: VersionColumn) -> dict[str, sql.Composable]:
        """Return the parts of a query that tell a row's version."""
        named = sql.Identifier(self.schema, table.name, column.name)
        in_utc = (
            sql.SQL("{} at time zone 'UTC'").format(named) if column.kind == WITH_ZONE else named
        )
        text = sql.SQL("coalesce(to_char({}, 'YYYY-MM-DD HH24:MI:SS.US'), '')").format(in_utc)
        return {
            "version": named,
            "version_text": text,
            "kind": sql.Identifier(column.kind),
            "row_text": sql.SQL("convert_to({}, 'UTF8')").format(
                sql.SQL(" || '|' || ").join([self._columns(table, between=" || '|' || "), text])
            ),
        }

    def _execute(
        self, query: str, table: Table, digits: int, *values: Any, **parts: Any
    ) -> psycopg.Cursor:
        composed = sql.SQL(query).format(
            table=sql.Identifier(self.schema, table.name),
            columns=self._columns(table),
            hash=sql.SQL(_HASH).format(self._columns(table, between=" || '|' || ")),
            digits=sql.Literal(digits),
            checksum_digits=sql.Literal(CHECKSUM_DIGITS),
            bits=sql.Literal(4 * CHECKSUM_DIGITS),
            **parts,
        )
        return self._connection.execute(composed, values or None)

    def _columns(self, table: Table, between: str = ", ") -> sql.Composed:
        """Return the key's columns as text."""
        columns = [
            sql.SQL("{}::text").format(sql.Identifier(self.schema, table.name, name))
            for name in table.columns
        ]
        return sql.SQL(between).join(columns)


def _in_utc(time: str | None) -> str | None:
    """Return a time with its offset, without which it would be one of the session's zone."""
    return None if time is None else f"{time}+00"
