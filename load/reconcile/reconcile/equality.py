"""Whether the raw tables say what Postgres says: rows that are lost, stale or too many.

A row is told by its key and its version, the replication key: whoever changes a row changes that,
too. Both databases count and sum their rows in buckets, as for deletions, and rows of buckets that
differ are compared one by one.

What cannot have been loaded yet is no difference. The newest version in any raw table is how far
the last load has come, by the app's own clock; rows that were changed after that, or up to the
grace before it, may be on their way: committed late, or of a table that is loaded less often. A row
that only the warehouse has was deleted, and when is not known. It is no difference as long as marks
are made: the newest one is then younger than a day.

Snowflake is asked first, as for deletions: what is loaded meanwhile is newer than that.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import psycopg
import snowflake.connector

from reconcile.deletions import DELETED_MARK
from reconcile.errors import ReconcileError
from reconcile.keys import VERSIONS, VersionColumn, portions, prefix_digits

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconcile.keys import Key, Table
    from reconcile.raw import Raw
    from reconcile.source import Source

DELETIONS_GRACE = dt.timedelta(hours=26)
"""Marks are made once a day, by a run that takes a while."""

EXAMPLES = 3


@dataclass
class Equality:
    """What was found about one table.

    Attributes:
        name: Of the table.
        source_rows: Rows in Postgres; None if they were not counted.
        raw_rows: Rows in the raw table, without those that are marked as deleted.
        buckets: Number of buckets that were compared.
        differing: Number of those that differed, and were read.
        lost: Rows that only Postgres has.
        stale: Rows of which the raw table has another version.
        surplus: Rows that only the raw table has.
        too_new: Rows in Postgres that may not have been loaded yet, and are not compared.
        unmarked: Rows that only the raw table has, and that wait for the daily mark.
        examples: Some keys of rows that differ.
        reason: Why it was not compared, if so.
        is_failure: Whether somebody has to do something about that.
    """

    name: str
    source_rows: int | None = None
    raw_rows: int | None = None
    buckets: int = 0
    differing: int = 0
    lost: int = 0
    stale: int = 0
    surplus: int = 0
    too_new: int = 0
    unmarked: int = 0
    examples: list[Key] = field(default_factory=list)
    reason: str | None = None
    is_failure: bool = False

    @property
    def differences(self) -> int | None:
        """Rows that differ; None if the table was not compared."""
        return None if self.reason else self.lost + self.stale + self.surplus

    @property
    def status(self) -> str:
        """The verdict in a word."""
        if self.reason:
            return "not_compared"
        return "different" if self.differences else "equal"


@dataclass(frozen=True)
class Grace:
    """What may be on its way.

    Attributes:
        limit: Versions that are later may not have been loaded, as text (UTC); None if all have.
        has_marks: Whether deletions are marked, so that a row too many waits for the next mark.
    """

    limit: str | None
    has_marks: bool


def compare_versions(
    source: Source, raw: Raw, *, version_column: str, grace: dt.timedelta
) -> Iterator[Equality]:
    """Compare the rows of every table that both sides have.

    Args:
        source: Where the rows come from.
        raw: Where they were loaded to.
        version_column: The replication key, which changes with its row.
        grace: How long before the newest version loaded a row may have been changed and be missing.

    Yields:
        What was found, table by table; a table that fails does not keep the others from it.

    Raises:
        ReconcileError: if there is no table to compare.
    """
    loaded = raw.columns()
    types = source.version_types(version_column)
    tables = {table.name.lower(): table for table in source.tables()}
    fit = {}
    for name in sorted(loaded):
        table = tables.get(name)
        reason = _obstacle(table, loaded[name], version_column, types)
        if table is None or reason:
            yield Equality(name, reason=reason)
        else:
            fit[name] = table
    if not fit:
        message = (
            f"No table of the Postgres schema '{source.schema}' can be compared with the raw "
            f"schema '{raw.schema}'. Are these the two that belong together, and has a load run?"
        )
        raise ReconcileError(message)
    newest, marked_ago = raw.newest(fit.values(), version_column)
    given = Grace(
        None if newest is None else (newest - grace).isoformat(" ", timespec="microseconds"),
        marked_ago is not None and marked_ago < DELETIONS_GRACE,
    )
    for name, table in fit.items():
        column = VersionColumn(version_column, types[table.name])
        try:
            yield _compare(table, column, source, raw, given)
        except (psycopg.Error, snowflake.connector.Error) as error:
            yield Equality(name, reason=str(error).strip(), is_failure=True)


def _obstacle(
    table: Table | None, loaded: set[str], version_column: str, types: dict[str, str]
) -> str:
    """Say why a table cannot be compared, if so."""
    if table is None:
        return "Postgres has no such table with a primary key"
    needed = {*map(str.lower, table.columns), version_column.lower(), DELETED_MARK}
    if not loaded.issuperset(needed):
        return f"not all of {', '.join(sorted(needed))} are loaded"
    if not table.is_comparable:
        return f"its key is of {', '.join(table.types)}; integers, uuid and text can be"
    if types.get(table.name) not in VERSIONS:
        kind = types.get(table.name, "none")
        return f"{version_column} is of {kind}; {' and '.join(sorted(VERSIONS))} can be"
    return ""


def _compare(
    table: Table, column: VersionColumn, source: Source, raw: Raw, grace: Grace
) -> Equality:
    raw_rows = raw.count(table)
    source_rows, too_new = source.count(table, column, grace.limit)
    found = Equality(table.name, source_rows, raw_rows, too_new=too_new)
    digits = prefix_digits(max(source_rows, raw_rows))
    ours = raw.version_buckets(table, digits, column, grace.limit)
    theirs = source.version_buckets(table, digits, column, grace.limit)
    both = ours | theirs
    differing = {name: both[name] for name in both if ours.get(name) != theirs.get(name)}
    found.buckets, found.differing = len(both), len(differing)
    for names in portions(differing):
        here = raw.versions(table, digits, names, column)
        there = source.versions(table, digits, names, column)
        _judge(found, here, there, grace)
    return found


def _judge(found: Equality, here: dict[Key, str], there: dict[Key, str], grace: Grace) -> None:
    """Add what differs between the same buckets of both sides."""
    for key in sorted(here.keys() | there.keys()):
        ours, theirs = here.get(key), there.get(key)
        if ours == theirs:
            continue
        if theirs is None and grace.has_marks:
            found.unmarked += 1
            continue
        if theirs is not None and grace.limit is not None and theirs > grace.limit:
            continue
        if theirs is None:
            found.surplus += 1
        elif ours is None:
            found.lost += 1
        else:
            found.stale += 1
        if len(found.examples) < EXAMPLES:
            found.examples.append(key)
