"""When rows appear, change and vanish: the arithmetic behind every table.

Instants are microseconds since 1970-01-01 UTC as 64-bit integers; ``NEVER`` stands for an
instant that does not come.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

NEVER = np.iinfo(np.int64).max
SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_DAY = date(1970, 1, 1).toordinal()


@dataclass(frozen=True)
class Timeline:
    """Life of the rows of one table.

    Attributes:
        events: One line per row; first its creation, then its changes in any order.
        gone: Per row, when it is deleted for good.
    """

    events: NDArray[np.int64]
    gone: NDArray[np.int64]

    @property
    def created(self) -> NDArray[np.int64]:
        """Creation of each row."""
        return self.events[:, 0]

    def present(self, clock: int) -> NDArray[np.int64]:
        """Indices of the rows that exist at ``clock``."""
        return np.flatnonzero((self.created <= clock) & (clock < self.gone))

    def inserted(self, after: int, until: int) -> NDArray[np.int64]:
        """Indices of the rows that exist at ``until`` and did not at ``after``."""
        new = (after < self.created) & (self.created <= until) & (until < self.gone)
        return np.flatnonzero(new)

    def updated(self, after: int, until: int) -> NDArray[np.int64]:
        """Indices of the rows that exist at both instants and changed in between."""
        touched = ((after < self.events) & (self.events <= until)).any(axis=1)
        return np.flatnonzero(touched & (self.created <= after) & (until < self.gone))

    def deleted(self, after: int, until: int) -> NDArray[np.int64]:
        """Indices of the rows that existed at ``after`` and are gone at ``until``."""
        ended = (after < self.gone) & (self.gone <= until)
        return np.flatnonzero(ended & (self.created <= after))

    def changed_at(self, indices: NDArray[np.int64], clock: int) -> NDArray[np.int64]:
        """Last event of each of these rows at or before ``clock``."""
        events = self.events[indices]
        latest: NDArray[np.int64] = np.where(events <= clock, events, events[:, :1]).max(axis=1)
        return latest


def to_micros(instant: datetime) -> int:
    """Turn an aware datetime into microseconds since 1970."""
    return (instant - _EPOCH) // timedelta(microseconds=1)


def to_datetimes(micros: NDArray[np.int64]) -> list[datetime | None]:
    """Turn microseconds into aware datetimes, ``NEVER`` into ``None``."""
    some = micros != NEVER
    naive = np.where(some, micros, 0).astype("datetime64[us]").astype(object).tolist()
    return [
        value.replace(tzinfo=UTC) if there else None
        for value, there in zip(naive, some.tolist(), strict=True)
    ]


def to_dates(micros: NDArray[np.int64]) -> list[date | None]:
    """Turn microseconds into UTC dates, ``NEVER`` into ``None``."""
    some = micros != NEVER
    days = (np.where(some, micros, 0) // DAY + _EPOCH_DAY).tolist()
    return [
        date.fromordinal(day) if there else None
        for day, there in zip(days, some.tolist(), strict=True)
    ]


def day_ordinal(micros: int) -> int:
    """Return the proleptic ordinal of the UTC day of an instant."""
    return int(micros // DAY) + _EPOCH_DAY


def to_uuids(raw: bytes) -> list[str]:
    """Turn 16 random bytes each into the text of version-4 UUIDs."""
    digits = raw.hex()
    return [
        f"{h[:8]}-{h[8:12]}-4{h[13:16]}-{'89ab'[int(h[16], 16) & 3]}{h[17:20]}-{h[20:]}"
        for h in (digits[start : start + 32] for start in range(0, len(digits), 32))
    ]
