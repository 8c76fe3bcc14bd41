"""The streams of Watchmode (https://api.watchmode.com/docs), version 1.

What has changed (``/changes``) is told to paid plans only, so everything is read again: services
and titles each week, the calendar of releases each day.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from tap_streaming.answers import Shape
from tap_streaming.calls import Endpoint
from tap_streaming.client import as_count, as_day, as_object, objects
from tap_streaming.streams.watchmode_base import WatchmodeStream, media_type
from tap_streaming.streams.watchmode_titles import WatchmodeTitles
from tap_streaming.windows import DAY, Window

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tap_streaming.calls import Call

MOST_RELEASES = 500
CALENDAR = timedelta(days=30)
"""How far the calendar is read back and ahead; the reach of ``/releases`` without dates."""
LONGEST_GAP = timedelta(days=365)


class WatchmodeReleases(WatchmodeStream):
    """Calendar of what comes to services, 30 days back and ahead, once a day.

    ``/releases`` has no pages: windows of days are cut in halves until an answer is not full.
    The dates are those of the US Pacific coast.
    """

    name = "watchmode_releases"
    primary_keys = ("release_id",)
    replication_key = "source_release_date"
    endpoints = (Endpoint("/releases", Shape(dict, "releases", list, row_key="id")),)
    ignored_fields = frozenset({"tmdb_type"})

    def rows(self) -> Iterator[Mapping[str, Any]]:
        """Yield the releases of the calendar, unless it has been read today."""
        state = self.bookmark
        taken = self.taken(state)
        before = taken.isoformat() if taken else None
        day, waiting = self._left(state.get("sweep"), taken)
        last = waiting[-1].end if waiting else None
        while waiting:
            window = waiting.pop(0)
            call = self._call(window, day)
            body = self.client.get(call)
            halves = window.halves(day) if len(body["releases"]) >= MOST_RELEASES else None
            if halves:
                waiting[:0] = halves
            else:
                yield from self.parse(body, call)
            if waiting:
                # After a cut too: a day that can pay for one request only still gets on.
                place = {"day": day, "start": waiting[0].start, "end": waiting[0].end, "last": last}
                self.checkpoint(before, sweep={name: str(one) for name, one in place.items()})
            else:
                self.checkpoint(day.isoformat(), sweep=None)

    def cost(self) -> int:
        """Return about how many credits the next run takes; more if windows have to be cut."""
        state = self.bookmark
        return len(self._left(state.get("sweep"), self.taken(state))[1])

    def parse(self, body: Any, call: Call) -> Iterator[Mapping[str, Any]]:
        """Yield the releases of a window, each with a key of its own."""
        window: Window = call.values.get("window") or Window()
        rows = body["releases"]
        if window.start is not None and window.start == window.end and len(rows) >= MOST_RELEASES:
            self.logger.warning(
                "Watchmode lists no more than %d releases: some of %s may be missing",
                MOST_RELEASES, window.start,
            )  # fmt: skip
        for row in objects(rows):
            released = as_day(row.get("source_release_date"))
            if released is not None and not window.holds(released):
                continue
            original = row.get("is_original")
            yield {
                **row,
                "release_id": _release_id(row, released),
                "media_type": media_type(row),
                "is_original": bool(original) if original in (0, 1) else original,
                "snapshot_date": self.day_of(call),
            }

    def _left(self, sweep: Any, taken: date | None) -> tuple[date, list[Window]]:
        """Return the day of the reading to make or to go on with, and what is left of it."""
        today = self.client.today()
        if sweep is not None:
            names = ("day", "start", "end", "last")
            days = [one for name in names if (one := as_day(as_object(sweep).get(name)))]
            if len(days) == len(names) and days[0] <= today + DAY and days[1:] == sorted(days[1:]):
                day, start, end, last = days
                rest = [Window(end + DAY, last)] if end < last else []
                return day, [Window(start, end), *rest]
            self.logger.warning("the place %r in the bookmark makes no sense: reading anew", sweep)
        elif taken is not None and taken >= today:
            return today, []
        first = min(taken or today, today)
        if today - first > LONGEST_GAP:
            first = today - LONGEST_GAP
            self.logger.warning(
                "the bookmark is of %s: releases before %s are not read", taken, first - CALENDAR
            )
        return today, [Window(first - CALENDAR, today + CALENDAR)]

    def _call(self, window: Window, day: date) -> Call:
        """Return the request for the releases of a window.

        Whether ``start_date`` and ``end_date`` are part of what they bound is not documented, so a
        day more is asked for on either side.
        """
        assert window.start is not None
        assert window.end is not None
        params: dict[str, str | int] = {
            "start_date": f"{window.start - DAY:%Y%m%d}",
            "end_date": f"{window.end + DAY:%Y%m%d}",
            "limit": MOST_RELEASES,
        }
        return self.endpoints[0].call(params, window=window, day=day)


class WatchmodeSources(WatchmodeStream):
    """Dictionary of the services that offers and releases name."""

    name = "watchmode_sources"
    primary_keys = ("id",)
    replication_key = "snapshot_date"
    endpoints = (Endpoint("/sources", Shape(list, row_key="id", filled=True)),)

    def rows(self) -> Iterator[Mapping[str, Any]]:
        """Yield all services, once a week."""
        if self.is_due(self.taken(self.bookmark)):
            day = self.client.today()
            yield from self.read(self.endpoints[0].call(day=day))
            self.checkpoint(day.isoformat())

    def cost(self) -> int:
        """Return the credits of the next run."""
        return int(self.is_due(self.taken(self.bookmark)))

    def parse(self, body: Any, call: Call) -> Iterator[Mapping[str, Any]]:
        """Yield the services; some countries are there twice, once in small letters."""
        for row in objects(body):
            regions = row.get("regions")
            if isinstance(regions, list):
                codes = (code.upper() for code in regions if isinstance(code, str))
                regions = list(dict.fromkeys(codes))
            yield {**row, "regions": regions, "snapshot_date": self.day_of(call)}


def _release_id(row: Mapping[str, Any], released: date | None) -> str | None:
    title, source = as_count(row.get("id")), as_count(row.get("source_id"))
    if title is None or source is None or released is None:
        return None
    season = row.get("season_number")
    return f"{title}-{source}-{released}-{season if isinstance(season, int | str) else 'film'}"


STREAMS = (WatchmodeReleases, WatchmodeSources, WatchmodeTitles)
