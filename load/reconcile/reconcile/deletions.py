"""Rows that are gone in Postgres are marked in the raw tables.

Snowflake is asked before Postgres, always. What is in a raw table was read from Postgres earlier,
so a key that Postgres does not have *afterwards* has been deleted there; a key that only Postgres
has is one that the next load brings. That holds with loads and writers at work meanwhile. A row
that is deleted and made again under the same key between the two, and loaded, is spared by the time
of its reading. One that is marked while a load still carries an older copy of it loses its mark,
and gets it again the next time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from reconcile.errors import ReconcileError
from reconcile.keys import KEYS_PER_BUCKET, prefix_digits

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator

    from reconcile.keys import Key, Table
    from reconcile.raw import Raw
    from reconcile.source import Source

KEYS_AT_ONCE = 200_000
"""About so many keys of each side are held in memory."""

SMALL_TABLE = 100
"""Rows of a table that may all be deleted without a question."""

DELETED_MARK = "_sdc_deleted_at"


@dataclass(frozen=True)
class Outcome:
    """What was found about one table.

    Attributes:
        table: Its name.
        rows: In the raw table, without mark, before.
        keys_compared: Read on the side of Snowflake.
        deleted: Rows that were marked, or would be.
        refused: Why none was marked, though there were some.
    """

    table: str
    rows: int
    keys_compared: int
    deleted: int
    refused: str | None = None


@dataclass(frozen=True)
class Skipped:
    """A table whose keys cannot be compared.

    Attributes:
        table: Its name.
        reason: Why.
    """

    table: str
    reason: str


def mark_deletions(
    source: Source, raw: Raw, *, most_deleted_percent: int, dry_run: bool = False
) -> Iterator[Outcome | Skipped]:
    """Compare every table that both sides have, and mark what Postgres has no more.

    Args:
        source: Where the rows come from.
        raw: Where they were loaded to.
        most_deleted_percent: Refuse to mark a larger part of a table's rows.
        dry_run: Mark nothing.

    Yields:
        What was found, table by table.

    Raises:
        ReconcileError: if there is no table to compare.
    """
    loaded = raw.columns()
    tables = [table for table in source.tables() if table.name in loaded]
    if not tables:
        message = (
            f"No table of the Postgres schema '{source.schema}' is in the raw schema "
            f"'{raw.schema}'. Are these the two that belong together, and has a load run?"
        )
        raise ReconcileError(message)
    for table in tables:
        if not loaded[table.name].issuperset((*table.columns, DELETED_MARK)):
            yield Skipped(table.name, "its key, or _sdc_deleted_at, is not loaded")
        elif not table.is_comparable:
            kinds = ", ".join(table.types)
            yield Skipped(table.name, f"its key is of {kinds}; integers, uuid and text can be")
        else:
            yield _compare(table, source, raw, most_deleted_percent, dry_run=dry_run)


def _compare(
    table: Table, source: Source, raw: Raw, most_deleted_percent: int, *, dry_run: bool
) -> Outcome:
    rows = raw.count(table)
    digits = prefix_digits(rows)
    ours = raw.buckets(table, digits)
    theirs = source.buckets(table, digits)
    differing = [name for name, bucket in ours.items() if bucket != theirs.get(name)]
    gone: dict[Key, dt.datetime | None] = {}
    compared = 0
    step = max(1, KEYS_AT_ONCE // KEYS_PER_BUCKET)
    for start in range(0, len(differing), step):
        some = differing[start : start + step]
        loaded = raw.keys(table, digits, some)
        there = source.keys(table, digits, some)
        compared += len(loaded)
        gone |= {key: read_at for key, read_at in loaded.items() if key not in there}
    if rows > SMALL_TABLE and len(gone) * 100 > rows * most_deleted_percent:
        reason = (
            f"{len(gone):,} of {rows:,} rows of {table.name} are not in Postgres, more than "
            f"{most_deleted_percent} %, so none was marked. Is this the database that they came "
            "from? If so, allow more with --most-deleted-percent."
        )
        return Outcome(table.name, rows, compared, 0, reason)
    deleted = len(gone) if dry_run else raw.mark_deleted(table, gone)
    return Outcome(table.name, rows, compared, deleted)
