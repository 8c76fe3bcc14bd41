"""Viewing: who watches what, when, on what, and for how long, one day at a time.

A day of the world is 24 hours counted from its start. A *sitting* is one viewer who starts
watching; a sitting with a series may run through several episodes, one session each.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np

from sandbox.world.streams import fractions, stream, weighted
from sandbox.world.timeline import DAY, HOUR, MINUTE, SECOND, day_ordinal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from sandbox.world.catalogue import Library
    from sandbox.world.opinions import People, Viewings
    from sandbox.world.users import UserTable

SITTINGS_PER_DAY = 345.0
"""Mean number of spontaneous sittings a day at scale 1."""
SERIES_SHARE = 0.58
"""Share of sittings that are with a series."""
FOLLOWED_SHARE = 0.8
"""Share of sittings with a series that go on with one the profile follows at present."""
FOLLOWING_DAYS = 28
"""Days for which a profile follows a series."""
ONE_MORE_SHARE = 0.5
"""Chance that another episode follows at once."""
LONGEST_RUN = 8
"""Most episodes in one sitting."""
DEVICES = ("tv", "mobile", "tablet", "web", "console")
FINISHED_SHARE = (0.8, 0.52, 0.64, 0.6, 0.72)
"""Chance by device that a session of 40 minutes is watched to the end."""
LENGTH_PENALTY = 0.0016
"""Loss of that chance per further minute."""
WEEKDAY_FACTORS = (0.9, 0.88, 0.9, 0.94, 1.08, 1.22, 1.18)
"""Amount of viewing from Monday to Sunday."""
WORKDAY_HOURS = (
    10,
    5,
    3,
    2,
    1,
    1,
    3,
    7,
    9,
    8,
    8,
    9,
    13,
    13,
    11,
    12,
    16,
    24,
    36,
    52,
    66,
    64,
    44,
    22,
)
"""Amount of viewing by local hour from Monday to Friday."""
WEEKEND_HOURS = (
    20,
    12,
    7,
    4,
    2,
    1,
    2,
    6,
    14,
    24,
    30,
    32,
    34,
    36,
    38,
    38,
    38,
    42,
    48,
    58,
    66,
    62,
    48,
    32,
)
"""Amount of viewing by local hour on Saturday and Sunday."""

_DEVICE_WEIGHTS = (0.48, 0.22, 0.1, 0.13, 0.07)
_FAVOURITE_SHARE = 0.7


@dataclass(frozen=True)
class Sittings:
    """What was watched on one day, one line per session, in no particular order.

    Attributes:
        profile: Index of the profile.
        title: Index of the title.
        episode: Position in the series' list of episodes, -1 for films.
        device: Index into :data:`DEVICES`.
        started: Begin, microseconds.
        elapsed: Time from begin to end, microseconds.
        watched: Seconds played.
        length: Seconds the film or episode lasts.
    """

    profile: NDArray[np.int64]
    title: NDArray[np.int64]
    episode: NDArray[np.int64]
    device: NDArray[np.int64]
    started: NDArray[np.int64]
    elapsed: NDArray[np.int64]
    watched: NDArray[np.int64]
    length: NDArray[np.int64]

    def select(self, which: NDArray[np.bool_]) -> Sittings:
        """Keep some of the lines."""
        return Sittings(
            self.profile[which],
            self.title[which],
            self.episode[which],
            self.device[which],
            self.started[which],
            self.elapsed[which],
            self.watched[which],
            self.length[which],
        )


class Episodes:
    """Episodes of all series in order of showing, without specials."""

    def __init__(self, library: Library) -> None:
        """Lay the lists end to end."""
        self._films = len(library.films)
        season: list[int] = []
        number: list[int] = []
        minutes: list[int] = []
        airdate: list[int] = []
        first: list[int] = []
        for story in library.stories:
            first.append(len(season))
            day = 0
            for part in story.seasons:
                for episode in part.episodes:
                    if episode.number is None:
                        continue
                    day = max(day, episode.airdate.toordinal() if episode.airdate else 0)
                    season.append(part.number)
                    number.append(episode.number)
                    minutes.append(episode.runtime or story.minutes)
                    airdate.append(day)
        self.season = np.array(season, dtype=np.int64)
        self.number = np.array(number, dtype=np.int64)
        self.minutes = np.array(minutes, dtype=np.int64)
        self._airdate = np.array(airdate, dtype=np.int64)
        self._first = np.array(first, dtype=np.int64)

    def shown(self, title: NDArray[np.int64], ordinal: int) -> NDArray[np.int64]:
        """Count the episodes of each series shown up to a day (proleptic ordinal)."""
        counts = np.add.reduceat(self._airdate <= ordinal, self._first, dtype=np.int64)
        found: NDArray[np.int64] = counts[title - self._films]
        return found

    def at(self, title: NDArray[np.int64], position: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return places in the arrays of the ``position``-th episode of each series."""
        place: NDArray[np.int64] = self._first[title - self._films] + position
        return place


class Viewing:
    """Generates the sessions of any day, each day from streams of its own."""

    def __init__(
        self,
        seed: int,
        scale: float,
        *,
        world_start: int,
        library: Library,
        users: UserTable,
        people: People,
        implied: Sequence[Viewings],
    ) -> None:
        """Remember who and what there is.

        Args:
            seed: The world's seed.
            scale: Multiplies the number of sittings.
            world_start: Start of the world in microseconds.
            library: The catalogue.
            users: The users.
            people: Profiles, subscriptions, titles and demand.
            implied: Viewings that other tables imply.
        """
        self._seed = seed
        self._scale = scale
        self._start = world_start
        self._films = len(library.films)
        self._users = users
        self._people = people
        self.episodes = Episodes(library)
        self._film_minutes = np.array([film.runtime for film in library.films], dtype=np.int64)
        until = np.concatenate([viewings.until for viewings in implied])
        order = np.argsort(until, kind="stable")
        self._implied_until = until[order]
        self._implied_profile = np.concatenate([viewings.profile for viewings in implied])[order]
        self._implied_title = np.concatenate([viewings.title for viewings in implied])[order]

    def day(self, day: int) -> Sittings:
        """Generate one day, counted from the world's start and negative before it."""
        random = stream(self._seed, "sittings", day)
        profile, started = self._who_and_when(random, day)
        title, position, shown = self._what(random, day, profile)
        known = title >= 0
        profile, started = profile[known], started[known]
        title, position, shown = title[known], position[known], shown[known]
        run = 1 + np.floor(
            np.log(1 - 0.9999 * random.random(len(title))) / np.log(ONE_MORE_SHARE)
        ).astype(np.int64)
        run = np.where(title < self._films, 1, np.minimum(run, LONGEST_RUN))
        run = np.maximum(1, np.minimum(run, shown - position))
        begin, end = np.searchsorted(
            self._implied_until, [self._start + day * DAY, self._start + (day + 1) * DAY]
        )
        implied_title = self._implied_title[begin:end]
        implied_shown = self._shown(implied_title, day)
        until = self._implied_until[begin:end]
        spontaneous = len(profile)
        sittings = self._expand(
            random,
            profile=np.concatenate([profile, self._implied_profile[begin:end]]),
            title=np.concatenate([title, implied_title]),
            position=np.concatenate([position, np.maximum(implied_shown - 1, 0)]),
            run=np.concatenate([run, np.ones(end - begin, dtype=np.int64)]),
            instant=np.concatenate([started, until]),
            spontaneous=spontaneous,
        )
        user = self._people.profiles.user[sittings.profile]
        lives = self._people.subscriptions.active(user, sittings.started)
        lives &= sittings.started > self._people.profiles.created[sittings.profile]
        lives &= self._people.demand.carried(sittings.title, sittings.started)
        return sittings.select(lives)

    def _who_and_when(
        self, random: np.random.Generator, day: int
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        profiles = self._people.profiles
        morning = self._start + day * DAY
        weekday = datetime.fromtimestamp(morning // SECOND, UTC).weekday()
        count = int(random.poisson(SITTINGS_PER_DAY * self._scale * WEEKDAY_FACTORS[weekday]))
        everyone = np.full(profiles.count, morning, dtype=np.int64)
        able = self._people.subscriptions.active(profiles.user, everyone)
        cumulative = np.cumsum(profiles.activity * (able & (profiles.created <= morning)))
        draws = random.random((3, count))
        if not len(cumulative) or cumulative[-1] <= 0:
            empty = np.zeros(0, dtype=np.int64)
            return empty, empty
        profile = np.searchsorted(cumulative, draws[0] * cumulative[-1], side="right")
        offsets = self._users.offset_minutes[profiles.user[profile]]
        hour = np.zeros(count, dtype=np.int64)
        for offset in np.unique(offsets).tolist():
            who = offsets == offset
            hour[who] = weighted(self._hour_weights(morning, offset), draws[1, who])
        started = morning + hour * HOUR + (draws[2] * HOUR).astype(np.int64)
        return profile, started

    @staticmethod
    def _hour_weights(morning: int, offset: int) -> list[int]:
        weights = []
        for hour in range(24):
            seconds = (morning + hour * HOUR + offset * MINUTE) // SECOND
            local = datetime.fromtimestamp(seconds, UTC)
            table = WEEKEND_HOURS if local.weekday() > 4 else WORKDAY_HOURS  # noqa: PLR2004
            weights.append(table[local.hour])
        return weights

    def _what(
        self, random: np.random.Generator, day: int, profile: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        """Choose title, first episode, and the number of episodes there are."""
        demand, taste = self._people.demand, self._people.profiles.taste[profile]
        draws = random.random((5, len(profile)))
        title = demand.choose(day, "film", taste, draws[0])
        position = np.zeros(len(profile), dtype=np.int64)
        series = np.flatnonzero(draws[1] < SERIES_SHARE)
        any_series = demand.choose(day, "series", taste[series], draws[2, series])
        title[series] = any_series
        follows = series[draws[3, series] < FOLLOWED_SHARE]
        slot = (draws[4, follows] < 0.4).astype(np.int64)  # noqa: PLR2004
        pace = 0.3 + 1.2 * fractions(self._seed, "pace", profile[follows])
        for number in (0, 1):
            who = follows[slot == number]
            shift = number * FOLLOWING_DAYS // 2
            epoch = (day + shift) // FOLLOWING_DAYS
            first_day = epoch * FOLLOWING_DAYS - shift
            key = np.full(len(who), epoch * 2 + number)
            title[who] = demand.choose(
                first_day,
                "series",
                taste[who],
                fractions(self._seed, "followed", profile[who], key),
            )
            seen = pace[slot == number] * (day - first_day)
            begin = 6 * fractions(self._seed, "entry", profile[who], key) ** 3
            position[who] = np.floor(begin + seen).astype(np.int64)
        shown = self._shown(title, day)
        is_series = title >= self._films
        title = np.where(is_series & (shown == 0), -1, title)
        position = np.where(is_series & (shown > 0), position % np.maximum(shown, 1), 0)
        return title, position, shown

    def _shown(self, title: NDArray[np.int64], day: int) -> NDArray[np.int64]:
        shown = np.zeros(len(title), dtype=np.int64)
        series = title >= self._films
        ordinal = day_ordinal(self._start + day * DAY)
        shown[series] = self.episodes.shown(title[series], ordinal)
        return shown

    def _expand(
        self,
        random: np.random.Generator,
        *,
        profile: NDArray[np.int64],
        title: NDArray[np.int64],
        position: NDArray[np.int64],
        run: NDArray[np.int64],
        instant: NDArray[np.int64],
        spontaneous: int,
    ) -> Sittings:
        """Turn sittings into sessions; the ones after ``spontaneous`` end before their instant."""
        draws = random.random((6, int(run.sum())))
        device = self._devices(random, profile)
        sitting = np.repeat(np.arange(len(run)), run)
        first = np.cumsum(run) - run
        step = np.arange(len(sitting)) - first[sitting]
        titles = title[sitting]
        series = titles >= self._films
        episode = np.full(len(sitting), -1, dtype=np.int64)
        episode[series] = self.episodes.at(titles[series], (position[sitting] + step)[series])
        minutes = np.where(
            series,
            self.episodes.minutes[np.where(series, episode, 0)],
            self._film_minutes[np.where(series, 0, titles)],
        )
        length = 60 * minutes
        finished = np.array(FINISHED_SHARE)[device[sitting]] - LENGTH_PENALTY * (minutes - 40)
        through = (draws[0] < finished) | (step < run[sitting] - 1)
        part = np.where(through, 0.93 + 0.07 * draws[1], 0.92 * draws[1] ** 1.4)
        watched = np.maximum(5, np.floor(part * length)).astype(np.int64)
        pauses = np.where(draws[2] < 0.3, 900 * draws[3] ** 3, 2 * draws[3])  # noqa: PLR2004
        elapsed = ((watched + pauses) * SECOND).astype(np.int64)
        gap = ((6 + 30 * draws[4]) * SECOND).astype(np.int64)
        spent = np.cumsum(elapsed + gap)
        before = spent - (elapsed + gap)
        offset = before - before[first[sitting]] if len(sitting) else before
        started = instant[sitting] + offset
        implied = sitting >= spontaneous
        lead = ((30 + 1100 * draws[5]) * SECOND).astype(np.int64)
        started = np.where(implied, instant[sitting] - elapsed - lead, started)
        return Sittings(
            profile[sitting], titles, episode, device[sitting], started, elapsed, watched, length
        )

    def _devices(
        self, random: np.random.Generator, profile: NDArray[np.int64]
    ) -> NDArray[np.int64]:
        draws = random.random((2, len(profile)))
        favourite = weighted(_DEVICE_WEIGHTS, self._people.profiles.device_draw[profile])
        other = weighted(_DEVICE_WEIGHTS, draws[1])
        return np.where(draws[0] < _FAVOURITE_SHARE, favourite, other)
