"""The streams of TVmaze (https://www.tvmaze.com/api), data under CC BY-SA 4.0.

One map tells when each show last changed; a change to an episode counts as one of its show.
Answers may come from a cache: the index of shows is up to 24 hours old, all else up to one hour.
"""

from __future__ import annotations

from abc import abstractmethod
from http import HTTPStatus
from itertools import count
from typing import TYPE_CHECKING, Any

from tap_streaming.answers import LIST
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
    from collections.abc import Iterator, Mapping

    from tap_streaming.calls import Call

HOUR = 3600
DAY = 24 * HOUR
CACHE_AGE = HOUR
INDEX_AGE = DAY + CACHE_AGE
INDEX_IDS = 250
"""Ids on a page of the index, used or not."""
REACHES = (("day", DAY), ("week", 7 * DAY), ("month", 28 * DAY))
"""How far each shorter form of the map reaches back; February is the shortest month."""

UPDATES = Endpoint("/updates/shows")
TVMAZE = Platform(
    key="tvmaze",
    title="TVmaze",
    clock=UPDATES.call({"since": "day"}),
    cacheable=True,
    recorded_as="tvmaze",
)


def show_of(row: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the show that a row of a schedule or a search carries; where it is differs."""
    embedded = as_object(row.get("_embedded"))
    return as_object(row.get("show")) or as_object(embedded.get("show"))


def show_of_each(body: Any) -> list[Mapping[str, Any]]:
    """Return the shows in a schedule or a search."""
    return [show_of(row) for row in objects(body)]


class ChangedShowsStream(PlatformStream):
    """Rows read show by show, for the shows that have changed since the bookmark.

    Shows are read in the order of their changes, so the bookmark (seconds since 1970) can move
    along: every change before it has been emitted. It stays an hour behind the platform's clock,
    because a younger change may have been answered from a cache made before it.
    """

    platform = TVMAZE

    @abstractmethod
    def show_call(self, show: int, changed: int) -> Call:
        """Return the request for one show; its values hold ``id`` and ``changed``.

        Args:
            show: The show's id.
            changed: When it changed, seconds since 1970.
        """

    def gone(self, call: Call) -> Iterator[Mapping[str, Any]]:
        """Yield what says that a show is gone."""
        del call
        yield from ()

    def changes(self, since: int) -> Iterator[Mapping[str, Any]]:
        """Yield the rows of all shows that changed at or after a moment.

        Args:
            since: Seconds since 1970; 0 for all shows.
        """
        settled = as_epoch(self.client.now()) - CACHE_AGE
        changed = self._changed(since)
        calls = (self.show_call(show, moment) for moment, show in changed)
        for number, (call, body) in enumerate(self.client.get_many(calls), 1):
            moment = call.values["changed"]
            yield from self.gone(call) if body is None else self.parse(body, call)
            if number % CHECKPOINT_EVERY == 0 or number == len(changed):
                self.checkpoint(max(since, min(moment, settled)), sweep=None)
        if not changed:
            self.checkpoint(since, sweep=None)

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

    def _changed(self, since: int) -> list[tuple[int, int]]:
        """Return (moment, show) of each change at or after a moment, in order.

        The shortest map that surely reaches back that far is asked for; the full one has all
        shows, so no bookmark is too old.
        """
        age = as_epoch(self.client.now()) - since
        period = next((name for name, reach in REACHES if age <= reach - CACHE_AGE), None)
        params = {"since": period} if period else {}
        body = self.client.get(UPDATES.call(params))
        found = ((as_count(moment), int(show)) for show, moment in body.items() if show.isdecimal())
        ids = self.title_ids.of("tvmaze")
        return sorted(
            (moment, show)
            for moment, show in found
            if moment is not None and moment >= since and (ids is None or show in ids)
        )


class TvmazeShows(ChangedShowsStream):
    """Series, with their ids elsewhere: the index page by page first, then what has changed."""

    name = "tvmaze_shows"
    primary_keys = ("id",)
    replication_key = "updated"
    endpoints = (Endpoint("/shows/{id}"), Endpoint("/shows", LIST))
    similar = (
        Endpoint("/lookup/shows"),
        Endpoint("/singlesearch/shows"),
        Endpoint("/search/shows", LIST, show_of_each),
        Endpoint("/schedule", LIST, show_of_each),
        Endpoint("/schedule/web", LIST, show_of_each),
    )
    ignored_fields = frozenset({
        "_embedded", "_links", "averageRuntime", "dvdCountry", "externals", "officialSite",
        "rating", "webChannel",
    })  # fmt: skip

    def rows(self) -> Iterator[Mapping[str, Any]]:
        """Yield shows: all, or those that have changed since the bookmark."""
        page, began, since = self._from(self.bookmark)
        if page is not None:
            yield from self._index(page, began)
            if since is None:
                return
        yield from self.changes(since or 0)

    def cost(self) -> int:
        """Return about how many requests the next run makes."""
        page, _, since = self._from(self.bookmark)
        if page is None:
            return self.changes_cost(since or 0)
        newest = max((int(show) for show in self.client.get(UPDATES.call())), default=0)
        return max(0, newest // INDEX_IDS + 1 - page) + 1

    def show_call(self, show: int, changed: int) -> Call:
        """Return the request for a show."""
        return self.endpoints[0].call(id=show, changed=changed)

    def gone(self, call: Call) -> Iterator[Mapping[str, Any]]:
        """Yield what says that a show is gone."""
        yield self.tombstone({"id": call.values["id"], "updated": call.values["changed"]})

    def parse(self, body: Any, call: Call) -> Iterator[Mapping[str, Any]]:
        """Yield the show in a body, or the shows of a page of the index."""
        del call
        for show in objects(body if isinstance(body, list) else [body]):
            externals = as_object(show.get("externals"))
            yield {
                **show,
                "average_runtime": show.get("averageRuntime"),
                "dvd_country": show.get("dvdCountry"),
                "official_site": show.get("officialSite"),
                "web_channel": show.get("webChannel"),
                "rating_average": as_object(show.get("rating")).get("average"),
                "imdb_id": externals.get("imdb"),
                "tvdb_id": externals.get("thetvdb"),
                "tvrage_id": externals.get("tvrage"),
            }

    def _from(self, state: Mapping[str, Any]) -> tuple[int | None, int, int | None]:
        """Return what a bookmark stands for.

        Returns:
            The page of the index to go on with (None if it has been read), when its reading
            began, and the moment from which on changes are to be read (None if there is none).
        """
        since = self.since(state.get("replication_key_value"))
        left = as_object(state.get("sweep"))
        page, began = as_count(left.get("page")), self.since(left.get("since"))
        if page is not None and began is not None:
            return page, began, began
        if since is None and self.title_ids.of("tvmaze") is None:
            return 0, as_epoch(self.client.now()) - INDEX_AGE, None
        return None, 0, since

    def _index(self, first: int, since: int) -> Iterator[Mapping[str, Any]]:
        """Yield all shows from a page of the index on; only HTTP 404 ends it."""
        index = self.endpoints[1]
        calls = (index.call({"page": page}, page=page) for page in count(first))
        for call, body in self.client.get_many(calls, ahead=2):
            page = call.values["page"]
            if body is None:
                if page == 0:
                    raise self.client.unexpected(call.path, HTTPStatus.NOT_FOUND)
                break
            yield from self.parse(body, call)
            self.checkpoint(None, sweep={"page": page + 1, "since": since})
        self.checkpoint(since, sweep=None)


class TvmazeEpisodes(ChangedShowsStream):
    """All episodes of each show that has changed, specials included.

    An episode that is gone is missing from the rows with its show's latest ``show_updated``.
    """

    name = "tvmaze_episodes"
    primary_keys = ("id",)
    replication_key = "show_updated"
    endpoints = (Endpoint("/shows/{id}/episodes", LIST),)
    similar = (
        Endpoint("/shows/{id}/episodesbydate", LIST),
        Endpoint("/shows/{id}/episodebynumber"),
        Endpoint("/seasons/{season}/episodes", LIST),
        Endpoint("/episodes/{episode}"),
        Endpoint("/schedule", LIST),
        Endpoint("/schedule/web", LIST),
    )
    ignored_fields = frozenset({"_embedded", "_links", "rating", "show"})

    def rows(self) -> Iterator[Mapping[str, Any]]:
        """Yield the episodes of all shows, or of those that have changed since the bookmark."""
        yield from self.changes(self.since(self.bookmark.get("replication_key_value")) or 0)

    def cost(self) -> int:
        """Return how many requests the next run makes."""
        return self.changes_cost(self.since(self.bookmark.get("replication_key_value")) or 0)

    def show_call(self, show: int, changed: int) -> Call:
        """Return the request for a show's episodes."""
        return self.endpoints[0].call({"specials": 1}, id=show, changed=changed)

    def parse(self, body: Any, call: Call) -> Iterator[Mapping[str, Any]]:
        """Yield the episodes of a show."""
        changed = call.values.get("changed") or as_epoch(self.client.now())
        for episode in objects(body if isinstance(body, list) else [body]):
            yield {
                **episode,
                "show_id": call.values.get("id") or show_of(episode).get("id"),
                "show_updated": changed,
                "rating_average": as_object(episode.get("rating")).get("average"),
            }


STREAMS = (TvmazeShows, TvmazeEpisodes)
