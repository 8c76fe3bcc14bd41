"""What may be spent on a platform that counts its requests or credits by the month."""

from __future__ import annotations

import calendar
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable


class BudgetSpentError(Exception):
    """The day's share of a month's budget is spent; what is left to read waits for another day."""


@dataclass(frozen=True)
class Spent:
    """What has been spent, as kept in a bookmark.

    Attributes:
        day: Day (UTC) of the last request; None if there was none.
        today: Spent on that day.
        month: Spent in that day's calendar month.
    """

    day: date | None = None
    today: int = 0
    month: int = 0

    def on(self, day: date) -> Spent:
        """Return what of it counts on a day."""
        if self.day is None or (self.day.year, self.day.month) != (day.year, day.month):
            return Spent(day)
        return self if self.day == day else Spent(day, 0, self.month)

    def plus(self, cost: int) -> Spent:
        """Return it with more spent on the same day."""
        return replace(self, today=self.today + cost, month=self.month + cost)

    def as_state(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {**asdict(self), "day": self.day.isoformat() if self.day else None}

    @classmethod
    def from_state(cls, state: Any) -> Spent:
        """Read it; nothing spent if it makes no sense."""
        if not isinstance(state, dict):
            return cls()
        try:
            day = date.fromisoformat(state["day"])
            today, month = int(state["today"]), int(state["month"])
        except (KeyError, TypeError, ValueError):
            return cls()
        return cls(day, max(0, today), max(0, today, month))


class Budget:
    """A month's budget, spread evenly over the days that are left of the month.

    What a day does not use falls to the days after it.
    """

    def __init__(
        self, monthly: int, today: date, spent: Iterable[Spent] = (), used: int | None = None
    ) -> None:
        """Count what earlier runs have spent.

        Args:
            monthly: What a calendar month (UTC) may cost, in requests or credits.
            today: The platform's day.
            spent: What each stream has spent.
            used: What the platform says has been spent this month, by whomever.
        """
        self.monthly = monthly
        counted = [one.on(today) for one in spent]
        month = sum(one.month for one in counted) if used is None else used
        self.spent = Spent(today, min(month, sum(one.today for one in counted)), month)

    @property
    def share(self) -> int:
        """What this day may cost in all."""
        today = self.spent.day
        assert today is not None
        days_left = calendar.monthrange(today.year, today.month)[1] - today.day + 1
        left = self.monthly - (self.spent.month - self.spent.today)
        return max(0, -(-left // days_left))

    @property
    def left(self) -> int:
        """What may still be spent today."""
        return max(0, self.share - self.spent.today)

    def spend(self, cost: int) -> None:
        """Count a request before it is made.

        Raises:
            BudgetSpentError: if it would cost more than is left of the day's share.
        """
        if cost > self.left:
            raise BudgetSpentError
        self.spent = self.spent.plus(cost)
