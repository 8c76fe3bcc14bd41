"""The streams of TVmaze (https://www.tvmaze.com/api), data under CC BY-SA 4.0."""

from __future__ import annotations

from http import HTTPStatus
from itertools import count
from typing import TYPE_CHECKING, Any

from tap_streaming.answers import FILLED, LIST
from tap_streaming.calls import Endpoint
from tap_streaming.client import CHECKPOINT_EVERY, as_count, as_day, as_epoch, as_object, objects
from tap_streaming.id_set import pack, unpack
from tap_streaming.streams.tvmaze_base import (
    CACHE_AGE,
    DAY,
    ROWS,
    ChangedShowsStream,
    embedded,
    show_id,
    show_of_each,
)
from tap_streaming.streams.tvmaze_schedule import TvmazeSchedule

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tap_streaming.calls import Call

INDEX_AGE = DAY + CACHE_AGE
INDEX_IDS = 250
"""Ids on a page of the index, used or not."""
KNOWN_SIZE = 5000
"""Most characters that the ids known may take in a bookmark."""
LOSS_SHARE = 0.1
LOSS_LEAST = 25
"""More shows than both lost at once are taken for a failure of the platform."""


class TvmazeShows(ChangedShowsStream):
    """Series, with their ids elsewhere: the index page by page first, then what has changed.

    A show that is deleted leaves the map of changes without a word. So the bookmark remembers
    the ids emitted, and once a day those that the map of all shows lacks are asked for one by
    one: what answers 404 is gone, what does not was missing from a map older than itself.
    """

    name = "tvmaze_shows"
    primary_keys = ("id",)
    replication_key = "updated"
    endpoints = (Endpoint("/shows/{id}", FILLED), Endpoint("/shows", ROWS))
    similar = (
        Endpoint("/lookup/shows"),
        Endpoint("/singlesearch/shows"),
        Endpoint("/search/shows", LIST, show_of_each),
        Endpoint("/schedule", LIST, show_of_each),
        Endpoint("/schedule/web", LIST, show_of_each),
        Endpoint("/schedule/full", LIST, show_of_each),
    )
    ignored_fields = frozenset({
        "_embedded", "_links", "averageRuntime", "dvdCountry", "externals", "officialSite",
        "rating", "webChannel",
    })  # fmt: skip
    known: set[int] | None = None
    """Ids emitted and not known to be gone; None if earlier runs did not remember them."""
    compared_on: str | None = None
    """The platform's day on which they were last compared with the map."""
    _told_of_room = False

    def rows(self) -> Iterator[Mapping[str, Any]]:
        """Yield shows: all, or those that have changed since the bookmark; then those gone."""
        state = self.bookmark
        page, began, since = self._from(state)
        self._recall(state.get("known"), fresh=since is None)
        if page is not None:
            yield from self._index(page, began)
            if since is None:
                return
        reached = yield from self.changes(since or 0)
        if self._is_comparison_due():
            yield from self._vanished(reached)

    def cost(self) -> int:
        """Return about how many requests the next run makes."""
        state = self.bookmark
        page, _, since = self._from(state)
        if page is None:
            self._recall(state.get("known"), fresh=since is None)
            changes = self.changes_cost(since or 0)
            return changes + (self.whole_map is None and self._is_comparison_due())
        newest = max(self.read_map({}), default=0)
        return max(0, newest // INDEX_IDS + 1 - page) + 1

    def show_call(self, show: int, changed: int) -> Call:
        """Return the request for a show."""
        return self.endpoints[0].call(id=show, changed=changed)

    def answered(self, call: Call, body: Any) -> Iterator[Mapping[str, Any]]:
        """Yield the show, or what says that it is gone."""
        show = call.values["id"]
        if body is None:
            yield self.tombstone({"id": show, "updated": call.values["changed"]})
            if self.known is not None:
                self.known.discard(show)
        else:
            yield from self.parse(body, call)
            if self.known is not None:
                self.known.add(show)

    def parse(self, body: Any, call: Call) -> Iterator[Mapping[str, Any]]:
        """Yield the show in a body, or the shows of a page of the index."""
        changed = call.values.get("changed") or as_epoch(self.client.now())
        for show in objects(body if isinstance(body, list) else [body]):
            externals = as_object(show.get("externals"))
            yield {
                **show,
                "updated": as_count(show.get("updated")) or changed,
                "average_runtime": show.get("averageRuntime"),
                "dvd_country": show.get("dvdCountry"),
                "official_site": show.get("officialSite"),
                "web_channel": show.get("webChannel"),
                "rating_average": as_object(show.get("rating")).get("average"),
                "imdb_id": externals.get("imdb"),
                "tvdb_id": externals.get("thetvdb"),
                "tvrage_id": externals.get("tvrage"),
            }

    def progress(self) -> dict[str, Any]:
        """Return what a bookmark holds besides the moment."""
        if self.known is None:
            return {"sweep": None, "known": None}
        ids, held = pack(self.known, KNOWN_SIZE)
        if held < len(self.known) and not self._told_of_room:
            self._told_of_room = True
            self.logger.info(
                "the bookmark has room for %d of %d known shows; if older ones vanish, it will"
                " not be noticed",
                held, len(self.known),
            )  # fmt: skip
        known = {"ids": ids, "compared_on": self.compared_on}
        return {"sweep": None, "known": known}

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
            for one in [body] if body else self._one_by_one(page):
                yield from self.parse(one, call)
                if self.known is not None:
                    self.known.update(
                        filter(None, (as_count(show.get("id")) for show in objects(one)))
                    )
            sweep = {"page": page + 1, "since": since}
            self.checkpoint(None, **{**self.progress(), "sweep": sweep})
        self.checkpoint(since, **self.progress())

    def _one_by_one(self, page: int) -> Iterator[list[Any]]:
        """Yield the shows of a page that came empty, if it should have any: the whole map tells."""
        ids = [show for show in sorted(self.read_map({})) if show // INDEX_IDS == page]
        calls = (self.endpoints[0].call(id=show) for show in ids)
        yield from ([show] for _, show in self.client.get_many(calls) if show is not None)

    # Shows that are gone

    def _recall(self, known: Any, *, fresh: bool) -> None:
        """Take up the ids known from a bookmark.

        Args:
            known: What :meth:`progress` left there.
            fresh: All shows are about to be read, so that nothing need be known already.
        """
        left = as_object(known)
        day = as_day(left.get("compared_on"))
        self.compared_on = day.isoformat() if day else None
        self.known = unpack(left.get("ids"))
        if left and self.known is None:
            self.logger.warning(
                "the bookmark's list of known shows cannot be read; which of them vanished until"
                " now will not be noticed"
            )
        if self.known is None and fresh:
            self.known = set()

    def _is_comparison_due(self) -> bool:
        return self.compared_on != self.client.today().isoformat()

    def _vanished(self, reached: int) -> Iterator[Mapping[str, Any]]:
        """Yield what says that shows are gone which the map of all shows does not name any more.

        Args:
            reached: The bookmark.
        """
        today = self.client.today().isoformat()
        if self.whole_map is None:
            self.read_map({})
        living = self.whole_map or frozenset()
        if self.known is None:
            self.known = set(living)
        missing = sorted(self.known - living)
        if len(missing) > max(LOSS_LEAST, LOSS_SHARE * len(self.known)):
            self.logger.warning(
                "TVmaze's map names %d of %d known shows no more; so many at once look like a"
                " failure, so none is taken for gone today",
                len(missing), len(self.known),
            )  # fmt: skip
            missing = []
        now = as_epoch(self.client.now())
        calls = (self.show_call(show, now) for show in missing)
        for number, (call, body) in enumerate(self.client.get_many(calls), 1):
            yield from self.answered(call, body)
            if number % CHECKPOINT_EVERY == 0:
                self.checkpoint(reached, **self.progress())
        self.compared_on = today
        self.checkpoint(reached, **self.progress())


class TvmazeEpisodes(ChangedShowsStream):
    """All episodes of each show that has changed, specials included.

    An episode that is gone is missing from the rows with its show's latest ``show_updated``.
    """

    name = "tvmaze_episodes"
    primary_keys = ("id",)
    replication_key = "show_updated"
    endpoints = (Endpoint("/shows/{id}/episodes", ROWS),)
    similar = (
        Endpoint("/shows/{id}/episodesbydate", LIST),
        Endpoint("/shows/{id}/episodebynumber"),
        Endpoint("/seasons/{season}/episodes", LIST),
        Endpoint("/episodes/{episode}"),
        Endpoint("/schedule", LIST),
        Endpoint("/schedule/web", LIST),
        Endpoint("/schedule/full", LIST),
        Endpoint("/shows/{id}", dig=embedded("episodes")),
        Endpoint("/singlesearch/shows", dig=embedded("episodes")),
    )
    ignored_fields = frozenset({"_embedded", "_links", "rating", "show"})

    def show_call(self, show: int, changed: int) -> Call:
        """Return the request for a show's episodes."""
        return self.endpoints[0].call({"specials": 1}, id=show, changed=changed)

    def parse(self, body: Any, call: Call) -> Iterator[Mapping[str, Any]]:
        """Yield the episodes of a show."""
        changed = call.values.get("changed") or as_epoch(self.client.now())
        for episode in objects(body if isinstance(body, list) else [body]):
            yield {
                **episode,
                "show_id": show_id(episode, call),
                "show_updated": changed,
                "rating_average": as_object(episode.get("rating")).get("average"),
            }


class TvmazeSeasons(ChangedShowsStream):
    """All seasons of each show that has changed.

    A season that is gone is missing from the rows with its show's latest ``show_updated``.
    """

    name = "tvmaze_seasons"
    primary_keys = ("id",)
    replication_key = "show_updated"
    endpoints = (Endpoint("/shows/{id}/seasons", ROWS),)
    similar = (
        Endpoint("/seasons/{season}"),
        Endpoint("/shows/{id}", dig=embedded("seasons")),
        Endpoint("/singlesearch/shows", dig=embedded("seasons")),
    )
    ignored_fields = frozenset({
        "_embedded", "_links", "endDate", "episodeOrder", "premiereDate", "webChannel",
    })  # fmt: skip

    def show_call(self, show: int, changed: int) -> Call:
        """Return the request for a show's seasons."""
        return self.endpoints[0].call(id=show, changed=changed)

    def parse(self, body: Any, call: Call) -> Iterator[Mapping[str, Any]]:
        """Yield the seasons of a show."""
        changed = call.values.get("changed") or as_epoch(self.client.now())
        for season in objects(body if isinstance(body, list) else [body]):
            yield {
                **season,
                "show_id": show_id(season, call),
                "show_updated": changed,
                "episode_order": season.get("episodeOrder"),
                "premiere_date": season.get("premiereDate"),
                "end_date": season.get("endDate"),
                "web_channel": season.get("webChannel"),
            }


STREAMS = (TvmazeShows, TvmazeEpisodes, TvmazeSeasons, TvmazeSchedule)
