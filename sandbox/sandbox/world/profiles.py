"""Viewers within an account (table ``profiles``)."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from sandbox.world import words
from sandbox.world.changes import DAYS_AFTER_START
from sandbox.world.streams import stream, weighted
from sandbox.world.timeline import DAY, MINUTE, NEVER, Timeline, to_datetimes, to_micros, to_uuids
from sandbox.world.users import HISTORY_DAYS

if TYPE_CHECKING:
    from datetime import datetime

    from numpy.typing import NDArray

    from sandbox.world.users import UserTable

PROFILES_PER_USER = (0.55, 0.27, 0.11, 0.05, 0.02)
"""Share of users with one, two, … profiles."""
KIDS_SHARE = 0.35
"""Share of children's profiles among those that are not an account's first."""
EDITED_SHARE = 0.3
"""Share of profiles that are edited in the time for which edits are known."""
TASTES = 8
"""Groups of taste: 0 is for everything, 1 to 6 favour a genre, 7 is for children."""
KIDS_TASTE = 7
_LIMITS = (None, None, None, "PG-13", "R", "TV-14")


class ProfileTable:
    """Rows of table ``profiles``; they are erased with their user."""

    name = "profiles"
    key_columns = 1

    def __init__(self, seed: int, start: datetime, users: UserTable) -> None:
        """Deal out profiles to the users."""
        self._seed = seed
        self._start = to_micros(start)
        self._users = users
        per_user = 1 + weighted(PROFILES_PER_USER, stream(seed, "profiles").random(users.count))
        self.user = np.repeat(np.arange(users.count), per_user)
        first = np.concatenate([[0], np.cumsum(per_user)[:-1]])
        self.position = np.arange(len(self.user)) - np.repeat(first, per_user)
        self.count = len(self.user)
        self._draws = stream(seed, "profile").random((self.count, 12))

    @cached_property
    def created(self) -> NDArray[np.int64]:
        """Creation of each profile; an account's first one comes a minute after sign-up."""
        draws = self._draws[:, 0]
        days = np.where(self._draws[:, 1] < 0.8, 20 * draws, 500 * draws)  # noqa: PLR2004
        delay = np.where(self.position == 0, MINUTE * (0.2 + draws), days * DAY)
        return self._users.created[self.user] + delay.astype(np.int64)

    @cached_property
    def erased(self) -> NDArray[np.int64]:
        """When each profile is erased together with its user, mostly never."""
        return self._users.erased[self.user]

    @cached_property
    def timeline(self) -> Timeline:
        """Creation and at most one edit."""
        span = (HISTORY_DAYS + DAYS_AFTER_START) * DAY
        at = self._start - HISTORY_DAYS * DAY + (self._draws[:, 2] * span).astype(np.int64)
        edited = (self._draws[:, 3] < EDITED_SHARE) & (at > self.created)
        return Timeline(np.stack([self.created, np.where(edited, at, NEVER)], axis=1), self.erased)

    @cached_property
    def ids(self) -> list[str]:
        """Key of each profile."""
        return to_uuids(stream(self._seed, "profile-ids").bytes(16 * self.count))

    @cached_property
    def is_kids(self) -> NDArray[np.bool_]:
        """Whether a profile is for children."""
        kids: NDArray[np.bool_] = (self.position > 0) & (self._draws[:, 4] < KIDS_SHARE)
        return kids

    @cached_property
    def taste(self) -> NDArray[np.int64]:
        """Group of taste of each profile."""
        grown = (self._draws[:, 5] * KIDS_TASTE).astype(np.int64)
        return np.where(self.is_kids, KIDS_TASTE, grown)

    @cached_property
    def activity(self) -> NDArray[np.float64]:
        """How much a profile watches, relative to others: few watch a lot."""
        weights: NDArray[np.float64] = (
            np.exp(2.6 * (self._draws[:, 6] - 0.5)) / (1.02 - self._draws[:, 7]) ** 0.4
        )
        return weights

    @cached_property
    def device_draw(self) -> NDArray[np.float64]:
        """Decides each profile's favourite device."""
        return self._draws[:, 8]

    def rows(self, indices: NDArray[np.int64], clock: int) -> list[tuple[Any, ...]]:
        """Build rows as they are at ``clock``."""
        created = to_datetimes(self.timeline.created[indices])
        updated = to_datetimes(self.timeline.changed_at(indices, clock))
        edited = (self.timeline.events[indices, 1] <= clock).tolist()
        draws = self._draws[indices].tolist()
        rows = []
        for place, index in enumerate(indices.tolist()):
            row = draws[place]
            kids = bool(self.is_kids[index])
            given = words.GIVEN_NAMES[int(row[9] * len(words.GIVEN_NAMES))]
            name = "Kids" if kids and row[10] < 0.5 else given  # noqa: PLR2004
            limit = "PG" if kids else _LIMITS[int(row[11] * len(_LIMITS))]
            if edited[place]:
                name, limit = f"{name} {'★' if row[10] > 0.5 else 'TV'}", limit or "R"  # noqa: PLR2004
            language = self._users.locale(int(self.user[index]))[:2]
            rows.append(
                (
                    self.ids[index],
                    self._users.ids[int(self.user[index])],
                    name,
                    kids,
                    language,
                    limit,
                    created[place],
                    updated[place],
                )
            )
        return rows
