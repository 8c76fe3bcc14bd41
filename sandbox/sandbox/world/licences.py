"""What the service itself carries (table ``titles``)."""

from __future__ import annotations

import json
from datetime import UTC, datetime, time, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from sandbox.world import dirt
from sandbox.world.changes import DAYS_AFTER_START
from sandbox.world.dictionaries import COUNTRIES
from sandbox.world.streams import stream
from sandbox.world.timeline import DAY, NEVER, Timeline, to_dates, to_datetimes, to_micros

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sandbox.world.catalogue import Library

FIRST_TITLE_ID = 1001
NEW_SHARE = 0.05
"""Share of films that the service takes on from 80 days before the start to the world's end."""
REMOVED_SHARE = 0.09
"""Share of titles whose licence runs out in that time."""
EDITED_SHARE = 0.6
"""Share of titles per edit (of two) whose record is edited in that time."""
_CERTIFICATES = ("PG-13", "R", "PG", "R", "PG-13", "NC-17")
_SERIES_CERTIFICATES = ("TV-MA", "TV-14", "TV-PG", "TV-14")
_WINDOW_DAYS = 80 + DAYS_AFTER_START


class TitleTable:
    """Rows of table ``titles``: one per title of the catalogue, once the service carries it."""

    name = "titles"
    key_columns = 1

    def __init__(self, seed: int, start: datetime, library: Library) -> None:
        """Look at the catalogue."""
        self._start = to_micros(start)
        self._library = library
        self._titles = library.catalogue.titles
        self.count = len(self._titles)
        self._draws = stream(seed, "licences").random((self.count, 24))
        self.ids = [FIRST_TITLE_ID + title.key - 1 for title in self._titles]

    @cached_property
    def created(self) -> NDArray[np.int64]:
        """When the service first carries each title; a series no earlier than its premiere."""
        draws = self._draws
        old = self._start - ((90 + 1900 * draws[:, 0]) * DAY).astype(np.int64)
        created = np.where(draws[:, 1] < NEW_SHARE, self._window(draws[:, 0]), old)
        for index, title in enumerate(self._titles):
            if title.complete.seasons:
                first = title.complete.seasons[0].premiere
                assert first is not None
                midnight = to_micros(datetime.combine(first, time(3), UTC))
                created[index] = max(int(old[index]), midnight)
        return created

    @cached_property
    def removed(self) -> NDArray[np.int64]:
        """When the licence runs out, mostly never; the row stays."""
        at = self._window(self._draws[:, 2])
        chosen = (self._draws[:, 3] < REMOVED_SHARE) & (at > self.created + 30 * DAY)
        return np.where(chosen, at, NEVER)

    @cached_property
    def timeline(self) -> Timeline:
        """Addition, two edits, removal."""
        edits = np.sort(self._window(self._draws[:, 4:6]), axis=1)
        some = (self._draws[:, 6:8] < EDITED_SHARE) & (edits > self.created[:, None])
        events = [self.created[:, None], np.where(some, edits, NEVER), self.removed[:, None]]
        gone = np.full(self.count, NEVER, dtype=np.int64)
        return Timeline(np.concatenate(events, axis=1), gone)

    def rows(self, indices: NDArray[np.int64], clock: int) -> list[tuple[Any, ...]]:
        """Build rows as they are at ``clock``."""
        events = self.timeline.events[indices]
        created = to_datetimes(events[:, 0])
        updated = to_datetimes(self.timeline.changed_at(indices, clock))
        added = to_dates(events[:, 0])
        removed = to_dates(np.where(events[:, 3] <= clock, events[:, 3], NEVER))
        edits = (events[:, 1:3] <= clock).sum(axis=1).tolist()
        return [
            (
                *self._facts(index, edits[place]),
                added[place],
                removed[place],
                created[place],
                updated[place],
            )
            for place, index in enumerate(indices.tolist())
        ]

    def genres(self, index: int) -> list[str]:
        """Return the service's own names of a title's genres, without any faults."""
        if index < len(self._library.films):
            return [name.lower() for name in self._library.films[index].genres]
        genres = self._titles[index].complete.genres
        return [genre.name.lower() for genre in genres] or ["drama"]

    def certificate(self, index: int) -> str:
        """Return a title's maturity rating, without any faults."""
        draw = float(self._draws[index, 8])
        if index >= len(self._library.films):
            young = {"kids", "family", "animation"} & set(self.genres(index))
            return "TV-Y7" if young else _SERIES_CERTIFICATES[int(draw * 4)]
        known = self._library.films[index].certificate
        if known:
            return known
        if {"animation", "family"} & set(self.genres(index)):
            return "PG"
        return _CERTIFICATES[int(draw * len(_CERTIFICATES))]

    def minutes(self, index: int) -> int:
        """Return the length of a film or an ordinary episode in minutes."""
        films = self._library.films
        if index < len(films):
            return films[index].runtime
        return self._library.stories[index - len(films)].minutes

    def _window(self, draws: NDArray[np.float64]) -> NDArray[np.int64]:
        return self._start - 80 * DAY + (draws * _WINDOW_DAYS * DAY).astype(np.int64)

    def _facts(self, index: int, edits: int) -> tuple[Any, ...]:
        title = self._titles[index]
        view = title.complete
        draws = self._draws[index].tolist()
        film = index < len(self._library.films)
        released = view.release_date
        year = self._library.films[index].year if film else (released.year if released else None)
        own_imdb = self._library.films[index].imdb_id if film else view.imdb_id
        no_tmdb = draws[9] < dirt.TITLE_WITHOUT_TMDB_ID / (2 if edits else 1)
        no_imdb = draws[10] < dirt.TITLE_WITHOUT_IMDB_ID
        genres = self.genres(index)
        if draws[11] < dirt.TITLE_WITHOUT_GENRES:
            genres = []
        elif draws[11] < dirt.TITLE_WITHOUT_GENRES + dirt.TITLE_BLANK_GENRE:
            genres = [""]
        return (
            self.ids[index],
            "film" if film else "series",
            view.title,
            view.original_title if draws[12] < 0.2 else None,  # noqa: PLR2004
            year,
            None if draws[13] < dirt.TITLE_WITHOUT_RUNTIME else self.minutes(index),
            None if no_tmdb else view.tmdb_id,
            None if no_imdb else own_imdb,
            view.tvdb_id,
            genres,
            None if draws[14] < dirt.TITLE_WITHOUT_MATURITY else self.certificate(index),
            self._licence(index, draws, edits),
        )

    def _licence(self, index: int, draws: list[float], edits: int) -> str:
        territories = [
            code
            for place, code in enumerate(COUNTRIES)
            if (draws[15] * 997 * (place + 1)) % 1 < 0.85  # noqa: PLR2004
        ]
        expires = None
        if self.removed[index] != NEVER:
            expires = datetime.fromtimestamp(self.removed[index] // 1_000_000, UTC).date()
        elif draws[16] < 0.7:  # noqa: PLR2004
            day = datetime.fromtimestamp(self._start // 1_000_000, UTC).date()
            expires = day + timedelta(days=400 + int(900 * draws[17]) + 365 * edits)
        return json.dumps(
            {
                "territories": territories,
                "exclusive": draws[18] < 0.15,  # noqa: PLR2004
                "expires_on": expires.isoformat() if expires else None,
                "fee": {"amount": round(2000 + 90_000 * draws[19] ** 3, 2), "currency": "USD"},
                "revision": edits,
                "contract": f"LC-{index:05d}",
            }
        )
