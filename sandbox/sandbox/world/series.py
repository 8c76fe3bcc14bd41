"""Generated series: names, seasons and episodes as they are when all is known."""

# ruff: noqa: PLR2004  (shares of an invented world)

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

from sandbox.world import words
from sandbox.world.model import Episode, Season
from sandbox.world.streams import stream

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np

    from sandbox.world.model import EpisodeType

NO_EPISODE_RUNTIME = 0.02
"""Share of episodes whose length the platforms do not know."""
NO_EPISODE_SUMMARY = 0.12
"""Share of episodes that nobody summarised."""
NO_EPISODE_DATE = 0.004
"""Share of episodes without a date (TVmaze shows ``""``)."""
SPECIAL_SHARE = 0.25
"""Share of seasons with a special, which has no number."""
RUNNING_SHARE = 0.3
"""Share of series that show new episodes in the year after the start."""
FUTURE_SHARE = 0.07
"""Share of series that begin after the start."""
YEAR_NUMBERED_SHARE = 0.03
"""Share of series whose season numbers are years."""

_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_ID_MASK = (1 << 21) - 1


@dataclass(frozen=True, slots=True)
class Story:
    """One generated series.

    Attributes:
        name: English name, unique.
        plot: A sentence.
        minutes: Length of an ordinary episode.
        weekday: English name of the day of showing, ``""`` if a season comes at once.
        airtime: Local ``HH:MM``, ``""`` if a season comes at once.
        seasons: All seasons there will ever be.
        ends: Whether it is over after the last season.
    """

    name: str
    plot: str
    minutes: int
    weekday: str
    airtime: str
    seasons: tuple[Season, ...]
    ends: bool


def make_stories(seed: int, start: date, count: int) -> tuple[Story, ...]:
    """Make so many series for a world that starts on this day; more leave the first as they are."""
    taken: set[str] = set()
    return tuple(_story(seed, number, start, taken) for number in range(count))


def fill(pattern: str, random: np.random.Generator) -> str:
    """Fill a pattern of :mod:`sandbox.world.words` with words."""
    lists: dict[str, Sequence[str]] = {
        "adjective": words.ADJECTIVES,
        "noun": words.NOUNS,
        "noun2": words.NOUNS,
        "given": words.GIVEN_NAMES,
        "given2": words.GIVEN_NAMES,
        "family": words.FAMILY_NAMES,
        "family2": words.FAMILY_NAMES,
    }
    chosen = {
        name: some[int(random.random() * len(some))]
        for name, some in lists.items()
        if f"{{{name}}}" in pattern
    }
    if pattern.endswith("."):
        chosen |= {
            name: chosen[name].lower() for name in chosen if name.startswith(("noun", "adj"))
        }
    return pattern.format(**chosen)


def one_of(choices: Sequence[str], random: np.random.Generator) -> str:
    """Choose one string."""
    return choices[int(random.random() * len(choices))]


def scrambled(number: int) -> int:
    """Map numbers below 2^21 one to one onto numbers below 2^21 that look unordered."""
    return (number * 1_234_577 + 98_765) & _ID_MASK


def _story(seed: int, number: int, start: date, taken: set[str]) -> Story:
    random = stream(seed, "series", number)
    name = fill(one_of(words.SERIES_PATTERNS, random), random)
    while name in taken:
        name = fill(one_of(words.SERIES_PATTERNS, random), random)
    taken.add(name)
    at_once = random.random() < 0.4
    minutes = (22, 30, 45, 52, 60)[int(random.random() * 5)]
    weekday = int(random.random() * 7)
    airtime = "" if at_once else f"{19 + int(random.random() * 4):02d}:{30 * (number % 2):02d}"
    premieres, ends = _premieres(random, start)
    by_year = random.random() < YEAR_NUMBERED_SHARE
    seasons: list[Season] = []
    for position, premiere in enumerate(premieres):
        first = premiere + timedelta(days=(weekday - premiere.weekday()) % 7)
        season_number = first.year if by_year else position + 1
        if any(season.number == season_number for season in seasons):
            continue
        context = _Context(number, position, season_number, minutes, airtime, at_once=at_once)
        seasons.append(_season(random, context, first))
    return Story(
        name=name,
        plot=fill(one_of(words.PLOTS, random), random),
        minutes=minutes,
        weekday="" if at_once else _WEEKDAYS[weekday],
        airtime=airtime,
        seasons=tuple(seasons),
        ends=ends,
    )


def _premieres(random: np.random.Generator, start: date) -> tuple[list[date], bool]:
    """Choose the first days of all seasons, and whether the series is over after them."""
    kind = random.random()
    count = 1 + int(7 * random.random() ** 2)
    gap = 330 + int(120 * random.random())
    if kind < FUTURE_SHARE:
        first = start + timedelta(days=3 + int(260 * random.random()))
        return [first], False
    if kind < FUTURE_SHARE + RUNNING_SHARE:
        current = start + timedelta(days=int(220 * random.random()) - 60)
        return [current - timedelta(days=gap * back) for back in range(count - 1, -1, -1)], (
            random.random() < 0.4
        )
    last = start - timedelta(days=200 + int(5500 * random.random() ** 1.5))
    return [last - timedelta(days=gap * back) for back in range(count - 1, -1, -1)], (
        random.random() < 0.8
    )


@dataclass(frozen=True, slots=True)
class _Context:
    series: int
    position: int
    season_number: int
    minutes: int
    airtime: str
    at_once: bool


def _season(random: np.random.Generator, context: _Context, first: date) -> Season:
    count = (6, 8, 10, 13)[int(random.random() * 4)]
    base = (context.series * 10 + context.position) * 20
    episodes = []
    for index in range(count):
        day = first if context.at_once else first + timedelta(days=7 * index)
        episodes.append(_episode(random, context, base + index, day, index + 1))
    if random.random() < SPECIAL_SHARE:
        special = _episode(random, context, base + count, episodes[-1].airdate or first, None)
        episodes.append(special)
    votes = [episode.vote_average for episode in episodes]
    return Season(
        tmdb_id=60_000 + scrambled(context.series * 10 + context.position) % (1 << 21),
        tvmaze_id=1 + context.series * 10 + context.position,
        number=context.season_number,
        name=f"Season {context.season_number}",
        premiere=first,
        end=max((episode.airdate for episode in episodes if episode.airdate), default=first),
        overview="" if random.random() < 0.6 else fill(one_of(words.PLOTS, random), random),
        vote_average=round(sum(votes) / len(votes), 1),
        poster_path=None if random.random() < 0.1 else f"/season{base}.jpg",
        episodes=tuple(episodes),
    )


def _episode(
    random: np.random.Generator, context: _Context, index: int, day: date, number: int | None
) -> Episode:
    draws: list[float] = random.random(8).tolist()
    kind: EpisodeType = "regular"
    if number is None:
        kind = "significant_special" if draws[0] < 0.5 else "insignificant_special"
    rating = round(6.2 + 2.6 * draws[1], 1)
    name = fill(one_of(words.EPISODE_PATTERNS, random), random)
    summary = fill(one_of(words.PLOTS, random), random)
    episode = Episode(
        tmdb_id=1_000_000 + scrambled(index),
        tvmaze_id=1 + index,
        number=number,
        name=name,
        type=kind,
        airdate=None if draws[2] < NO_EPISODE_DATE and number != 1 else day,
        airtime=context.airtime,
        runtime=context.minutes + int(9 * draws[3]) - 4,
        rating=rating if draws[4] < 0.8 else None,
        vote_average=round(rating + 0.3 * draws[5], 1),
        vote_count=int(4 + 60 * draws[6]),
        summary=None if draws[7] < NO_EPISODE_SUMMARY else summary,
        still_path=None if draws[5] < 0.2 else f"/still{index}.jpg",
    )
    return replace(episode, runtime=None) if draws[6] < NO_EPISODE_RUNTIME else episode
