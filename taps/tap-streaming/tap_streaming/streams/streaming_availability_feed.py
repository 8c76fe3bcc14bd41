"""Reading the feed of changes of Streaming Availability, a page at a time.

The platform tells the changes of the last 31 days, and those of the next 31.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from tap_streaming.calls import Endpoint
from tap_streaming.client import as_count, as_epoch, objects
from tap_streaming.streams.streaming_availability_base import (
    Page,
    StreamingAvailabilityStream,
    utc,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tap_streaming.calls import Call

CHANGES = Endpoint("/changes", Page(dict, "changes", list, row_key="showId"))
PAST = ("new", "removed", "updated")
REACH = 31 * 86400 - 600
"""Seconds back that may be asked for, less some for the way there and for differing clocks."""
OVERLAP = 3600
"""Seconds before the bookmark that are read again, since no documentation says how late a change
may appear."""


@dataclass(frozen=True)
class Place:
    """How far a reading of several feeds has come; times are in seconds since 1970.

    Attributes:
        since: Changes before it are known; None if no change is.
        until: When the reading began; later changes are left to the next one.
        feed: The feed that is being read: country and kind of change.
        start: Where the reading of that feed began; None if it has not begun.
        seen: Changes of that feed before it have been read.
        cursor: Asks for the next page; None for the first one.
    """

    since: int | None
    until: int
    feed: str
    start: int | None = None
    seen: int | None = None
    cursor: str | None = None

    @classmethod
    def from_state(cls, state: Any, feeds: Sequence[str]) -> Place | None:
        """Read what a bookmark holds; None if there is none or it makes no sense."""
        if not isinstance(state, dict) or state.get("feed") not in feeds:
            return None
        until, cursor = as_count(state.get("until")), state.get("cursor")
        times = [as_count(state.get(name)) for name in ("since", "start", "seen")]
        if until is None or any(time is not None and time > until for time in times):
            return None
        if cursor is not None and (not isinstance(cursor, str) or None in times[1:]):
            return None
        since, start, seen = times
        return cls(since, until, state["feed"], start, seen, cursor)

    def as_state(self) -> dict[str, Any]:
        """Return it as JSON."""
        return asdict(self)


class ChangesReader(StreamingAvailabilityStream):
    """A stream that reads feeds of changes, each from where it was left.

    Attributes:
        change_types: The kinds of change that are read of each country.
    """

    change_types: tuple[str, ...]

    @property
    def feeds(self) -> list[str]:
        """The feeds, in the order of their reading."""
        return [f"{country}/{kind}" for country in self.countries for kind in self.change_types]

    def left_place(self, state: Any) -> Place | None:
        """Return where an earlier run stopped; None if nothing is left to finish."""
        place = Place.from_state(state, self.feeds)
        now = as_epoch(self.client.now())
        if place is not None and now - REACH <= place.until <= now + OVERLAP:
            return place
        if state is not None:
            self.logger.warning("a reading of changes cannot be gone on with: it begins anew")
        return None

    def new_place(self, done: datetime | None) -> Place:
        """Return where a new reading begins.

        Args:
            done: Changes before it are known; None if no change is.
        """
        until = as_epoch(self.client.now())
        since = None if done is None else min(as_epoch(done), until) - OVERLAP
        return Place(since, until, self.feeds[0])

    def missed(self, feed: str, since: int, reached: int) -> None:
        """Tell that changes of a feed cannot be read any more.

        Args:
            feed: Country and kind of change.
            since: The first that is missing, seconds since 1970.
            reached: The first that is told still.
        """
        self.logger.warning(
            "%s: the platform tells the changes of 31 days only; those from %s to %s are missing",
            feed, datetime.fromtimestamp(since, UTC), datetime.fromtimestamp(reached, UTC),
        )  # fmt: skip

    def walk(self, place: Place) -> Iterator[tuple[Place | None, Call, Mapping[str, Any]]]:
        """Read the feeds from a place on.

        Yields:
            The place after each page (None after the last one), what was asked, and the body.

        Raises:
            TapError: if the platform cannot be asked.
            BudgetSpentError: if no more may be spent today.
        """
        feeds = self.feeds
        resumed = True
        here: Place | None = place
        while here is not None:
            here = self._within_reach(here)
            call = self._call(here)
            body = self.page(call, resumed=resumed and here.cursor is not None)
            resumed = False
            if body is None:
                here = replace(here, start=here.seen, cursor=None)
                continue
            cursor = self.next_cursor(body, call)
            after: Place | None = None
            if cursor is not None:
                times = [as_count(row.get("timestamp")) or 0 for row in objects(body["changes"])]
                seen = min(max([here.seen or 0, *times]), here.until)
                after = replace(here, cursor=cursor, seen=seen)
            elif here.feed != feeds[-1]:
                after = Place(here.since, here.until, feeds[feeds.index(here.feed) + 1])
            yield after, call, body
            here = after

    def _within_reach(self, place: Place) -> Place:
        """Return a place from which the platform can be asked, with the start of the feed set."""
        oldest = as_epoch(self.client.now()) - REACH
        if place.start is not None and place.start >= oldest:
            return place
        wanted = place.since if place.start is None else place.seen
        if _kind(place.feed) not in PAST:
            return place if place.cursor else replace(place, start=place.until, seen=place.until)
        if wanted is not None and wanted < oldest:
            self.missed(place.feed, wanted, oldest)
        start = max(wanted or 0, oldest)
        return replace(place, start=start, seen=start, cursor=None)

    def _call(self, place: Place) -> Call:
        country, _, kind = place.feed.partition("/")
        params: dict[str, str | int] = {
            "country": country,
            "change_type": kind,
            "item_type": "show",
            "order_direction": "asc",
        }
        if self.catalogs:
            params["catalogs"] = ",".join(self.catalogs)
        if kind in PAST:
            assert place.start is not None
            params |= {"from": place.start, "to": place.until}
        else:
            params["include_unknown_dates"] = "true"
        if place.cursor:
            params["cursor"] = place.cursor
        return CHANGES.call(
            params, countries=[country], catalogs=self.catalogs, read_at=utc(place.until)
        )


def _kind(feed: str) -> str:
    return feed.partition("/")[2]
