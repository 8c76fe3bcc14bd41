"""What the streams of TVmaze share: the platform, where ids are, and which shows have changed.

Facts about the API are those of https://www.tvmaze.com/api and of the recorded answers the tests
replay. One map tells when each show last changed; a change to an episode or a season counts as
one of its show. Answers may come from a cache: the index of shows is up to 24 hours old, all else
up to one hour.
"""

from __future__ import annotations

import re
from abc import abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar

from tap_streaming.answers import Shape
from tap_streaming.calls import Endpoint
from tap_streaming.client import (
    CHECKPOINT_EVERY,
    PlatformStream,
    as_count,
    as_epoch,
    as_object,
    objects,
)
from tap_streaming.platforms import Platform

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Mapping

    from tap_streaming.calls import Call

HOUR = 3600
DAY = 24 * HOUR
CACHE_AGE = HOUR
REACHES = (("day", DAY), ("week", 7 * DAY), ("month", 28 * DAY))
"""How far each shorter form of the map reaches back; February is the shortest month."""

ROWS = Shape(list, row_key="id")
UPDATES = Endpoint("/updates/shows")
TVMAZE = Platform(
    key="tvmaze",
    title="TVmaze",
    clock=UPDATES.call({"since": "day"}),
    cacheable=True,
    recorded_as="tvmaze",
)
_ID = re.compile(r"\d{1,18}", re.ASCII)
_SHOW_LINK = re.compile(r"/shows/(\d+)$")


def show_of(row: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the show that a row of a schedule or a search carries; where it is differs."""
    embedded = as_object(row.get("_embedded"))
    return as_object(row.get("show")) or as_object(embedded.get("show"))


def show_of_each(body: Any) -> list[Mapping[str, Any]]:
    """Return the shows in a schedule or a search."""
    return [show_of(row) for row in objects(body)]


def embedded(name: str) -> Callable[[Any], list[dict[str, Any]]]:
    """Return what takes a list embedded in a show out of it, each row with its show.

    Args:
        name: ``episodes`` or ``seasons``.
    """

    def dig(show: Any) -> list[dict[str, Any]]:
        rows = as_object(as_object(show).get("_embedded")).get(name)
        return [{**row, "_embedded": {"show": show}} for row in objects(rows)]

    return dig


def show_id(row: Mapping[str, Any], call: Call) -> Any:
    """Return the id of the show that an episode or a season is of; None if nothing tells."""
    link = as_object(as_object(row.get("_links")).get("show")).get("href")
    linked = _SHOW_LINK.search(link) if isinstance(link, str) else None
    return call.values.get("id") or show_of(row).get("id") or (linked and linked[1])


class TvmazeStream(PlatformStream):
    """Rows of TVmaze, of all shows or of those chosen by id."""

    platform = TVMAZE
    selection_settings: ClassVar[tuple[str, ...]] = ("title_ids",)

    @property
    def selection(self) -> dict[str, Any]:
        """What decides which rows there are."""
        return {"title_ids": self.title_ids.fingerprint("tvmaze")}

    def covers(self, selection: Any) -> bool:
        """Tell whether a bookmark holds: if it was made of the same shows."""
        if selection is None:
            return self.title_ids.of("tvmaze") is None
        return bool(selection == self.selection)

    @property
    def wanted(self) -> Callable[[Any], bool]:
        """Tells whether a show's id is among those chosen."""
        ids = self.title_ids.of("tvmaze")
        if ids is None:
            return lambda _: True
        return frozenset(ids).__contains__


class ChangedShowsStream(TvmazeStream):
    """Rows read show by show, for the shows that have changed since the bookmark.

    Shows are read in the order of their changes, so the bookmark (seconds since 1970) can move
    along: every change before it has been emitted. It stays an hour behind the platform's clock,
    because a younger change may have been answered from a cache made before it.

    Attributes:
        whole_map: The ids in the map of all shows, if this run has read it.
    """

    listings = (UPDATES,)
    whole_map: frozenset[int] | None = None

    @abstractmethod
    def show_call(self, show: int, changed: int) -> Call:
        """Return the request for one show; its values hold ``id`` and ``changed``.

        Args:
            show: The show's id.
            changed: When it changed, seconds since 1970.
        """

    def rows(self) -> Iterator[Mapping[str, Any]]:
        """Yield the rows of all shows, or of those that have changed since the bookmark."""
        yield from self.changes(self.since(self.bookmark.get("replication_key_value")) or 0)

    def cost(self) -> int:
        """Return how many requests the next run makes."""
        return self.changes_cost(self.since(self.bookmark.get("replication_key_value")) or 0)

    def answered(self, call: Call, body: Any) -> Iterator[Mapping[str, Any]]:
        """Yield the rows for what was answered about a show; none if it is gone."""
        if body is not None:
            yield from self.parse(body, call)

    def progress(self) -> dict[str, Any]:
        """Return what a bookmark holds besides the moment."""
        return {}

    def changes(self, since: int) -> Generator[Mapping[str, Any], None, int]:
        """Yield the rows of all shows that changed at or after a moment.

        Args:
            since: Seconds since 1970; 0 for all shows.

        Returns:
            The bookmark that has been reached.
        """
        settled = as_epoch(self.client.now()) - CACHE_AGE
        changed = self._changed(since)
        reached = since
        calls = (self.show_call(show, moment) for moment, show in changed)
        for number, (call, body) in enumerate(self.client.get_many(calls), 1):
            yield from self.answered(call, body)
            if number % CHECKPOINT_EVERY == 0 or number == len(changed):
                reached = max(since, min(call.values["changed"], settled))
                self.checkpoint(reached, **self.progress())
        if not changed:
            self.checkpoint(reached, **self.progress())
        return reached

    def changes_cost(self, since: int) -> int:
        """Return how many requests :meth:`changes` makes."""
        return 1 + len(self._changed(since))

    def since(self, value: Any) -> int | None:
        """Return the moment a bookmark stands for, or None if there is none to trust."""
        moment = as_count(value)
        if moment is not None and moment > as_epoch(self.client.now()) + DAY:
            self.logger.warning("the bookmark %d lies in the future: reading in full", moment)
            return None
        return moment

    def ids_in(self, body: Any) -> list[int]:
        """Return the ids in a map of changes."""
        return [int(text) for text in body if _ID.fullmatch(text)]

    def read_map(self, params: Mapping[str, str]) -> dict[int, int]:
        """Return when each show last changed, seconds since 1970, of the shows chosen.

        Args:
            params: ``since`` for one of the shorter forms; nothing for all shows.
        """
        body = self.client.get(UPDATES.call(params))
        wanted = self.wanted
        found = {
            show: as_count(moment)
            for text, moment in body.items()
            if _ID.fullmatch(text) and wanted(show := int(text))
        }
        if not params:
            self.whole_map = frozenset(found)
        return {show: moment for show, moment in found.items() if moment is not None}

    def _changed(self, since: int) -> list[tuple[int, int]]:
        """Return (moment, show) of each change at or after a moment, in order.

        The shortest map that surely reaches back that far is asked for; the full one has all
        shows, so no bookmark is too old.
        """
        age = as_epoch(self.client.now()) - since
        period = next((name for name, reach in REACHES if age <= reach - CACHE_AGE), None)
        found = self.read_map({"since": period} if period else {})
        return sorted((moment, show) for show, moment in found.items() if moment >= since)
