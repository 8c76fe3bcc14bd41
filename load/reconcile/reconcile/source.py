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
from (select md5({key}) as hash from {table}) as hashed
group by 1
"""

_KEYS = "select {columns} from {table} where left(md5({key}), {digits}) = any(%s)"


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

    def _execute(self, query: str, table: Table, digits: int, *values: Any) -> psycopg.Cursor:
        columns = [sql.SQL("{}::text").format(sql.Identifier(name)) for name in table.columns]
        composed = sql.SQL(query).format(
            table=sql.Identifier(self.schema, table.name),
            columns=sql.SQL(", ").join(columns),
            key=sql.SQL(" || '|' || ").join(columns),
            digits=sql.Literal(digits),
            checksum_digits=sql.Literal(CHECKSUM_DIGITS),
            bits=sql.Literal(4 * CHECKSUM_DIGITS),
        )
        return self._connection.execute(composed, values or None)
