"""The streams of TVmaze (https://www.tvmaze.com/api), data under CC BY-SA 4.0.

One map tells when each show last changed; a change to an episode counts as one of its show.
Answers may come from a cache: the index of shows is up to 24 hours old, all else up to one hour.
"""

from __future__ import annotations

from abc import abstractmethod
from http import HTTPStatus
from itertools import count
from typing import TYPE_CHECKING, Any, ClassVar

from tap_streaming.answers import LIST, OBJECT, Shape
from tap_streaming.client import CHECKPOINT_EVERY, PlatformStream, as_count, as_epoch
from tap_streaming.platforms import Call, Platform

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

HOUR = 3600
DAY = 24 * HOUR
CACHE_AGE = HOUR
INDEX_AGE = DAY + CACHE_AGE
REACHES = (("day", DAY), ("week", 7 * DAY), ("month", 28 * DAY))
"""How far each shorter form of the map reaches back; February is the shortest month."""

TVMAZE = Platform(
    key="tvmaze",
    title="TVmaze",
    clock_path="/updates/shows",
    clock_params={"since": "day"},
)


class ChangedShowsStream(PlatformStream):
    """Rows read show by show, for the shows that have changed since the bookmark.

    Shows are read in the order of their changes, so the bookmark (seconds since 1970) can move
    along: every change before it has been emitted. It stays an hour behind the platform's clock,
    because a younger change may have been answered from a cache made before it.
    """

    platform = TVMAZE
    expected: ClassVar[Shape] = OBJECT

    @abstractmethod
    def show_call(self, show: int) -> Call:
        """Return the request for one show; its subject is the show's id."""

    @abstractmethod
    def parse(self, body: Any, show: int, changed: int) -> Iterator[Mapping[str, Any]]:
        """Yield the rows in the answer for one show.

        Args:
            body: The parsed body; None if the show is gone.
            show: The show's id.
            changed: When it changed, seconds since 1970.
        """

    def changes(self, since: int) -> Iterator[Mapping[str, Any]]:
        """Yield the rows of all shows that changed at or after a moment.

        Args:
            since: Seconds since 1970; 0 for all shows.
        """
        settled = as_epoch(self.client.now()) - CACHE_AGE
        changed = self._changed(since)
        calls = (self.show_call(show) for _, show in changed)
        answers = self.client.get_many(calls, expect=self.expected)
        for number, ((moment, show), (_, body)) in enumerate(zip(changed, answers, strict=True), 1):
            yield from self.parse(body, show, moment)
            if number % CHECKPOINT_EVERY == 0 or number == len(changed):
                self.checkpoint(max(since, min(moment, settled)), sweep=None)
        if not changed:
            self.checkpoint(since, sweep=None)

    def since(self, value: Any) -> int | None:
        """Return the moment a bookmark stands for, or None if there is none to trust."""
        moment = as_count(value)
        if moment is not None and moment > as_epoch(self.client.now()) + DAY:
            self.logger.warning("the bookmark %d lies in the future: reading in full", moment)
            return None
        return moment

    def _changed(self, since: int) -> list[tuple[int, int]]:
        """Return (moment, show) of each change at or after a moment, in order.

        The shortest map that surely reaches back that far is asked for; the full one has all
        shows, so no bookmark is too old.
        """
        age = as_epoch(self.client.now()) - since
        period = next((name for name, reach in REACHES if age <= reach - CACHE_AGE), None)
        params = {"since": period} if period else {}
        body = self.client.get("/updates/shows", params)
        found = ((as_count(moment), int(show)) for show, moment in body.items() if show.isdecimal())
        return sorted(
            (moment, show) for moment, show in found if moment is not None and moment >= since
        )


class TvmazeShows(ChangedShowsStream):
    """Series, with their ids elsewhere: the index page by page first, then what has changed."""

    name = "tvmaze_shows"
    primary_keys = ("id",)
    replication_key = "updated"
    ignored_fields = frozenset({
        "_embedded", "_links", "averageRuntime", "dvdCountry", "externals", "officialSite",
        "rating", "webChannel",
    })  # fmt: skip

    def rows(self) -> Iterator[Mapping[str, Any]]:
        """Yield shows: all, or those that have changed since the bookmark."""
        state = self.bookmark
        since = self.since(state.get("replication_key_value"))
        sweep = state.get("sweep")
        left = sweep if isinstance(sweep, dict) else {}
        page, began = as_count(left.get("page")), self.since(left.get("since"))
        resumed = page is not None and began is not None
        if resumed or since is None:
            if not resumed:
                page, began = 0, as_epoch(self.client.now()) - INDEX_AGE
            since = began
            yield from self._index(page or 0, began or 0)
            if not resumed:
                return
        yield from self.changes(since or 0)

    def show_call(self, show: int) -> Call:
        """Return the request for a show."""
        return Call(f"/shows/{show}", subject=show)

    def parse(self, body: Any, show: int, changed: int) -> Iterator[Mapping[str, Any]]:
        """Yield the row in a body of ``/shows/{show}``, or that the show is gone."""
        if body is None:
            yield self.tombstone({"id": show, "updated": changed})
        else:
            yield self.parse_show(body)

    def parse_show(self, show: Any) -> Mapping[str, Any]:
        """Return the row for a show as the API sends it."""
        if not isinstance(show, dict):
            return {}
        externals = _object(show, "externals")
        return {
            **show,
            "average_runtime": show.get("averageRuntime"),
            "dvd_country": show.get("dvdCountry"),
            "official_site": show.get("officialSite"),
            "web_channel": show.get("webChannel"),
            "rating_average": _object(show, "rating").get("average"),
            "imdb_id": externals.get("imdb"),
            "tvdb_id": externals.get("thetvdb"),
            "tvrage_id": externals.get("tvrage"),
        }

    def _index(self, first: int, since: int) -> Iterator[Mapping[str, Any]]:
        """Yield all shows from a page of the index on; only HTTP 404 ends it."""
        calls = (Call("/shows", {"page": page}, page) for page in count(first))
        for call, body in self.client.get_many(calls, expect=LIST):
            if body is None:
                if call.subject == 0:
                    raise self.client.unexpected(call.path, HTTPStatus.NOT_FOUND)
                break
            for show in body:
                yield self.parse_show(show)
            progress = {"page": call.subject + 1, "since": since}
            self.checkpoint(None, sweep=progress)
        self.checkpoint(since, sweep=None)


class TvmazeEpisodes(ChangedShowsStream):
    """All episodes of each show that has changed, specials included.

    An episode that is gone is missing from the rows with its show's latest ``show_updated``.
    """

    name = "tvmaze_episodes"
    primary_keys = ("id",)
    replication_key = "show_updated"
    expected = LIST
    ignored_fields = frozenset({"_embedded", "_links", "rating", "show"})

    def rows(self) -> Iterator[Mapping[str, Any]]:
        """Yield the episodes of all shows, or of those that have changed since the bookmark."""
        yield from self.changes(self.since(self.bookmark.get("replication_key_value")) or 0)

    def show_call(self, show: int) -> Call:
        """Return the request for a show's episodes."""
        return Call(f"/shows/{show}/episodes", {"specials": 1}, show)

    def parse(self, body: Any, show: int, changed: int) -> Iterator[Mapping[str, Any]]:
        """Yield the rows in a body of ``/shows/{show}/episodes``."""
        for episode in body or ():
            if isinstance(episode, dict):
                yield {
                    **episode,
                    "show_id": show,
                    "show_updated": changed,
                    "rating_average": _object(episode, "rating").get("average"),
                }


def _object(row: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = row.get(name)
    return value if isinstance(value, dict) else {}


STREAMS = (TvmazeShows, TvmazeEpisodes)
