"""Which row versions an earlier run cannot have seen.

A transaction writes its rows' replication key when it writes them, and they become visible when it
commits. A run in between reads later keys and passes over these for good, unless the next run looks
back. Postgres tells which rows are worth it: each row version carries the id of the transaction
that wrote it (``xmin``), and a snapshot the lowest id that was still at work. What a lower id wrote
was there to be read.

Ids of savepoints are higher than that of their transaction, so the lowest one at work bounds them
too; the list of ids in a snapshot does not name them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa

if TYPE_CHECKING:
    import datetime as dt

    from psycopg import Connection

COMPARABLE = 1 << 31
"""Row versions carry 32 bits of an id; ids further apart than this cannot be told apart by them."""

_WITH_VERSIONS = "rmp"
"""Tables, materialized views and partitioned tables; other relations have no ``xmin``."""


@dataclass(frozen=True)
class Horizon:
    """A moment in the life of a database cluster.

    Attributes:
        system: Identifies the cluster: ids of another one mean nothing here.
        oldest: The lowest id of a transaction that was at work; 64 bits.
        next: The id that comes next; 64 bits.
        at: When it was.
    """

    system: str
    oldest: int
    next: int
    at: dt.datetime

    @classmethod
    def now(cls, connection: Connection) -> Horizon:
        """Ask Postgres."""
        row = connection.execute(
            "select (select system_identifier::text from pg_control_system()), "
            "pg_snapshot_xmin(pg_current_snapshot())::text::bigint, "
            "pg_snapshot_xmax(pg_current_snapshot())::text::bigint, clock_timestamp()"
        ).fetchone()
        assert row
        return cls(*row)

    def as_text(self) -> str:
        """Write what a later run needs, for the state."""
        return f"{self.system}/{self.oldest}"

    def unseen_since(self, earlier: str | None) -> sa.ColumnElement[bool] | None:
        """Return the condition for row versions that were not all there at an earlier moment.

        Args:
            earlier: What `as_text` wrote then.

        Returns:
            None if every row may be one.
        """
        system, _, oldest = (earlier or "").partition("/")
        if system != self.system or not oldest.isdecimal():
            return None
        if not 0 <= self.next - int(oldest) < COMPARABLE:
            return None
        # Both ages are counted from one moment, that of the statement.
        age: sa.ColumnElement[int] = sa.literal_column("age(xmin)")
        return age <= sa.literal_column(f"age('{int(oldest) % (1 << 32)}'::xid)")


def has_versions(connection: Connection, schema: str, table: str) -> bool:
    """Tell whether the rows of a relation carry the id of the transaction that wrote them."""
    row = connection.execute(
        "select relkind::text from pg_class "
        "where oid = format('%%I.%%I', %s::text, %s::text)::regclass",
        (schema, table),
    ).fetchone()
    return row is not None and row[0] in _WITH_VERSIONS
