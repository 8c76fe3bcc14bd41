"""People with an account (table ``users``)."""

from __future__ import annotations

import base64
import hashlib
import json
import unicodedata
from datetime import date, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from sandbox.world import dirt, words
from sandbox.world.changes import DAYS_AFTER_START
from sandbox.world.streams import pick, stream, weighted
from sandbox.world.timeline import (
    DAY,
    HOUR,
    NEVER,
    Timeline,
    to_datetimes,
    to_micros,
    to_uuids,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from numpy.typing import NDArray

USERS_AT_START = 5000
"""Users at the start at scale 1."""
SIGN_UPS_PER_USER_AND_DAY = 0.0016
OLDEST_ACCOUNT_DAYS = 1300
HISTORY_DAYS = 90
"""Days before the start for which viewing, ratings and edits are known."""
SUSPENDED_SHARE = 0.02
EDITS_PER_USER = 3
"""Edits of an account between the beginning of the history and the end of the world."""

_COUNTRIES = ("US", "GB", "DE", "FR", "ES", "BR", "IN", "JP", "AU", "CA")
_COUNTRY_WEIGHTS = (0.34, 0.12, 0.11, 0.09, 0.07, 0.09, 0.07, 0.04, 0.04, 0.03)
_LOCALES = {
    "US": ("en-US", "en-US", "en-US", "es-US"),
    "GB": ("en-GB",),
    "DE": ("de-DE", "de-DE", "en-DE"),
    "FR": ("fr-FR",),
    "ES": ("es-ES", "es-ES", "ca-ES"),
    "BR": ("pt-BR",),
    "IN": ("en-IN", "hi-IN"),
    "JP": ("ja-JP",),
    "AU": ("en-AU",),
    "CA": ("en-CA", "en-CA", "fr-CA"),
}
_OFFSET_HOURS = {
    "US": (-5.0, -6.0, -7.0, -8.0),
    "GB": (0.0,),
    "DE": (1.0,),
    "FR": (1.0,),
    "ES": (1.0,),
    "BR": (-3.0,),
    "IN": (5.5,),
    "JP": (9.0,),
    "AU": (10.0, 8.0),
    "CA": (-5.0, -8.0),
}
_SOURCES = ("web", "ios", "android", "tv", "partner", "referral")
_DOMAINS = ("example.com", "example.net", "example.org")
_STATUSES = ("active", "suspended", "closed")


class UserTable:
    """Rows of table ``users``, all that ever sign up until the end of the world."""

    name = "users"
    key_columns = 1

    def __init__(self, seed: int, scale: float, start: datetime) -> None:
        """Count the sign-ups."""
        self._seed = seed
        self._start = to_micros(start)
        self._today = start.date()
        before = round(USERS_AT_START * scale)
        rate = before * SIGN_UPS_PER_USER_AND_DAY
        later = stream(seed, "sign-ups").poisson(rate, DAYS_AFTER_START)
        self._later_days = np.repeat(np.arange(DAYS_AFTER_START), later)
        self._before = before
        self.count = before + len(self._later_days)
        self._draws = stream(seed, "users").random((self.count, 24))

    @cached_property
    def created(self) -> NDArray[np.int64]:
        """Sign-up of each user, in microseconds."""
        draws = self._draws[:, 0]
        age = 0.01 + (OLDEST_ACCOUNT_DAYS - 1) * draws[: self._before] ** 1.3
        later = self._later_days + draws[self._before :]
        days = np.concatenate([-age, later])
        return self._start + (days * DAY).astype(np.int64)

    @cached_property
    def erased(self) -> NDArray[np.int64]:
        """When each user is erased with all rows, mostly never."""
        share = dirt.ERASED_PER_YEAR * DAYS_AFTER_START / 365
        at = self._start + (self._draws[:, 2] * DAYS_AFTER_START * DAY).astype(np.int64)
        chosen = (self._draws[:, 1] < share) & (at > self.created + HOUR)
        return np.where(chosen, at, NEVER)

    @cached_property
    def ids(self) -> list[str]:
        """Key of each user."""
        return to_uuids(stream(self._seed, "user-ids").bytes(16 * self.count))

    @cached_property
    def countries(self) -> list[str]:
        """ISO code of each user's country."""
        chosen = weighted(_COUNTRY_WEIGHTS, self._draws[:, 3])
        return [_COUNTRIES[index] for index in chosen.tolist()]

    @cached_property
    def offset_minutes(self) -> NDArray[np.int64]:
        """Standard time of each user in minutes east of UTC; no daylight saving."""
        return np.array(
            [
                60 * _OFFSET_HOURS[country][int(x * len(_OFFSET_HOURS[country]))]
                for country, x in zip(self.countries, self._draws[:, 4].tolist(), strict=True)
            ],
            dtype=np.int64,
        )

    @cached_property
    def closed(self) -> NDArray[np.int64]:
        """When each account is closed, mostly never; closing comes 20 to 40 days before erasure."""
        lead = ((20 + 20 * self._draws[:, 5]) * DAY).astype(np.int64)
        never = self.erased == NEVER
        at = np.where(never, 0, self.erased) - lead
        chosen = ~never & (self._draws[:, 6] < 0.5) & (at > self.created)  # noqa: PLR2004
        return np.where(chosen, at, NEVER)

    @cached_property
    def suspensions(self) -> NDArray[np.int64]:
        """Begin and end of each account's suspension."""
        begin = self._window(self._draws[:, 7])
        end = begin + ((1 + 12 * self._draws[:, 8]) * DAY).astype(np.int64)
        chosen = (self._draws[:, 9] < SUSPENDED_SHARE) & (begin > self.created)
        return np.where(chosen[:, None], np.stack([begin, end], axis=1), NEVER)

    @cached_property
    def edits(self) -> NDArray[np.int64]:
        """When users change something about their account."""
        at = self._window(self._draws[:, 10 : 10 + EDITS_PER_USER])
        return np.where(at > self.created[:, None], np.sort(at, axis=1), NEVER)

    @cached_property
    def timeline(self) -> Timeline:
        """Sign-up, edits, suspension, closing; erasure deletes."""
        events = [self.created[:, None], self.edits, self.suspensions, self.closed[:, None]]
        return Timeline(np.concatenate(events, axis=1), self.erased)

    def rows(self, indices: NDArray[np.int64], clock: int) -> list[tuple[Any, ...]]:
        """Build rows as they are at ``clock``."""
        draws = self._draws[indices]
        edits = (self.edits[indices] <= clock).sum(axis=1).tolist()
        suspended = (self.suspensions[indices, 0] <= clock) & (clock < self.suspensions[indices, 1])
        status = np.where(self.closed[indices] <= clock, 2, suspended.astype(int)).tolist()
        sources = pick(_SOURCES, draws[:, 13])
        created = to_datetimes(self.timeline.created[indices])
        updated = to_datetimes(self.timeline.changed_at(indices, clock))
        return [
            (
                self.ids[index],
                self._email(index),
                self._password_hash(index, edits[place]),
                self._display_name(index),
                self.countries[index],
                self._birth_date(index),
                self.locale(index),
                None if row[14] < dirt.USER_WITHOUT_SOURCE else sources[place],
                (row[15] < 0.35) != (edits[place] > 1),  # noqa: PLR2004
                self._preferences(index, edits[place]),
                _STATUSES[status[place]],
                created[place],
                updated[place],
            )
            for place, (index, row) in enumerate(zip(indices.tolist(), draws.tolist(), strict=True))
        ]

    def _window(self, draws: NDArray[np.float64]) -> NDArray[np.int64]:
        span = (HISTORY_DAYS + DAYS_AFTER_START) * DAY
        return self._start - HISTORY_DAYS * DAY + (draws * span).astype(np.int64)

    def _names(self, index: int) -> tuple[str, str]:
        draws = self._draws[index]
        given = words.GIVEN_NAMES[int(draws[16] * len(words.GIVEN_NAMES))]
        family = words.FAMILY_NAMES[int(draws[17] * len(words.FAMILY_NAMES))]
        return given, family

    def _email(self, index: int) -> str:
        draws = self._draws[index].tolist()
        owner = index
        if draws[18] < dirt.EMAIL_SHARED and index > 0:
            owner = int(draws[19] * index)
        given, family = self._names(owner)
        text = unicodedata.normalize("NFKD", f"{given}.{family}").encode("ascii", "ignore").decode()
        domain = _DOMAINS[owner % len(_DOMAINS)]
        address = f"{text.lower()}{owner}@{domain}"
        if draws[20] < dirt.EMAIL_MIXED_CASE:
            address = address.title() if draws[20] < dirt.EMAIL_MIXED_CASE / 2 else address.upper()
        if draws[21] < dirt.EMAIL_PADDED:
            address = f" {address}" if draws[21] < dirt.EMAIL_PADDED / 2 else f"{address}  "
        return address

    def _password_hash(self, index: int, edits: int) -> str:
        key = f"{self._seed}/{index}/{edits // 2}".encode()
        salt = base64.b64encode(hashlib.blake2b(key, digest_size=16).digest()).decode()
        digest = base64.b64encode(hashlib.blake2b(key, digest_size=32).digest()).decode()
        return f"$argon2id$v=19$m=65536,t=3,p=4${salt.rstrip('=')}${digest.rstrip('=')}"

    def _display_name(self, index: int) -> str | None:
        draw = float(self._draws[index, 22])
        if draw < dirt.USER_WITHOUT_NAME:
            return "" if draw < dirt.USER_WITHOUT_NAME / 10 else None
        given, family = self._names(index)
        return given if draw > 0.6 else f"{given} {family}"  # noqa: PLR2004

    def _birth_date(self, index: int) -> date | None:
        draw = float(self._draws[index, 23])
        if draw < dirt.USER_WITHOUT_BIRTH_DATE:
            return None
        if draw < dirt.USER_WITHOUT_BIRTH_DATE + dirt.USER_PLACEHOLDER_BIRTH_DATE:
            return date(1900, 1, 1)
        return self._today - timedelta(days=int(365.25 * (18 + 60 * draw**1.7)))

    def locale(self, index: int) -> str:
        """Return a user's language and country, for example ``pt-BR``."""
        choices: Sequence[str] = _LOCALES[self.countries[index]]
        return choices[int(self._draws[index, 15] * len(choices))]

    def _preferences(self, index: int, edits: int) -> str:
        draw = float(self._draws[index, 14])
        if draw > 0.95:  # noqa: PLR2004
            return "{}"
        return json.dumps(
            {
                "theme": ("dark", "light", "system")[(index + edits) % 3],
                "autoplay": (index + edits) % 4 != 0,
                "subtitles": {
                    "language": self.locale(index)[:2],
                    "size": ("s", "m", "l")[edits % 3],
                }
                if index % 3
                else None,
                "genres": ["drama", "comedy", "crime"][: (index + edits) % 4],
                "volume": round(draw, 2),
            }
        )
