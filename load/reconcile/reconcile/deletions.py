"""Rows that are gone in Postgres are found, to be marked in the raw tables.

Snowflake is asked before Postgres, always. What is in a raw table was read from Postgres earlier,
so a key that Postgres does not have *afterwards* has been deleted there; a key that only Postgres
has is one that the next load brings. That holds with loads and writers at work meanwhile. A row
that is deleted and made again under the same key between the two, and loaded, is spared by the time
of its reading. One that is marked while a load still carries an older copy of it loses its mark,
and gets it again the next time.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import psycopg
import snowflake.connector

from reconcile.errors import ReconcileError
from reconcile.keys import portions, prefix_digits

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator

    from reconcile.keys import Key, Table
    from reconcile.raw import Raw
    from reconcile.source import Source

SMALL_TABLE = 100
"""Rows of a table that may all be deleted, if nothing else looks wrong."""

DELETED_MARK = "_sdc_deleted_at"


@dataclass(frozen=True)
class Comparison:
    """What was found about one table.

    Attributes:
        table: The table.
        rows: In the raw table, without mark.
        keys_compared: Read on the side of Snowflake.
        gone: Keys that Postgres has no more, with the time when their row was read.
        refused: Why they must not be marked, if so.
    """

    table: Table
    rows: int
    keys_compared: int = 0
    gone: dict[Key, dt.datetime | None] = field(default_factory=dict)
    refused: str | None = None


@dataclass(frozen=True)
class Skipped:
    """A table that was not compared.

    Attributes:
        name: Its name.
        reason: Why.
        is_failure: Whether somebody has to do something.
    """

    name: str
    reason: str
    is_failure: bool = False


def compare_tables(
    source: Source, raw: Raw, *, most_deleted_percent: int
) -> Iterator[Comparison | Skipped]:
    """Compare every table that both sides have.

    Args:
        source: Where the rows come from.
        raw: Where they were loaded to.
        most_deleted_percent: Refuse a larger part of a table's rows.

    Yields:
        What was found, table by table; a table that fails does not keep the others from it.

    Raises:
        ReconcileError: if there is no table to compare.
    """
    loaded = raw.columns()
    tables = {table.name.lower(): table for table in source.tables()}
    if not tables.keys() & loaded.keys():
        message = (
            f"No table of the Postgres schema '{source.schema}' is in the raw schema "
            f"'{raw.schema}'. Are these the two that belong together, and has a load run?"
        )
        raise ReconcileError(message)
    for name in sorted(loaded):
        table = tables.get(name)
        if table is None:
            yield Skipped(name, "Postgres has no such table with a primary key")
        elif not loaded[name].issuperset((*map(str.lower, table.columns), DELETED_MARK)):
            yield Skipped(name, f"its key, or {DELETED_MARK}, is not loaded")
        elif not table.is_comparable:
            kinds = ", ".join(table.types)
            yield Skipped(name, f"its key is of {kinds}; integers, uuid and text can be")
        else:
            try:
                yield _compare(table, source, raw, most_deleted_percent)
            except (psycopg.Error, snowflake.connector.Error) as error:
                yield Skipped(name, str(error).strip(), is_failure=True)


def _compare(table: Table, source: Source, raw: Raw, most_deleted_percent: int) -> Comparison:
    rows = raw.count(table)
    digits = prefix_digits(rows)
    ours = raw.buckets(table, digits)
    theirs = source.buckets(table, digits)
    differing = {name: bucket for name, bucket in ours.items() if bucket != theirs.get(name)}
    most = SMALL_TABLE if rows <= SMALL_TABLE else rows * most_deleted_percent // 100

    def refuse(deleted: int) -> Comparison:
        reason = (
            f"at least {deleted:,} of {rows:,} rows of {table.name} are not in Postgres, more than "
            f"{most_deleted_percent} %"
        )
        return Comparison(table, rows, compared, refused=reason)

    compared = 0
    fewer = sum(
        max(0, bucket.keys - (theirs[name].keys if name in theirs else 0))
        for name, bucket in differing.items()
    )
    if fewer > most:
        return refuse(fewer)
    gone: dict[Key, dt.datetime | None] = {}
    for names in portions(differing):
        loaded = raw.keys(table, digits, names)
        there = source.keys(table, digits, names)
        compared += len(loaded)
        gone |= {key: read_at for key, read_at in loaded.items() if key not in there}
        if len(gone) > most:
            return refuse(len(gone))
    # Asked for one by one, so that no difference in how text is hashed could ever mark a row.
    for key in source.there(table, list(gone)):
        del gone[key]
    return Comparison(table, rows, compared, gone)
