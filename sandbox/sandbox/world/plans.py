"""The service's price list (table ``plans``)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from sandbox.world.timeline import DAY, NEVER, Timeline, to_dates, to_datetimes, to_micros

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from numpy.typing import NDArray

PRICE_CHANGE_DAYS = 20
"""Days after the start at which the dearest plan gets dearer."""
_NEW_PRICE = Decimal("1.00")


@dataclass(frozen=True, slots=True)
class Plan:
    """One plan.

    Attributes:
        plan_id: Key.
        name: Name shown to customers.
        tier: ``basic``, ``standard`` or ``premium``.
        price: US dollars per month.
        max_streams: Devices at the same time.
        features: Names of features.
        valid_days: Days before the start from which it is sold.
        retired_days: Days before the start at which it was taken off sale, if it was.
        has_ads: Whether advertisements are shown.
    """

    plan_id: int
    name: str
    tier: str
    price: Decimal
    max_streams: int
    features: tuple[str, ...]
    valid_days: int
    retired_days: int | None
    has_ads: bool = False


PLANS: Sequence[Plan] = (
    Plan(1, "Basic (2022)", "basic", Decimal("8.99"), 1, ("hd",), 1700, 620),
    Plan(2, "Standard (2022)", "standard", Decimal("12.49"), 2, ("hd", "downloads"), 1700, 620),
    Plan(3, "Basic with ads", "basic", Decimal("6.99"), 1, (), 620, None, has_ads=True),
    Plan(4, "Standard", "standard", Decimal("13.99"), 2, ("full_hd", "downloads"), 620, None),
    Plan(5, "Premium", "premium", Decimal("19.99"), 4, ("uhd", "spatial audio"), 1700, None),
    Plan(6, "Mobile", "basic", Decimal("3.99"), 1, ("sd",), 400, None, has_ads=True),
    Plan(7, "Student", "standard", Decimal("7.49"), 1, ("full_hd",), 250, None),
)


class PlanTable:
    """Rows of table ``plans``; the last price change comes after the start."""

    name = "plans"
    key_columns = 1

    def __init__(self, start: datetime) -> None:
        """Place the plans relative to the world's start."""
        self._start = start

    @cached_property
    def timeline(self) -> Timeline:
        """One event for the introduction, one for the retirement or the price change."""
        start = to_micros(self._start)
        events = np.full((len(PLANS), 2), NEVER, dtype=np.int64)
        for position, plan in enumerate(PLANS):
            events[position, 0] = start - (plan.valid_days + 14) * DAY
            if plan.retired_days is not None:
                events[position, 1] = start - (plan.retired_days + 14) * DAY
            elif plan.tier == "premium":
                events[position, 1] = start + PRICE_CHANGE_DAYS * DAY
        return Timeline(events, np.full(len(PLANS), NEVER, dtype=np.int64))

    def rows(self, indices: NDArray[np.int64], clock: int) -> list[tuple[Any, ...]]:
        """Build rows as they are at ``clock``."""
        updated = to_datetimes(self.timeline.changed_at(indices, clock))
        created = to_datetimes(self.timeline.created[indices])
        first = to_dates(self.timeline.created[indices])
        rows = []
        for place, index in enumerate(indices.tolist()):
            plan = PLANS[index]
            changed = self.timeline.events[index, 1] <= clock
            today = self._start.date()
            retired = (
                today - timedelta(days=plan.retired_days)
                if plan.retired_days is not None and changed
                else None
            )
            dearer = changed and plan.retired_days is None
            day = first[place]
            assert day is not None
            rows.append(
                (
                    plan.plan_id,
                    plan.name,
                    plan.tier,
                    plan.price + _NEW_PRICE if dearer else plan.price,
                    "USD",
                    plan.max_streams,
                    plan.has_ads,
                    list(plan.features),
                    day + timedelta(days=14),
                    retired,
                    created[place],
                    updated[place],
                )
            )
        return rows
