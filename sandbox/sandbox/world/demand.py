"""Which title a viewer with a certain taste takes on a certain day."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Literal

import numpy as np

from sandbox.world.profiles import KIDS_TASTE, TASTES
from sandbox.world.timeline import DAY, day_ordinal

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sandbox.world.catalogue import Library
    from sandbox.world.licences import TitleTable

Kind = Literal["film", "series"]
LIKED = (
    frozenset({"action", "adventure", "western", "war", "action & adventure", "war & politics"}),
    frozenset({"comedy", "romance", "musical", "music"}),
    frozenset({"drama", "biography", "history"}),
    frozenset({"sci-fi", "fantasy", "sci-fi & fantasy"}),
    frozenset({"crime", "thriller", "mystery", "horror"}),
    frozenset({"documentary", "sport", "animation", "family"}),
)
"""Genres that the tastes from 1 on prefer."""
OTHERS_FACTOR = 0.25
"""How much less a taste takes what it does not prefer."""
_CHILDRENS = frozenset({"animation", "family", "kids"})
_CHILDRENS_CERTIFICATES = frozenset({"G", "PG", "TV-Y7"})


class Demand:
    """Cumulative weights of titles by day, kind and taste."""

    def __init__(self, world_start: int, library: Library, titles: TitleTable) -> None:
        """Work out what each taste likes.

        Args:
            world_start: Start of the world in microseconds.
            library: Catalogue with its popularity.
            titles: What the service carries, and when.
        """
        self._start = world_start
        self._first_ordinal = day_ordinal(world_start)
        self._heat = library.heat
        self._titles = titles
        self._films = len(library.films)
        self._factors = np.ones((TASTES, titles.count))
        for index in range(titles.count):
            genres = set(titles.genres(index))
            for taste, liked in enumerate(LIKED, 1):
                self._factors[taste, index] = 1.0 if genres & liked else OTHERS_FACTOR
            mild = titles.certificate(index) in _CHILDRENS_CERTIFICATES
            suits = mild and bool(genres & _CHILDRENS)
            self._factors[KIDS_TASTE, index] = 1.0 if suits else (0.02 if mild else 0.0)
        self._cumulative = lru_cache(maxsize=256)(self._compute)

    def choose(
        self, day: int, kind: Kind, taste: NDArray[np.int64], draws: NDArray[np.float64]
    ) -> NDArray[np.int64]:
        """Choose a title per viewer.

        Args:
            day: Days since the world's start, negative before it.
            kind: Films or series.
            taste: Group of taste per viewer.
            draws: A number in [0, 1) per viewer.

        Returns:
            Positions in the catalogue; -1 where the service carries nothing suitable.
        """
        first = 0 if kind == "film" else self._films
        chosen = np.full(len(taste), -1, dtype=np.int64)
        cumulative = self._cumulative(day, kind)
        for group in np.unique(taste).tolist():
            line = cumulative[group]
            if line[-1] > 0:
                who = taste == group
                chosen[who] = first + np.searchsorted(line, draws[who] * line[-1], side="right")
        return chosen

    def carried(self, index: NDArray[np.int64], at: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Tell for each title and instant whether the service carries it then."""
        there: NDArray[np.bool_] = (index >= 0) & (self._titles.created[index] <= at)
        return there & (at < self._titles.removed[index])

    def _compute(self, day: int, kind: Kind) -> NDArray[np.float64]:
        weights = self._heat.of_day(self._first_ordinal + day)
        morning = self._start + day * DAY
        there = (self._titles.created <= morning) & (morning + DAY < self._titles.removed)
        part = slice(0, self._films) if kind == "film" else slice(self._films, None)
        weighted: NDArray[np.float64] = (self._factors * (weights * there))[:, part]
        return np.cumsum(weighted, axis=1)
