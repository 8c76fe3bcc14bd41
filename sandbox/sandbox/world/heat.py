"""How much a title is asked for on a day: Zipf's law, with drift and seasons in the news."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from sandbox.world.streams import fractions, stream

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

ZIPF_EXPONENT = 0.92
ZIPF_OFFSET = 6
TMDB_POPULARITY_PER_WEIGHT = 1500.0
NEWS_FACTOR = 3.0
"""How much more a title is asked for while it is in the news."""


@dataclass(frozen=True, slots=True)
class News:
    """A time in which a title is asked for more.

    Attributes:
        index: Position of the title in the catalogue, from 0.
        first_day: Proleptic ordinal of the first day.
        last_day: Proleptic ordinal of the last day.
    """

    index: int
    first_day: int
    last_day: int


class Heat:
    """Weights of all titles by day."""

    def __init__(self, seed: int, prominence: NDArray[np.float64], news: Sequence[News]) -> None:
        """Rank the titles.

        Args:
            seed: The world's seed.
            prominence: Per title, lower is better known.
            news: Times in which titles are in the news.
        """
        self._seed = seed
        count = len(prominence)
        rank = np.empty(count, dtype=np.int64)
        rank[np.argsort(prominence, kind="stable")] = np.arange(count)
        self._base = 1.0 / (rank + ZIPF_OFFSET) ** ZIPF_EXPONENT
        draws = stream(seed, "heat").random((3, count))
        self._period = 25 + 65 * draws[0]
        self._phase, self._phase2 = draws[1], draws[2]
        self._news = np.array(
            [(item.index, item.first_day, item.last_day) for item in news], dtype=np.int64
        ).reshape(-1, 3)
        self.of_day = lru_cache(maxsize=512)(self._of_day)

    def of_title(self, index: int, day: int) -> float:
        """Return TMDB's popularity score of one title on one day (proleptic ordinal)."""
        return float(self.of_day(day)[index]) * TMDB_POPULARITY_PER_WEIGHT

    def trending(self, day: int, days: int) -> NDArray[np.float64]:
        """Return the activity of the ``days`` days that end with ``day``, per title."""
        total = np.zeros(len(self._base))
        keys = np.arange(len(self._base))
        for back in range(days):
            noise = fractions(self._seed, "trending", keys, np.full(1, day - back))
            total += self.of_day(day - back) * (0.4 + 1.2 * noise)
        return total

    def _of_day(self, day: int) -> NDArray[np.float64]:
        slow = np.sin(2 * np.pi * (day / self._period + self._phase))
        quick = np.sin(2 * np.pi * (3.7 * day / self._period + self._phase2))
        weights: NDArray[np.float64] = self._base * np.exp(0.45 * slow + 0.25 * quick)
        hot = self._news[(self._news[:, 1] <= day) & (day <= self._news[:, 2]), 0]
        weights[np.unique(hot)] *= NEWS_FACTOR
        return weights
