"""Ratings and watchlists: what profiles say about titles (tables ``ratings``, ``watchlist_items``).

Each profile and title meet at most once per table. Both are drawn for the whole life of the
world at once, so that any clock only selects from them.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from sandbox.world import dirt, words
from sandbox.world.changes import DAYS_AFTER_START
from sandbox.world.streams import fractions, stream
from sandbox.world.timeline import DAY, HOUR, NEVER, Timeline, to_datetimes
from sandbox.world.users import HISTORY_DAYS

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from sandbox.world.demand import Demand
    from sandbox.world.licences import TitleTable
    from sandbox.world.profiles import ProfileTable
    from sandbox.world.subscriptions import SubscriptionTable

RATINGS_PER_PROFILE = 11.6
"""Mean number of attempts to rate in the world's life; about a third come to nothing."""
ITEMS_PER_PROFILE = 20.5
"""Mean number of attempts to put a title on the watchlist in the world's life."""
RATING_CHANGED = 0.15
"""Share of ratings given anew one to sixty days later."""
ITEM_EDITED = 0.1
"""Share of watchlist items that are moved or get a note later."""
WATCHED_BEFORE_RATING = 0.7
"""Share of ratings that a viewing session of the title comes right before."""
WATCHED_BEFORE_REMOVAL = 0.5
"""Share of removals from the watchlist that a viewing session of the title comes right before."""
COMMENT_SHARE = 0.15
NOTE_SHARE = 0.12
POSITION_SHARE = 0.9
_BUCKET_DAYS = 30


@dataclass(frozen=True)
class People:
    """The tables that opinions refer to."""

    profiles: ProfileTable
    subscriptions: SubscriptionTable
    titles: TitleTable
    demand: Demand


@dataclass(frozen=True)
class Viewings:
    """Viewings that must have happened because of what followed them.

    Attributes:
        profile: Index of each profile.
        title: Index of each title.
        until: Instant before which each viewing ended.
    """

    profile: NDArray[np.int64]
    title: NDArray[np.int64]
    until: NDArray[np.int64]


class _Meetings:
    """Profiles that meet titles, each pair once, while both are there."""

    def __init__(self, seed: int, kind: str, mean: float, start: int, people: People) -> None:
        self._seed = seed
        self._kind = kind
        self._people = people
        profiles = people.profiles
        random = stream(seed, kind)
        tries = (-mean * np.log(1 - 0.999 * random.random(profiles.count))).astype(np.int64)
        profile = np.repeat(np.arange(profiles.count), tries)
        draws = random.random((4, len(profile)))
        span = (HISTORY_DAYS + DAYS_AFTER_START) * DAY
        at = start - HISTORY_DAYS * DAY + (draws[0] * span).astype(np.int64)
        title = np.full(len(profile), -1, dtype=np.int64)
        bucket = np.floor((at - start) / (_BUCKET_DAYS * DAY)).astype(np.int64)
        films = draws[1] < 0.6  # noqa: PLR2004
        for number in np.unique(bucket).tolist():
            for is_film in (True, False):
                who = np.flatnonzero((bucket == number) & (films == is_film))
                title[who] = people.demand.choose(
                    number * _BUCKET_DAYS,
                    "film" if is_film else "series",
                    profiles.taste[profile[who]],
                    draws[2, who],
                )
        kept = (
            people.demand.carried(title, at)
            & (at > profiles.created[profile] + HOUR)
            & people.subscriptions.active(profiles.user[profile], at)
        )
        profile, title, at = profile[kept], title[kept], at[kept]
        order = np.lexsort((at, title, profile))
        profile, title, at = profile[order], title[order], at[order]
        repeated = (profile[1:] == profile[:-1]) & (title[1:] == title[:-1])
        first = np.concatenate([np.ones(min(1, len(profile)), dtype=bool), ~repeated])
        self.profile, self.title, self.at = profile[first], title[first], at[first]
        self.count = len(self.profile)

    def draw(self, what: str) -> NDArray[np.float64]:
        """Draw one number in [0, 1) per meeting."""
        return fractions(self._seed, f"{self._kind} {what}", self.profile, self.title)

    def later(self, share: float, what: str, days: Callable[[NDArray[np.float64]], Any]) -> Any:
        """Return an instant after the meeting for a share of them, else ``NEVER``."""
        delay = (days(self.draw(f"{what} delay")) * DAY).astype(np.int64) + HOUR
        return np.where(self.draw(what) < share, self.at + delay, NEVER)

    @property
    def erased(self) -> NDArray[np.int64]:
        """When each meeting's profile is erased."""
        erased: NDArray[np.int64] = self._people.profiles.erased[self.profile]
        return erased

    def keys(self, indices: NDArray[np.int64]) -> list[tuple[str, int]]:
        """Return keys of profile and title."""
        ids, titles = self._people.profiles.ids, self._people.titles.ids
        return [
            (ids[profile], titles[title])
            for profile, title in zip(
                self.profile[indices].tolist(), self.title[indices].tolist(), strict=True
            )
        ]


class RatingTable:
    """Rows of table ``ratings``."""

    name = "ratings"
    key_columns = 2

    def __init__(self, seed: int, start: int, people: People) -> None:
        """Draw all ratings of a world that starts at ``start`` (microseconds)."""
        self._meetings = _Meetings(seed, "ratings", RATINGS_PER_PROFILE, start, people)

    @cached_property
    def removed(self) -> NDArray[np.int64]:
        """When each rating is taken back, mostly never."""
        removed: NDArray[np.int64] = self._meetings.later(
            dirt.RATING_REMOVED, "removed", lambda draws: 0.2 + 60 * draws
        )
        return removed

    @cached_property
    def timeline(self) -> Timeline:
        """Rating and re-rating."""
        again = self._meetings.later(RATING_CHANGED, "again", lambda draws: 1 + 59 * draws)
        events = np.stack([self._meetings.at, again], axis=1)
        return Timeline(events, np.minimum(self.removed, self._meetings.erased))

    @cached_property
    def viewings(self) -> Viewings:
        """Sessions that ratings imply."""
        some = self._meetings.draw("watched") < WATCHED_BEFORE_RATING
        return Viewings(
            self._meetings.profile[some], self._meetings.title[some], self._meetings.at[some]
        )

    def rows(self, indices: NDArray[np.int64], clock: int) -> list[tuple[Any, ...]]:
        """Build rows as they are at ``clock``."""
        meetings = self._meetings
        events = self.timeline.events[indices]
        again = events[:, 1] <= clock
        title = meetings.title[indices]
        quality = fractions(0, "quality", title)
        feeling = np.where(again, meetings.draw("mind")[indices], meetings.draw("stars")[indices])
        stars = np.clip(np.round(2 * (1.2 + 2.2 * quality + 2.2 * feeling)) / 2, 0.5, 5.0)
        said = meetings.draw("comment")[indices]
        comments = [
            words.COMMENTS[int(x / COMMENT_SHARE * len(words.COMMENTS))]
            if x < COMMENT_SHARE
            else None
            for x in said.tolist()
        ]
        created = to_datetimes(events[:, 0])
        changed = to_datetimes(self.timeline.changed_at(indices, clock))
        return [
            (*key, Decimal(str(star)), when, comment, first, when)
            for key, star, comment, first, when in zip(
                meetings.keys(indices), stars.tolist(), comments, created, changed, strict=True
            )
        ]


class WatchlistTable:
    """Rows of table ``watchlist_items``."""

    name = "watchlist_items"
    key_columns = 2

    def __init__(self, seed: int, start: int, people: People) -> None:
        """Draw all items of a world that starts at ``start`` (microseconds)."""
        self._meetings = _Meetings(seed, "watchlist", ITEMS_PER_PROFILE, start, people)

    @cached_property
    def removed(self) -> NDArray[np.int64]:
        """When each item is removed."""
        removed: NDArray[np.int64] = self._meetings.later(
            dirt.WATCHLIST_REMOVED, "removed", lambda draws: -28 * np.log(1 - 0.999 * draws)
        )
        return removed

    @cached_property
    def timeline(self) -> Timeline:
        """Addition and at most one edit."""
        edited = self._meetings.later(ITEM_EDITED, "edited", lambda draws: 15 * draws)
        events = np.stack([self._meetings.at, edited], axis=1)
        return Timeline(events, np.minimum(self.removed, self._meetings.erased))

    @cached_property
    def viewings(self) -> Viewings:
        """Sessions that removals imply."""
        some = self._meetings.draw("watched") < WATCHED_BEFORE_REMOVAL
        some &= self.removed != NEVER
        return Viewings(
            self._meetings.profile[some], self._meetings.title[some], self.removed[some]
        )

    def rows(self, indices: NDArray[np.int64], clock: int) -> list[tuple[Any, ...]]:
        """Build rows as they are at ``clock``."""
        meetings = self._meetings
        events = self.timeline.events[indices]
        edited = (events[:, 1] <= clock).tolist()
        place = meetings.draw("place")[indices].tolist()
        noted = meetings.draw("note")[indices].tolist()
        added = to_datetimes(events[:, 0])
        changed = to_datetimes(self.timeline.changed_at(indices, clock))
        rows = []
        for number, key in enumerate(meetings.keys(indices)):
            moved = edited[number]
            has_note = noted[number] < NOTE_SHARE or (moved and noted[number] > 0.6)  # noqa: PLR2004
            position = 1 if moved else 1 + int(place[number] * 24)
            rows.append(
                (
                    *key,
                    added[number],
                    position if place[number] < POSITION_SHARE else None,
                    words.NOTES[int(place[number] * len(words.NOTES))] if has_note else None,
                    added[number],
                    changed[number],
                )
            )
        return rows
