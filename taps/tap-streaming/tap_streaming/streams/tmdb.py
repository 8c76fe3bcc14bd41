"""The streams of TMDB (https://developer.themoviedb.org).

Film and TV ids share numbers without meaning the same title, so every row carries its
``media_type``. Offers are data of JustWatch and must be shown as such.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from tap_streaming.answers import Shape
from tap_streaming.calls import Endpoint
from tap_streaming.client import CHECKPOINT_EVERY, as_count, as_day, as_object, distinct, objects
from tap_streaming.streams.tmdb_base import LISTING, MEDIA_TYPE, MEDIA_TYPES, TmdbStream
from tap_streaming.streams.tmdb_deletions import FollowedTitlesStream
from tap_streaming.streams.tmdb_people import people
from tap_streaming.streams.tmdb_titles import Cursor, SweepingStream

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date

    from tap_streaming.calls import Call

MONETIZATIONS = ("flatrate", "free", "ads", "rent", "buy")
_GENRES = Shape(dict, "genres", list, row_key="id", filled=True)
_SERVICES = Shape(dict, "results", list, row_key="provider_id", filled=True)
FILM_PARTS = "external_ids,credits"
SERIES_PARTS = "external_ids,aggregate_credits"
PARTS_OF_OTHERS = frozenset({
    "account_states", "aggregate_credits", "alternative_titles", "changes", "content_ratings",
    "credits", "episode_groups", "images", "keywords", "lists", "recommendations",
    "release_dates", "reviews", "screened_theatrically", "similar", "translations", "videos",
    "watch/providers",
})  # fmt: skip
"""What answers may have appended to details and no stream takes as it is."""


class TmdbGenres(TmdbStream):
    """Names of the genres, in the configured language."""

    name = "tmdb_genres"
    primary_keys = ("media_type", "id")
    endpoints = (Endpoint(f"/genre/{MEDIA_TYPE}/list", _GENRES),)

    def rows(self) -> Iterator[Mapping[str, Any]]:
        """Yield all genres."""
        for media_type in MEDIA_TYPES:
            yield from self.read(self.endpoints[0].call(self.language, media_type=media_type))

    def parse(self, body: Any, call: Call) -> Iterator[Mapping[str, Any]]:
        """Yield the genres of one media type."""
        for row in objects(body.get("genres")):
            yield {**row, "media_type": call.values["media_type"]}

    def cost(self) -> int:
        """Return the number of dictionaries."""
        return len(MEDIA_TYPES)


class TmdbMovies(FollowedTitlesStream):
    """Details of films, with their ids elsewhere, cast and crew."""

    name = "tmdb_movies"
    primary_keys = ("id",)
    media_type = "movie"
    endpoints = (Endpoint("/movie/{id}", Shape(dict, "id", int)),)
    ignored_fields = PARTS_OF_OTHERS

    def title_call(self, media_type: str, title: int, day: date) -> Call:  # noqa: ARG002
        """Return the request for a film's details."""
        params = {**self.language, "append_to_response": FILM_PARTS}
        return self.endpoints[0].call(params, id=title, day=day)

    def parse(self, body: Any, call: Call) -> Iterator[Mapping[str, Any]]:
        """Yield the row of a film; a runtime of 0 means it is unknown."""
        ids = lifted(body, "imdb_id", "wikidata_id")
        yield {
            **ids,
            **body,
            **people(body),
            "runtime": body.get("runtime") or None,
            "media_type": self.media_type,
            "change_date": self.change_date(call),
        }


class TmdbTv(FollowedTitlesStream):
    """Details of series with their seasons, ids elsewhere, cast and crew."""

    name = "tmdb_tv"
    primary_keys = ("id",)
    media_type = "tv"
    endpoints = (Endpoint("/tv/{id}", Shape(dict, "id", int)),)
    ignored_fields = PARTS_OF_OTHERS

    def title_call(self, media_type: str, title: int, day: date) -> Call:  # noqa: ARG002
        """Return the request for a series' details."""
        params = {**self.language, "append_to_response": SERIES_PARTS}
        return self.endpoints[0].call(params, id=title, day=day)

    def parse(self, body: Any, call: Call) -> Iterator[Mapping[str, Any]]:
        """Yield the row of a series."""
        ids = lifted(body, "imdb_id", "tvdb_id", "tvrage_id", "wikidata_id")
        stamp = {"media_type": self.media_type, "change_date": self.change_date(call)}
        yield {**ids, **body, **people(body), **stamp}


class TmdbWatchProviders(TmdbStream):
    """Dictionary of the services that offers name."""

    name = "tmdb_watch_providers"
    primary_keys = ("media_type", "provider_id")
    endpoints = (Endpoint(f"/watch/providers/{MEDIA_TYPE}", _SERVICES),)

    def rows(self) -> Iterator[Mapping[str, Any]]:
        """Yield all services."""
        for media_type in MEDIA_TYPES:
            yield from self.read(self.endpoints[0].call(self.language, media_type=media_type))

    def parse(self, body: Any, call: Call) -> Iterator[Mapping[str, Any]]:
        """Yield the services of one media type."""
        for row in objects(body.get("results")):
            yield {**row, "media_type": call.values["media_type"]}

    def cost(self) -> int:
        """Return the number of dictionaries."""
        return len(MEDIA_TYPES)


class TmdbWatchOffers(SweepingStream):
    """Where each selected title can be watched: a snapshot, taken once a day of the platform.

    All rows of a snapshot carry the day on which it began. The change feed does not promise to
    name titles whose offers change, so every selected title is read.
    """

    name = "tmdb_watch_offers"
    primary_keys = ("media_type", "title_id", "country", "monetization", "provider_id")
    replication_key = "snapshot_date"
    endpoints = (Endpoint(f"/{MEDIA_TYPE}/{{id}}/watch/providers", Shape(dict, "results", dict)),)
    ignored_fields = frozenset({"logo_path"})

    @property
    def selection(self) -> dict[str, Any]:
        """The settings that decide which titles and countries there are."""
        return {**super().selection, "tmdb_watch_countries": self.config["tmdb_watch_countries"]}

    def covers(self, selection: Any) -> bool:
        """Tell whether a snapshot holds: if it was taken of the same titles and countries."""
        return selection is None or selection == self.selection

    def rows(self) -> Iterator[Mapping[str, Any]]:
        """Yield offers, unless the day's snapshot has been taken."""
        state = self.bookmark
        today = self.client.today()
        taken = as_day(state.get("replication_key_value"))
        cursor = Cursor.from_state(state.get("sweep"), *MEDIA_TYPES)
        if cursor is not None and cursor.day > today:
            cursor = None
        if cursor is not None and cursor.day < today:
            self.logger.info("going on with the snapshot of %s", cursor.day)
            yield from self._snapshot(cursor, taken)
            taken, cursor = cursor.day, None
        if cursor is None and taken == today:
            self.logger.info("the snapshot of %s has been taken already", today)
            return
        yield from self._snapshot(cursor or Cursor(today, today, MEDIA_TYPES[0]), taken)

    def title_call(self, media_type: str, title: int, day: date) -> Call:
        """Return the request for a title's offers in all countries."""
        return self.endpoints[0].call(media_type=media_type, id=title, day=day)

    def cost(self) -> int:
        """Return about how many requests the next run makes."""
        taken = as_day(self.bookmark.get("replication_key_value"))
        if taken == self.client.today():
            return 0
        return sum(map(self.sweep_cost, MEDIA_TYPES))

    def parse(self, body: Any, call: Call) -> Iterator[Mapping[str, Any]]:
        """Yield the offers of a title."""
        day: date = call.values.get("day") or self.client.today()
        wanted = {country.upper() for country in self.config["tmdb_watch_countries"]}
        for country, block in as_object(body.get("results")).items():
            if not isinstance(block, dict) or (wanted and country not in wanted):
                continue
            for monetization in MONETIZATIONS:
                for offer in objects(block.get(monetization)):
                    yield {
                        **offer,
                        "media_type": call.values["media_type"],
                        "title_id": body.get("id") or call.values["id"],
                        "country": country,
                        "monetization": monetization,
                        "link": block.get("link"),
                        "snapshot_date": day.isoformat(),
                    }

    def _snapshot(self, cursor: Cursor, taken: date | None) -> Iterator[Mapping[str, Any]]:
        before = taken.isoformat() if taken else None
        for media_type in MEDIA_TYPES[MEDIA_TYPES.index(cursor.media_type) :]:
            if media_type != cursor.media_type:
                cursor = Cursor(cursor.day, cursor.since, media_type)
            for count, (reached, call, body) in enumerate(self.sweep(cursor), 1):
                if body is not None:
                    yield from self.parse(body, call)
                if count % CHECKPOINT_EVERY == 0:
                    self.checkpoint(before, sweep=reached.as_state())
        self.checkpoint(cursor.day.isoformat(), sweep=None)


class TmdbTrending(TmdbStream):
    """What is looked up most on TMDB: the first 20 of the day and of the week."""

    name = "tmdb_trending"
    primary_keys = ("time_window", "media_type", "rank", "snapshot_date")
    replication_key = "snapshot_date"
    endpoints = (Endpoint(f"/trending/{MEDIA_TYPE}/{{time_window:day|week}}", LISTING),)
    similar = (Endpoint("/trending/{media_type:all|movie|tv}/{time_window:[^/]+}", LISTING),)
    time_windows: ClassVar[tuple[str, ...]] = ("day", "week")
    ignored_fields = frozenset({
        "adult", "backdrop_path", "first_air_date", "genre_ids", "name", "origin_country",
        "original_language", "original_name", "original_title", "overview", "poster_path",
        "softcore", "video",
    })  # fmt: skip

    def rows(self) -> Iterator[Mapping[str, Any]]:
        """Yield the four lists."""
        for time_window in self.time_windows:
            for media_type in MEDIA_TYPES:
                call = self.endpoints[0].call(
                    self.language, media_type=media_type, time_window=time_window
                )
                yield from self.read(call)
        self.checkpoint(self.client.today().isoformat())

    def cost(self) -> int:
        """Return the number of lists."""
        return len(self.time_windows) * len(MEDIA_TYPES)

    def parse(self, body: Any, call: Call) -> Iterator[Mapping[str, Any]]:
        """Yield the rows of one list.

        The API documents no second page, so the rank is the place on the only one. A list of all
        kinds, which is never asked, names people too.
        """
        now = self.client.now()
        for rank, row in enumerate(distinct(body.get("results"), "media_type", "id"), 1):
            media_type = call.values["media_type"]
            if media_type not in MEDIA_TYPES:
                media_type = row.get("media_type")
            if media_type not in MEDIA_TYPES or not as_count(row.get("id")):
                continue
            yield {
                **row,
                "media_type": media_type,
                "time_window": call.values["time_window"],
                "rank": rank,
                "title": row.get("title") or row.get("name"),
                "release_date": row.get("release_date") or row.get("first_air_date"),
                "snapshot_date": now.date().isoformat(),
                "snapshot_at": now.isoformat(),
            }


def lifted(body: Mapping[str, Any], *names: str) -> dict[str, Any]:
    """Return ids elsewhere that become columns of their own."""
    external = as_object(body.get("external_ids"))
    return {name: external[name] for name in names if name in external}


STREAMS = (
    TmdbGenres, TmdbMovies, TmdbTv, TmdbWatchProviders, TmdbWatchOffers, TmdbTrending,
)  # fmt: skip
