"""A table that is read for the first time: in the order in which it lies on disk.

Nothing has to be sorted, and Postgres hands out the rows of some blocks in one piece, which costs
the tap a fifth of what it costs to take them one by one.

A run that breaks off goes on at the block that it came to. Rows may have moved to earlier blocks by
then, since an update writes a new version wherever there is room; so of the blocks that have been
read, the row versions are read that were not all there when the reading began (`horizon.py`).
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from psycopg import sql
from psycopg.rows import class_row

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from psycopg import Connection

    from tap_postgres_bulk.horizon import Horizon

READING = "first_reading"
"""Where the state keeps how far a first reading came, `Reading` as an object."""

PIECE_BLOCKS = 16
"""Blocks that are read in one piece: an eighth of a megabyte, twice that as JSON."""

FEW_BLOCKS = 512
"""A table of fewer blocks is read in order: Postgres sorts it in memory."""

KEY_TYPES = frozenset({"date", "int2", "int4", "int8", "timestamp", "timestamptz"})
"""Types of replication keys whose JSON is ordered as the values are; text may be ordered by rules
of a language."""

_TID_RANGES_SINCE = 140_000
"""Earlier versions read the whole table to find some blocks."""

_PIECE = "tap_piece"

_HEAP = """
select
    pg_relation_filenode(class.oid)::bigint as file,
    pg_relation_size(class.oid) / current_setting('block_size')::integer as blocks
from pg_class as class
inner join pg_am as method on class.relam = method.oid
where
    class.oid = format('%%I.%%I', %(schema)s::text, %(table)s::text)::regclass
    -- The rows of a table that others inherit from are in several files.
    and class.relkind in ('r', 'm') and not class.relhassubclass
    and method.amname = 'heap'
    -- Values that are kept elsewhere may be of any size, and a piece has to be less than 1 GB.
    and coalesce(pg_relation_size(nullif(class.reltoastrelid, 0)), 0) = 0
"""

_COPY = sql.SQL(
    "copy (select {piece}.next, rows.latest, rows.lines from (select first, next from ("
    "select first, case when first + {step} < {blocks} then first + {step} else {end} end as next "
    "from generate_series(0, {blocks} - 1, {step}) as first) as cut "
    # What has changed in the blocks before comes last, or a run might never get beyond it.
    "order by next <= {begin}, first) as {piece} "
    "cross join lateral (select to_json(max({key}))::text as latest, "
    "string_agg(row_to_json(read.*)::text, e'\\n') as lines "
    "from (select {columns} from ({query}) as found) as read) as rows "
    "where rows.lines is not null) to stdout (format binary)"
)
_END = (1 << 32) - 1
"""Number of no block: the last piece has what was added after the blocks were counted."""
_TYPES = ("int8", "bytea", "bytea")
"""What `_COPY` returns; text is not decoded."""


@dataclass(frozen=True)
class Heap:
    """A table's file.

    Attributes:
        file: Number of the file, which changes whenever all rows move.
        blocks: How many it has.
    """

    file: int
    blocks: int


@dataclass(frozen=True)
class Reading:
    """How far the first reading of a table came.

    Attributes:
        file: The table's file.
        block: The block to go on with.
        latest: The greatest replication key so far, as JSON has it.
        began: `Horizon.as_text` of when it began.
    """

    file: int
    block: int
    latest: Any
    began: str

    @classmethod
    def begin(cls, heap: Heap, horizon: Horizon, known: Mapping[str, Any] | None) -> Reading:
        """Go on from what the state has, or start at the first block.

        Args:
            heap: The table as it is now.
            horizon: This moment.
            known: What an earlier run left in the state, if anything.
        """
        if known and known["file"] == heap.file:
            reading = cls(**known)
            if horizon.unseen_since(reading.began) is not None:
                return reading
        return cls(heap.file, 0, None, horizon.as_text())

    def come_to(self, block: int, latest: Any) -> Reading:
        """Return where the reading stands after a piece, which may be one that is read again."""
        keys = [key for key in (self.latest, latest) if key is not None]
        return replace(self, block=max(self.block, block), latest=max(keys, default=None))

    def as_state(self) -> dict[str, Any]:
        """Return what `begin` takes."""
        return asdict(self)

    def left(self, horizon: Horizon) -> sa.ColumnElement[bool] | None:
        """Return the condition for the rows that are still to be read; None for all."""
        unseen = horizon.unseen_since(self.began)
        if not self.block or unseen is None:
            return None
        further: sa.ColumnElement[bool] = sa.literal_column(f"ctid >= '({self.block},0)'::tid")
        return sa.or_(further, unseen)


def find_heap(connection: Connection, schema: str, table: str) -> Heap | None:
    """Ask Postgres for a table's file; None if it cannot or need not be read by blocks."""
    if connection.info.server_version < _TID_RANGES_SINCE:
        return None
    with connection.cursor(row_factory=class_row(Heap)) as cursor:
        found = cursor.execute(_HEAP, {"schema": schema, "table": table}).fetchone()
    return found if found and found.blocks >= FEW_BLOCKS else None


def of_piece() -> sa.ColumnElement[bool]:
    """Return the condition for the rows of a piece, in a query that `copy_statement` takes."""
    return sa.literal_column(
        f"ctid >= ('(' || {_PIECE}.first || ',0)')::tid "
        f"and ctid < ('(' || {_PIECE}.next || ',0)')::tid"
    )


def copy_statement(
    heap: Heap, *, begin: int, columns: sql.Composable, query: sql.Composable, key: str | None
) -> sql.Composed:
    """Compose the COPY of a table, piece by piece, for `read_pieces`.

    Args:
        heap: The table's file.
        begin: The block to begin with; the pieces before it follow after the last one.
        columns: What to select.
        query: From what; it has the condition `of_piece`.
        key: The replication key, if there is one.
    """
    return _COPY.format(
        piece=sql.Identifier(_PIECE),
        step=sql.Literal(PIECE_BLOCKS),
        blocks=sql.Literal(heap.blocks),
        begin=sql.Literal(begin),
        end=sql.Literal(_END),
        key=sql.Identifier("read", key) if key else sql.SQL("null::text"),
        columns=columns,
        query=query,
    )


def read_pieces(
    connection: Connection, statement: sql.Composed, values: dict[str, Any]
) -> Iterator[tuple[int, Any, bytes]]:
    """Read a table in pieces.

    Yields:
        The block after a piece, the greatest replication key of its rows, and the rows, one line
        of JSON each, without a line feed at the end.
    """
    with connection.cursor() as cursor, cursor.copy(statement, values or None) as copied:
        copied.set_types(_TYPES)
        for block, latest, lines in copied.rows():
            yield block, latest and json.loads(latest), lines
