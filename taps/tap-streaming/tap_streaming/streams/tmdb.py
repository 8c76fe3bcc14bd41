"""The streams of TMDB (https://developer.themoviedb.org).

Film and TV ids share numbers without meaning the same title, so every row carries its
``media_type``. Offers are data of JustWatch and must be shown as such.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from tap_streaming.answers import Shape
from tap_streaming.client import CHECKPOINT_EVERY, as_day
from tap_streaming.platforms import Call
from tap_streaming.streams.tmdb_base import (
    LISTING,
    Cursor,
    SelectedTitlesStream,
    TitlesStream,
    TmdbStream,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date

MEDIA_TYPES = ("movie", "tv")
MONETIZATIONS = ("flatrate", "free", "ads", "rent", "buy")


class TmdbGenres(TmdbStream):
    """Names of the genres, in the configured language."""

    name = "tmdb_genres"
    primary_keys = ("media_type", "id")

    def rows(self) -> Iterator[Mapping[str, Any]]:
        """Yield all genres."""
        for media_type in MEDIA_TYPES:
            body = self.client.get(
                f"/genre/{media_type}/list", self.language, expect=Shape(dict, "genres", list)
            )
            yield from self.parse(body, media_type)

    def parse(self, body: Mapping[str, Any], media_type: str) -> Iterator[Mapping[str, Any]]:
        """Yield the rows in a body of ``/genre/{media_type}/list``."""
        for row in objects(body.get("genres")):
            yield {**row, "media_type": media_type}


class TmdbMovies(TitlesStream):
    """Details of films, with their ids elsewhere."""

    name = "tmdb_movies"
    primary_keys = ("id",)
    media_type = "movie"

    def parse(self, body: Mapping[str, Any], day: date) -> dict[str, Any]:
        """Return the row for a body of ``/movie/{id}``; a runtime of 0 means it is unknown."""
        return {**super().parse(body, day), "runtime": body.get("runtime") or None}


class TmdbTv(TitlesStream):
    """Details of series with their seasons, with their ids elsewhere."""

    name = "tmdb_tv"
    primary_keys = ("id",)
    media_type = "tv"
    lifted_ids = ("imdb_id", "tvdb_id", "tvrage_id", "wikidata_id")


class TmdbWatchProviders(TmdbStream):
    """Dictionary of the services that offers name."""

    name = "tmdb_watch_providers"
    primary_keys = ("media_type", "provider_id")

    def rows(self) -> Iterator[Mapping[str, Any]]:
        """Yield all services."""
        for media_type in MEDIA_TYPES:
            body = self.client.get(f"/watch/providers/{media_type}", self.language, expect=LISTING)
            yield from self.parse(body, media_type)

    def parse(self, body: Mapping[str, Any], media_type: str) -> Iterator[Mapping[str, Any]]:
        """Yield the rows in a body of ``/watch/providers/{media_type}``."""
        for row in objects(body.get("results")):
            yield {**row, "media_type": media_type}


class TmdbWatchOffers(SelectedTitlesStream):
    """Where each selected title can be watched: a snapshot, taken once a day of the platform.

    All rows of a snapshot carry the day on which it began. The change feed does not promise to
    name titles whose offers change, so every selected title is read.
    """

    name = "tmdb_watch_offers"
    primary_keys = ("media_type", "title_id", "country", "monetization", "provider_id")
    replication_key = "snapshot_date"
    selection_settings = ("tmdb_min_vote_count", "tmdb_watch_countries")
    ignored_fields = frozenset({"logo_path"})
    expected = Shape(dict, "results", dict)

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

    def title_call(self, media_type: str, title: int) -> Call:
        """Return the request for a title's offers in all countries."""
        return Call(f"/{media_type}/{title}/watch/providers", subject=title)

    def parse(
        self, body: Mapping[str, Any], media_type: str, title: int, day: date
    ) -> Iterator[Mapping[str, Any]]:
        """Yield the rows in a body of ``/{media_type}/{title}/watch/providers``."""
        wanted = {country.upper() for country in self.config["tmdb_watch_countries"]}
        countries = body.get("results")
        for country, block in (countries if isinstance(countries, dict) else {}).items():
            if not isinstance(block, dict) or (wanted and country not in wanted):
                continue
            for monetization in MONETIZATIONS:
                for offer in objects(block.get(monetization)):
                    yield {
                        **offer,
                        "media_type": media_type,
                        "title_id": title,
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
            for count, (reached, body) in enumerate(self.sweep(cursor), 1):
                if body is not None:
                    yield from self.parse(body, media_type, reached.after_id, cursor.day)
                if count % CHECKPOINT_EVERY == 0:
                    self.checkpoint(before, sweep=reached.as_state())
        self.checkpoint(cursor.day.isoformat(), sweep=None)


class TmdbTrending(TmdbStream):
    """What is looked up most on TMDB: the first 20 of the day and of the week."""

    name = "tmdb_trending"
    primary_keys = ("time_window", "media_type", "id", "snapshot_date")
    replication_key = "snapshot_date"
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
                body = self.client.get(
                    f"/trending/{media_type}/{time_window}", self.language, expect=LISTING
                )
                yield from self.parse(body, media_type, time_window)
        self.checkpoint(self.client.today().isoformat())

    def parse(
        self, body: Mapping[str, Any], media_type: str, time_window: str
    ) -> Iterator[Mapping[str, Any]]:
        """Yield the rows in a body of ``/trending/{media_type}/{time_window}``.

        The API documents no second page, so the rank is the place on the only one.
        """
        now = self.client.now()
        for rank, row in enumerate(objects(body.get("results")), 1):
            yield {
                **row,
                "media_type": media_type,
                "time_window": time_window,
                "rank": rank,
                "title": row.get("title") or row.get("name"),
                "release_date": row.get("release_date") or row.get("first_air_date"),
                "snapshot_date": now.date().isoformat(),
                "snapshot_at": now.isoformat(),
            }


def objects(rows: Any) -> Iterator[dict[str, Any]]:
    """Yield the objects in what should be a list of objects."""
    for row in rows if isinstance(rows, list) else ():
        if isinstance(row, dict):
            yield row


STREAMS = (
    TmdbGenres, TmdbMovies, TmdbTv, TmdbWatchProviders, TmdbWatchOffers, TmdbTrending,
)  # fmt: skip
