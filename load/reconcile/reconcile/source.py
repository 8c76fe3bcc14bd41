"""The Postgres database that the tables come from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import psycopg
from psycopg import sql

from reconcile.keys import CHECKSUM_DIGITS, Bucket, Key, Table

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

    def _execute(self, query: str, table: Table, digits: int, *values: Any) -> psycopg.Cursor:
        composed = sql.SQL(query).format(
            table=sql.Identifier(self.schema, table.name),
            columns=self._columns(table),
            hash=sql.SQL(_HASH).format(self._columns(table, between=" || '|' || ")),
            digits=sql.Literal(digits),
            checksum_digits=sql.Literal(CHECKSUM_DIGITS),
            bits=sql.Literal(4 * CHECKSUM_DIGITS),
        )
        return self._connection.execute(composed, values or None)

    def _columns(self, table: Table, between: str = ", ") -> sql.Composed:
        """Return the key's columns as text."""
        columns = [
            sql.SQL("{}::text").format(sql.Identifier(self.schema, table.name, name))
            for name in table.columns
        ]
        return sql.SQL(between).join(columns)
