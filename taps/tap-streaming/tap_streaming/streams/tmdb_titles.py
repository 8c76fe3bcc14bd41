"""Reading title by title: the sweep through all selected titles, and the change feed after it."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, ClassVar

from tap_streaming.calls import Endpoint
from tap_streaming.client import CHECKPOINT_EVERY, as_count, as_day
from tap_streaming.streams.tmdb_base import (
    ANY_ROWS,
    DISCOVER,
    LAST_PAGE,
    MEDIA_TYPE,
    SelectingStream,
    title_id,
)
from tap_streaming.windows import DAY, Window, days

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from tap_streaming.calls import Call

CACHE_AGE = timedelta(hours=8)
"""Answers may come from caches; the recorded ones carry ``max-age`` of up to 28,800 seconds."""
FEED_REACH = timedelta(days=90)
"""Age up to which the change feed is read, day by day; beyond it a full reading is cheaper.

The documented 14 days limit the width of a window, not its age: the answer for 2025-11-24 was
recorded one month and six months later with the same totals, and a window twelve months old was
answered.
"""
CHANGES = Endpoint(f"/{MEDIA_TYPE}/changes", ANY_ROWS)
PAGE_ROWS = 20


@dataclass(frozen=True)
class Cursor:
    """How far a sweep has come; everything before it has been emitted.

    Attributes:
        day: The platform's day on which the sweep began.
        since: First day of the change feed that the sweep may have missed changes of.
        media_type: ``movie`` or ``tv``.
        start: First release day of the window in work; None is open.
        end: Last release day of the window in work; None is open.
        after_id: Largest id of the window that is done.
    """

    day: date
    since: date
    media_type: str
    start: date | None = None
    end: date | None = None
    after_id: int = 0

    def as_state(self) -> dict[str, Any]:
        """Return the cursor as JSON."""
        return {
            name: value.isoformat() if isinstance(value, date) else value
            for name, value in asdict(self).items()
        }

    @classmethod
    def from_state(cls, state: Any, *media_types: str) -> Cursor | None:
        """Read a cursor; None if there is none for these media types, or none that makes sense."""
        if not isinstance(state, dict):
            return None
        day, since = as_day(state.get("day")), as_day(state.get("since"))
        start, end, after_id = state.get("start"), state.get("end"), as_count(state.get("after_id"))
        if day is None or since is None or after_id is None:
            return None
        if state.get("media_type") not in media_types:
            return None
        if any(edge is not None and as_day(edge) is None for edge in (start, end)):
            return None
        return cls(day, since, state["media_type"], as_day(start), as_day(end), after_id)


class SweepingStream(SelectingStream):
    """Rows read title by title, for the titles that the settings select.

    Lists of ``/discover`` end after 500 pages, so a selection that is longer is cut into windows
    of release days until each part is short enough. Within a window titles are read in the order
    of their ids, which never changes, so that an interrupted sweep goes on where it was although
    the lists move.

    Attributes:
        ahead: Most titles asked for before the first answer is read, if fewer than usual: for
            answers that are large.
    """

    ahead: ClassVar[int | None] = None

    def title_call(self, media_type: str, title: int, day: date) -> Call:
        """Return the request for one title; its values hold ``id`` and ``day``."""
        raise NotImplementedError

    def sweep(self, cursor: Cursor) -> Iterator[tuple[Cursor, Call, Any]]:
        """Read every selected title of one media type from a cursor on.

        Yields:
            The cursor that holds once the title is done, what was asked, and the answer (None if
            the title has gone since it was listed).
        """
        for window, ids in self._windows(cursor):
            in_work = cursor.end is None or (window.end or date.max) <= cursor.end
            done = cursor.after_id if in_work else 0
            calls = (
                self.title_call(cursor.media_type, title, cursor.day)
                for title in sorted(ids)
                if title > done
            )
            for call, body in self.client.get_many(calls, ahead=self.ahead):
                after = call.values["id"]
                reached = replace(cursor, start=window.start, end=window.end, after_id=after)
                yield reached, call, body

    def selected_count(self, media_type: str) -> int:
        """Return about how many titles are selected, by one request or a few."""
        ids = self.title_ids.of(media_type)
        if ids is not None:
            return len(ids)
        firsts = map(self.page, self.searches(media_type, self.released))
        return sum(as_count(first.get("total_results")) or 0 for first in firsts)

    def sweep_cost(self, media_type: str) -> int:
        """Return about how many requests a whole sweep makes."""
        titles = self.selected_count(media_type)
        if self.title_ids.of(media_type) is not None:
            return titles
        return titles + -(-titles // PAGE_ROWS)

    def _windows(self, cursor: Cursor) -> Iterator[tuple[Window, set[int]]]:
        ids = self.title_ids.of(cursor.media_type)
        if ids is not None:
            yield Window(), set(ids)
            return
        first, last = self.released.start, self.released.end
        window = Window(cursor.start or first, cursor.end or last)
        waiting = [window]
        if cursor.end is not None and cursor.end != last:
            waiting.append(Window(cursor.end + DAY, last))
        while waiting:
            window = waiting.pop(0)
            halves = window.halves(self.client.today())
            found = self._listed(cursor.media_type, window, whole=halves is None)
            if found is None:
                waiting[:0] = halves or ()
            else:
                yield window, found

    def _listed(self, media_type: str, window: Window, *, whole: bool) -> set[int] | None:
        """Return the ids of the selected titles in a window.

        Args:
            media_type: ``movie`` or ``tv``.
            window: Release days.
            whole: The window cannot be cut, so take what the API gives.

        Returns:
            The ids, or None if the API would not list them all.
        """
        ids: set[int] = set()
        for search in self.searches(media_type, window):
            first = self.page(search)
            if self.is_cut(first):
                if not whole:
                    return None
                self.logger.warning(
                    "TMDB lists no more than %d pages of the %s titles released on %s; raise"
                    " tmdb_min_vote_count to see the others",
                    LAST_PAGE, media_type, window.start,
                )  # fmt: skip
            rows = self.listed(search, first)
            ids.update(title for row in rows if self.is_selected(row) and (title := title_id(row)))
        return ids


class TitlesStream(SweepingStream):
    """Rows of the selected titles: a sweep first, then the change feed day by day.

    The bookmark is a day of the feed: all days before it are complete, it itself is read again. A
    day is complete when it has been over for so long that no answer can be older than its end.

    Attributes:
        media_type: ``movie`` or ``tv``.
    """

    replication_key = "change_date"
    media_type: ClassVar[str]
    listings = (CHANGES, DISCOVER)

    def rows(self) -> Iterator[Mapping[str, Any]]:
        """Yield the rows of titles: of all selected ones, or of those that have changed."""
        state = self.bookmark
        now = self.client.now()
        today, settled = now.date(), (now - CACHE_AGE).date()
        day, cursor = self._from(state, today)
        if day is None or cursor is not None:
            yield from self._sweep(cursor or Cursor(today, settled, self.media_type))
        if day is not None:
            first = min(day, today)
            done = _done(state.get("feed"), final=first < settled) if cursor is None else 0
            yield from self._changes(first, today, settled, done)

    def cost(self) -> int:
        """Return about how many requests the next run makes."""
        today = self.client.today()
        day, cursor = self._from(self.bookmark, today)
        if day is None or cursor is not None:
            return self.sweep_cost(self.media_type)
        firsts = [self.page(self._feed(one)) for one in days(min(day, today), today)]
        changed = sum(as_count(first.get("total_results")) or 0 for first in firsts)
        pages = sum(as_count(first.get("total_pages")) or 1 for first in firsts)
        ids = self.title_ids.of(self.media_type)
        return pages + min(changed, self.sweep_cost(self.media_type) if ids is None else len(ids))

    def _from(self, state: Mapping[str, Any], today: date) -> tuple[date | None, Cursor | None]:
        """Return the day of the feed and the place in a sweep that a bookmark stands for."""
        day = as_day(state.get("replication_key_value"))
        cursor = Cursor.from_state(state.get("sweep"), self.media_type)
        if cursor is not None:
            day = cursor.since
        if day is not None and not today - FEED_REACH <= day <= today + DAY:
            self.logger.warning(
                "the bookmark %s is out of the reach of the change feed on %s (%d days back):"
                " reading in full",
                day, today, FEED_REACH.days,
            )  # fmt: skip
            return None, None
        return day, cursor

    def _sweep(self, cursor: Cursor) -> Iterator[Mapping[str, Any]]:
        for count, (reached, call, body) in enumerate(self.sweep(cursor), 1):
            yield from self._read(call, body)
            if count % CHECKPOINT_EVERY == 0:
                self.checkpoint(None, sweep=reached.as_state(), feed=None)
        self.checkpoint(cursor.since.isoformat(), sweep=None, feed=None)

    def _changes(
        self, first: date, today: date, settled: date, done: int
    ) -> Iterator[Mapping[str, Any]]:
        changed = self._changed(days(first, today))
        for day, titles in changed.items():
            # A title that changed again later is read then: once, and stamped with its last day.
            later = set().union(*(changed[other] for other in changed if other > day))
            listed = sorted(title for title in titles - later if title > done)
            calls = (self.title_call(self.media_type, title, day) for title in listed)
            answers = self.client.get_many(calls, ahead=self.ahead)
            for count, (call, body) in enumerate(answers, 1):
                if body is None or self.title_ids.of(self.media_type) or self.is_selected(body):
                    yield from self._read(call, body)
                if count % CHECKPOINT_EVERY == 0 and day <= settled:
                    feed = {"after_id": call.values["id"], "final": day < settled}
                    self.checkpoint(day.isoformat(), sweep=None, feed=feed)
            done = 0
            self.checkpoint(min(day + DAY, settled).isoformat(), sweep=None, feed=None)

    def _changed(self, feed: Iterable[date]) -> dict[date, set[int]]:
        """Return the ids to read for each day of the feed.

        Most of what changes is not selected. What is listed as selected is read, if listing it
        costs less than reading all; and rows whose ``adult`` is null, as it is for a few of a
        hundred: they may be gone, which no list tells.
        """
        changed: dict[date, set[int]] = {}
        doubtful: set[int] = set()
        for day in feed:
            rows = {title: row for row in self.listed(self._feed(day)) if (title := title_id(row))}
            changed[day] = set(rows)
            doubtful.update(title for title, row in rows.items() if row.get("adult") is None)
        ids = self.title_ids.of(self.media_type)
        if ids is not None:
            selected = set(ids)
        elif self._is_listing_cheaper(len(set().union(*changed.values()))):
            start = Cursor(self.client.today(), self.client.today(), self.media_type)
            selected = doubtful.union(*(found for _, found in self._windows(start)))
        else:
            return changed
        return {day: titles & selected for day, titles in changed.items()}

    def _is_listing_cheaper(self, changed: int) -> bool:
        """Tell whether to list the selected titles before reading the changed ones.

        Which services have a title is in no row, so a selection by service is always listed.
        """
        if self.config.get("tmdb_watch_providers"):
            return True
        return changed > PAGE_ROWS and self.selected_count(self.media_type) / PAGE_ROWS < changed

    def _read(self, call: Call, body: Mapping[str, Any] | None) -> Iterable[Mapping[str, Any]]:
        return self.gone(call) if body is None else self.parse(body, call)

    def gone(self, call: Call) -> Iterable[Mapping[str, Any]]:
        """Return the rows that say a title is no longer there."""
        day = call.values["day"].isoformat()
        stamp = {"media_type": self.media_type, "change_date": day}
        return [self.tombstone({"id": call.values["id"], **stamp})]

    def change_date(self, call: Call) -> str:
        """Return the day that a title's rows are stamped with."""
        day: date = call.values.get("day") or self.client.today()
        return day.isoformat()

    def _feed(self, day: date) -> Call:
        """Return the request for what changed on a day.

        Whether ``end_date`` is part of the window is not documented, so the next day is given:
        read either way, nothing of the day is missed.
        """
        params = {"start_date": day.isoformat(), "end_date": (day + DAY).isoformat()}
        return CHANGES.call(params, media_type=self.media_type)


def _done(feed: Any, *, final: bool) -> int:
    """Return the largest id of the bookmark's day that an earlier run has done.

    What was read of a day before it was complete does not count once it is: then the day is not
    read once more.
    """
    if not isinstance(feed, dict) or (final and feed.get("final") is not True):
        return 0
    return as_count(feed.get("after_id")) or 0
