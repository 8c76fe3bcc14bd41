"""What the streams of TMDB share: pages, the sweep through all selected titles, the feed.

Facts about the API are those of https://developer.themoviedb.org/reference and its pages on
errors and rate limits, and of the recorded answers the tests replay.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, ClassVar

from tap_streaming.answers import Shape
from tap_streaming.client import CHECKPOINT_EVERY, PlatformStream, as_count, as_day
from tap_streaming.platforms import Call, Platform
from tap_streaming.windows import DAY, Window, days

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

LAST_PAGE = 500
"""A page beyond is refused with HTTP 400, although ``total_pages`` may promise more."""
CACHE_AGE = timedelta(hours=8)
"""Answers may come from caches; the recorded ones carry ``max-age`` of up to 28,800 seconds."""
FEED_REACH = timedelta(days=14)
"""The documentation of the change feed speaks of no longer time."""

LISTING = Shape(dict, "results", list)
HOW_TO_GET_ACCESS = "the API Read Access Token is shown at https://www.themoviedb.org/settings/api"
TMDB = Platform(
    key="tmdb",
    title="TMDB",
    clock_path="/authentication",
    token_help=HOW_TO_GET_ACCESS,
    gone_codes=frozenset({6, 21, 34}),
)


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


class TmdbStream(PlatformStream):
    """Rows of TMDB."""

    platform = TMDB

    @property
    def language(self) -> dict[str, str | int]:
        """The query that asks for texts in the configured language."""
        return {"language": self.config["tmdb_language"]}

    def pages(
        self, path: str, params: Mapping[str, str | int], first: Mapping[str, Any] | None = None
    ) -> Iterator[Mapping[str, Any]]:
        """Yield the bodies of all pages that the API hands out.

        Args:
            path: Path of a list.
            params: Query without ``page``.
            first: The body of page 1, if it is known already.

        Raises:
            TapError: if there is no such list.
        """
        first = first or self.page(path, params)
        yield first
        last = min(as_count(first.get("total_pages")) or 1, LAST_PAGE)
        calls = (Call(path, {**params, "page": page}) for page in range(2, last + 1))
        for _, body in self.client.get_many(calls, expect=LISTING):
            if body is None or not body["results"]:
                return
            yield body

    def listed(
        self, path: str, params: Mapping[str, str | int], first: Mapping[str, Any] | None = None
    ) -> set[int]:
        """Return the ids in a list.

        Rows move between pages while they are read: if fewer came than the list says it has,
        it is read a second time.

        Args:
            path: Path of a list.
            params: Query without ``page``.
            first: The body of page 1, if it is known already.

        Raises:
            TapError: if there is no such list.
        """
        ids: set[int] = set()
        for _ in range(2):
            promised = left_out = 0
            for body in self.pages(path, params, first):
                found = [title_id(row) for row in body["results"]]
                ids.update(title for title in found if title is not None)
                left_out += found.count(None)
                promised = as_count(body.get("total_results")) or 0
                if (as_count(body.get("total_pages")) or 0) > LAST_PAGE:
                    promised = 0
            if len(ids) + left_out >= promised:
                break
            first = None
        return ids

    def page(self, path: str, params: Mapping[str, str | int]) -> Mapping[str, Any]:
        """Return page 1 of a list.

        Raises:
            TapError: if there is no such list.
        """
        body: Mapping[str, Any] = self.client.get(path, {**params, "page": 1}, expect=LISTING)
        return body


class SelectedTitlesStream(TmdbStream):
    """Rows read title by title, for the titles that the settings select.

    The selection is ``/discover`` with a least number of votes. Its lists end after 500 pages, so
    a selection that is longer is cut into windows of release days until each part is short enough.
    Within a window titles are read in the order of their ids, which never changes, so that an
    interrupted sweep goes on where it was although the lists move.
    """

    selection_settings: ClassVar[tuple[str, ...]] = ("tmdb_min_vote_count",)
    expected: ClassVar[Shape]
    date_filter: ClassVar[Mapping[str, str]] = {
        "movie": "primary_release_date",
        "tv": "first_air_date",
    }

    def sweep(self, cursor: Cursor) -> Iterator[tuple[Cursor, Any]]:
        """Read every selected title of one media type from a cursor on.

        Yields:
            The cursor that holds once the title is done, and the title's answer (None if it
            has gone since it was listed).
        """
        window = Window(cursor.start, cursor.end)
        waiting = [window]
        if window.end is not None:
            waiting.append(Window(window.end + DAY, None))
        while waiting:
            window = waiting.pop(0)
            halves = window.halves(self.client.today())
            ids = self._listed(cursor.media_type, window, whole=halves is None)
            if ids is None:
                waiting[:0] = halves or ()
                continue
            in_work = cursor.end is None or (window.end or date.max) <= cursor.end
            done = cursor.after_id if in_work else 0
            calls = (
                self.title_call(cursor.media_type, title) for title in sorted(ids) if title > done
            )
            for call, body in self.client.get_many(calls, expect=self.expected):
                yield (
                    replace(cursor, start=window.start, end=window.end, after_id=call.subject),
                    body,
                )

    def title_call(self, media_type: str, title: int) -> Call:
        """Return the request for one title; its subject is the id."""
        raise NotImplementedError

    def _listed(self, media_type: str, window: Window, *, whole: bool) -> set[int] | None:
        """Return the ids in a window.

        Args:
            media_type: ``movie`` or ``tv``.
            window: Release days.
            whole: The window cannot be cut, so take what the API gives.

        Returns:
            The ids, or None if the API would not list them all.
        """
        path = f"/discover/{media_type}"
        params = self._filters(media_type, window)
        first = self.page(path, params)
        if (as_count(first.get("total_pages")) or 0) > LAST_PAGE:
            if not whole:
                return None
            self.logger.warning(
                "TMDB lists no more than %d pages of the %s titles released on %s; raise"
                " tmdb_min_vote_count to see the others",
                LAST_PAGE, media_type, window.start,
            )  # fmt: skip
        return self.listed(path, params, first)

    def _filters(self, media_type: str, window: Window) -> dict[str, str | int]:
        field = self.date_filter[media_type]
        filters: dict[str, str | int] = {
            "sort_by": f"{field}.asc",
            "include_adult": "false",
            "vote_count.gte": self.config["tmdb_min_vote_count"],
        }
        if media_type == "movie":
            filters["include_video"] = "true"
        elif window.start is None:
            filters["include_null_first_air_dates"] = "true"
        if window.start is not None:
            filters[f"{field}.gte"] = window.start.isoformat()
        if window.end is not None:
            filters[f"{field}.lte"] = window.end.isoformat()
        return filters

    def covers(self, selection: Any) -> bool:
        """Tell whether a bookmark holds: not, if it was made with more votes asked for."""
        votes = selection.get("tmdb_min_vote_count") if isinstance(selection, dict) else None
        return (as_count(votes) or 0) <= int(self.config["tmdb_min_vote_count"])


class TitlesStream(SelectedTitlesStream):
    """Details of the selected titles: a sweep first, then the change feed day by day.

    The bookmark is a day of the feed: all days before it are complete, it itself is read again. A
    day is complete when it has been over for so long that no answer can be older than its end.

    Attributes:
        media_type: ``movie`` or ``tv``.
        lifted_ids: Ids elsewhere that become columns of their own.
    """

    replication_key = "change_date"
    media_type: ClassVar[str]
    lifted_ids: ClassVar[tuple[str, ...]] = ("imdb_id", "wikidata_id")
    expected = Shape(dict, "id", int)

    def rows(self) -> Iterator[Mapping[str, Any]]:
        """Yield titles: all selected ones, or those that have changed since the bookmark."""
        state = self.bookmark
        now = self.client.now()
        today, settled = now.date(), (now - CACHE_AGE).date()
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
            day = cursor = None
        if day is None or cursor is not None:
            yield from self._sweep(cursor or Cursor(today, settled, self.media_type))
        if day is not None:
            first = min(day, today)
            done = _done(state.get("feed"), final=first < settled) if cursor is None else 0
            yield from self._changes(first, today, settled, done)

    def title_call(self, media_type: str, title: int) -> Call:
        """Return the request for a title's details."""
        params = {**self.language, "append_to_response": "external_ids"}
        return Call(f"/{media_type}/{title}", params, title)

    def parse(self, body: Mapping[str, Any], day: date) -> dict[str, Any]:
        """Return the row for a title's details.

        Args:
            body: Body of ``/movie/{id}`` or ``/tv/{id}``.
            day: The day to stamp it with.
        """
        external = body.get("external_ids")
        lifted = external if isinstance(external, dict) else {}
        ids = {name: lifted[name] for name in self.lifted_ids if name in lifted}
        return {**ids, **body, "media_type": self.media_type, "change_date": day.isoformat()}

    def _sweep(self, cursor: Cursor) -> Iterator[Mapping[str, Any]]:
        for count, (reached, body) in enumerate(self.sweep(cursor), 1):
            yield from self._read(reached.after_id, body, cursor.day)
            if count % CHECKPOINT_EVERY == 0:
                self.checkpoint(None, sweep=reached.as_state(), feed=None)
        self.checkpoint(cursor.since.isoformat(), sweep=None, feed=None)

    def _changes(
        self, first: date, today: date, settled: date, done: int
    ) -> Iterator[Mapping[str, Any]]:
        changed = {day: self._changed(day) for day in days(first, today)}
        for day, titles in changed.items():
            # A title that changed again later is read then: once, and stamped with its last day.
            later = set().union(*(changed[other] for other in changed if other > day))
            listed = sorted(title for title in titles - later if title > done)
            calls = (self.title_call(self.media_type, title) for title in listed)
            answers = self.client.get_many(calls, expect=self.expected)
            for count, (call, body) in enumerate(answers, 1):
                if body is None or self._is_selected(body):
                    yield from self._read(call.subject, body, day)
                if count % CHECKPOINT_EVERY == 0 and day <= settled:
                    feed = {"after_id": call.subject, "final": day < settled}
                    self.checkpoint(day.isoformat(), sweep=None, feed=feed)
            done = 0
            self.checkpoint(min(day + DAY, settled).isoformat(), sweep=None, feed=None)

    def _read(
        self, title: int, body: Mapping[str, Any] | None, day: date
    ) -> Iterator[Mapping[str, Any]]:
        stamp = {"media_type": self.media_type, "change_date": day.isoformat()}
        yield self.tombstone({"id": title, **stamp}) if body is None else self.parse(body, day)

    def _changed(self, day: date) -> set[int]:
        """Return the ids that the feed names for a day.

        Whether ``end_date`` is part of the window is not documented, so the next day is given:
        read either way, nothing of the day is missed.
        """
        params = {"start_date": day.isoformat(), "end_date": (day + DAY).isoformat()}
        return self.listed(f"/{self.media_type}/changes", params)

    def _is_selected(self, body: Mapping[str, Any]) -> bool:
        votes = body.get("vote_count")
        least: int = self.config["tmdb_min_vote_count"]
        return body.get("adult") is not True and (as_count(votes) or 0) >= least


def title_id(row: Any) -> int | None:
    """Return the id in a list row; None for a title for adults or a row without id (seen)."""
    if not isinstance(row, dict) or row.get("adult") is True:
        return None
    return as_count(row.get("id")) or None


def _done(feed: Any, *, final: bool) -> int:
    """Return the largest id of the bookmark's day that an earlier run has done.

    What was read of a day before it was complete does not count once it is: then the day is not
    read once more.
    """
    if not isinstance(feed, dict) or (final and feed.get("final") is not True):
        return 0
    return as_count(feed.get("after_id")) or 0
