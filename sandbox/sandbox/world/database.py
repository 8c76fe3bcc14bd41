"""The service's database as a function of the clock: all rows, and what changed in between.

Deleting a user takes all rows of that user along (``on delete cascade``); only the user's own
deletion is listed then.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol

from sandbox.world.demand import Demand
from sandbox.world.licences import TitleTable
from sandbox.world.opinions import People, RatingTable, WatchlistTable
from sandbox.world.plans import PlanTable
from sandbox.world.profiles import ProfileTable
from sandbox.world.sessions import SessionTable
from sandbox.world.subscriptions import SubscriptionTable
from sandbox.world.timeline import Timeline, to_micros
from sandbox.world.users import UserTable
from sandbox.world.viewing import Viewing

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    import numpy as np
    from numpy.typing import NDArray

    from sandbox.world.catalogue import Library

Row = tuple[Any, ...]
TABLES = (
    "plans",
    "titles",
    "users",
    "profiles",
    "subscriptions",
    "viewing_sessions",
    "ratings",
    "watchlist_items",
)
"""All tables, each after those it refers to."""
KEY_COLUMNS: Mapping[str, int] = dict.fromkeys(TABLES, 1) | {
    "ratings": 2,
    "watchlist_items": 2,
}
"""Number of leading columns that make up a table's primary key."""


@dataclass(frozen=True, slots=True)
class Change:
    """One change of one row.

    Attributes:
        kind: What happens.
        table: Name of the table, without schema.
        key: Values of the primary key.
        row: The whole row in column order, ``None`` for a deletion.
    """

    kind: Literal["insert", "update", "delete"]
    table: str
    key: Row
    row: Row | None


@dataclass(frozen=True, slots=True)
class TableDelta:
    """What changed in one table.

    Attributes:
        table: Name of the table, without schema.
        inserted: New rows.
        updated: Rows that were there and changed.
        deleted: Primary keys of rows that went.
    """

    table: str
    inserted: list[Row]
    updated: list[Row]
    deleted: list[Row]


class _Table(Protocol):
    @property
    def name(self) -> str: ...
    @property
    def key_columns(self) -> int: ...
    @property
    def timeline(self) -> Timeline: ...
    def rows(self, indices: NDArray[np.int64], clock: int) -> list[Row]: ...


class Database:
    """Rows of all tables at any clock of one world."""

    def __init__(self, seed: int, scale: float, start: datetime, library: Library) -> None:
        """Draw everything but the viewing sessions, which come day by day."""
        begin = to_micros(start)
        self._users = UserTable(seed, scale, start)
        profiles = ProfileTable(seed, start, self._users)
        subscriptions = SubscriptionTable(seed, begin, self._users)
        titles = TitleTable(seed, start, library)
        people = People(profiles, subscriptions, titles, Demand(begin, library, titles))
        ratings = RatingTable(seed, begin, people)
        watchlist = WatchlistTable(seed, begin, people)
        implied = (ratings.viewings, watchlist.viewings)
        viewing = Viewing(
            seed,
            scale,
            world_start=begin,
            library=library,
            users=self._users,
            people=people,
            implied=implied,
        )
        self._sessions = SessionTable(
            seed,
            begin,
            viewing=viewing,
            users=self._users,
            profiles=profiles,
            titles=titles,
        )
        self._ratings = ratings
        self._watchlist = watchlist
        self._start = begin
        plans = PlanTable(start)
        tables: tuple[_Table, ...] = (
            plans,
            titles,
            self._users,
            profiles,
            subscriptions,
            ratings,
            watchlist,
        )
        self._tables = {table.name: table for table in tables}

    def rows(self, table: str, clock: datetime) -> Iterator[Row]:
        """Yield the rows of one table as they are at ``clock``."""
        now = to_micros(clock)
        if table == self._sessions.name:
            for day in self._sessions.days(-(2**62), now):
                yield from self._sessions.rows(day, day.timeline.present(now), now)
            return
        some = self._tables[table]
        yield from some.rows(some.timeline.present(now), now)

    def delta(self, table: str, after: datetime, until: datetime) -> TableDelta:
        """Compare one table at two clocks."""
        begin, end = to_micros(after), to_micros(until)
        if table == self._sessions.name:
            found = TableDelta(table, [], [], [])
            for day in self._sessions.days(begin, end):
                life = day.timeline
                found.inserted.extend(self._sessions.rows(day, life.inserted(begin, end), end))
                found.updated.extend(self._sessions.rows(day, life.updated(begin, end), end))
            return found
        some = self._tables[table]
        life = some.timeline
        return TableDelta(
            table,
            some.rows(life.inserted(begin, end), end),
            some.rows(life.updated(begin, end), end),
            self._deleted(table, some, begin, end),
        )

    def changes(self, after: datetime, until: datetime) -> Iterator[Change]:
        """Yield changes in an order that foreign keys allow."""
        deltas = [self.delta(table, after, until) for table in TABLES]
        for delta in reversed(deltas):
            for key in delta.deleted:
                yield Change("delete", delta.table, key, None)
        for delta in deltas:
            keys = KEY_COLUMNS[delta.table]
            for row in delta.inserted:
                yield Change("insert", delta.table, row[:keys], row)
            for row in delta.updated:
                yield Change("update", delta.table, row[:keys], row)

    def _deleted(self, table: str, some: _Table, begin: int, end: int) -> list[Row]:
        deleted = some.timeline.deleted(begin, end)
        if some is self._ratings or some is self._watchlist:
            removed = self._ratings.removed if some is self._ratings else self._watchlist.removed
            deleted = deleted[removed[deleted] <= end]
        elif some is not self._users:
            return []
        keys = KEY_COLUMNS[table]
        return [row[:keys] for row in some.rows(deleted, begin)]
