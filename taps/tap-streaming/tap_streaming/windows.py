"""Windows of days: how a feed or a search that is too long is cut into parts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

DAY = timedelta(days=1)
EARLIEST = date(1870, 1, 1)
"""No film is older, so a window open to the past is halved as if it began here."""
AHEAD = timedelta(days=3650)
"""A window open to the future is halved as if it ended so long after today."""


@dataclass(frozen=True)
class Window:
    """A range of days, both ends included; None is an open end."""

    start: date | None = None
    end: date | None = None

    def holds(self, day: date) -> bool:
        """Tell whether a day lies in the window."""
        return (self.start or date.min) <= day <= (self.end or date.max)

    def halves(self, today: date) -> tuple[Window, Window] | None:
        """Cut in two, or return None for a window of one day.

        Args:
            today: Most titles lie before it.
        """
        low = self.start or min(EARLIEST, self.end or EARLIEST)
        high = self.end or max(today + AHEAD, low + DAY)
        if low >= high:
            return None
        middle = low + (high - low) // 2
        return Window(self.start, middle), Window(middle + DAY, self.end)


def days(first: date, last: date) -> Iterator[date]:
    """Yield each day from the first to the last, both included."""
    while first <= last:
        yield first
        first += DAY
