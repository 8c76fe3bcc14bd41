"""Who pays for what, and when (table ``subscriptions``)."""

from __future__ import annotations

from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from sandbox.world.dictionaries import COUNTRIES
from sandbox.world.plans import PLANS
from sandbox.world.streams import stream, weighted
from sandbox.world.timeline import DAY, NEVER, SECOND, Timeline, to_dates, to_datetimes, to_uuids

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sandbox.world.users import UserTable

CHAIN = 3
"""Most subscriptions one user ever has, one after another."""
MEAN_DAYS = 900.0
"""Mean length of a subscription that survives its trial."""
TRIAL_SHARE = 0.8
TRIAL_DAYS = 14
TRIAL_LOST_SHARE = 0.12
"""Share of trials that end without becoming a paid subscription."""
SWITCH_SHARE = 0.4
"""Share of ended subscriptions that another plan follows at once."""
RETURN_SHARE = 0.25
"""Share of ended subscriptions that another follows after a pause."""
PAST_DUE_SHARE = 0.12
PAST_DUE_DAYS = 5
EXPIRED_SHARE = 0.2
"""Share of ended subscriptions that ended because nobody paid."""

_PLAN_WEIGHTS_NOW = (0.0, 0.0, 0.3, 0.34, 0.2, 0.08, 0.08)
_PLAN_WEIGHTS_THEN = (0.35, 0.4, 0.0, 0.0, 0.25, 0.0, 0.0)
_PRICE_FACTORS = {
    "USD": Decimal("1.00"),
    "GBP": Decimal("0.85"),
    "EUR": Decimal("0.95"),
    "BRL": Decimal("2.70"),
    "INR": Decimal("25.00"),
    "JPY": Decimal("110.00"),
    "AUD": Decimal("1.35"),
    "CAD": Decimal("1.25"),
}
_REASONS = ("too_expensive", "not_watching", "missing_titles", "technical_problems", "other")


class SubscriptionTable:
    """Rows of table ``subscriptions``, up to three per user; erased with the user."""

    name = "subscriptions"
    key_columns = 1

    def __init__(self, seed: int, world_start: int, users: UserTable) -> None:
        """Draw each user's chain of subscriptions.

        Args:
            seed: The world's seed.
            world_start: Start of the world in microseconds.
            users: The users.
        """
        self._seed = seed
        self._world_start = world_start
        self._users = users
        self._draws = stream(seed, "subscriptions").random((users.count, CHAIN, 12))
        self.begin = np.full((users.count, CHAIN), NEVER, dtype=np.int64)
        self.end = np.full((users.count, CHAIN), NEVER, dtype=np.int64)
        self._switched = np.zeros((users.count, CHAIN), dtype=bool)
        self._draw_chain()
        kept = np.flatnonzero(self.begin.ravel() != NEVER)
        self._user, self._place = kept // CHAIN, kept % CHAIN
        self.count = len(kept)

    def active(self, user: NDArray[np.int64], at: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Tell for each user and instant whether the user has a subscription then."""
        moment = at[:, None]
        running = (self.begin[user] <= moment) & (moment < self.end[user])
        found: NDArray[np.bool_] = running.any(axis=1) & (at < self._users.erased[user])
        return found

    @cached_property
    def ids(self) -> list[str]:
        """Key of each subscription."""
        raw = stream(self._seed, "subscription-ids").bytes(16 * self._users.count * CHAIN)
        every = to_uuids(raw)
        return [every[index] for index in (self._user * CHAIN + self._place).tolist()]

    @cached_property
    def timeline(self) -> Timeline:
        """Begin, end of trial, two past-due instants, end."""
        begin, end = self._of(self.begin), self._of(self.end)
        draws = self._draws[self._user, self._place]
        trial_end = np.where(self._has_trial, begin + TRIAL_DAYS * DAY, NEVER)
        trial_end = np.where(trial_end < end, trial_end, NEVER)
        due = begin + ((30 + 600 * draws[:, 5]) * DAY).astype(np.int64)
        paid = due + PAST_DUE_DAYS * DAY
        late = (draws[:, 6] < PAST_DUE_SHARE) & (paid < end)
        events = [begin, trial_end, np.where(late, due, NEVER), np.where(late, paid, NEVER), end]
        return Timeline(np.stack(events, axis=1), self._users.erased[self._user])

    def rows(self, indices: NDArray[np.int64], clock: int) -> list[tuple[Any, ...]]:
        """Build rows as they are at ``clock``."""
        events = self.timeline.events[indices]
        created = to_datetimes(events[:, 0])
        updated = to_datetimes(self.timeline.changed_at(indices, clock))
        started = to_dates(events[:, 0])
        ended = to_dates(np.where(events[:, 4] <= clock, events[:, 4], NEVER))
        trial = self._has_trial[indices]
        trial_ends = to_dates(np.where(trial, events[:, 0] + TRIAL_DAYS * DAY, NEVER))
        rows = []
        for place, index in enumerate(indices.tolist()):
            user = int(self._user[index])
            plan = PLANS[self._plan[index]]
            currency = COUNTRIES[self._users.countries[user]].currency
            price = (plan.price * _PRICE_FACTORS[currency]).quantize(Decimal("0.01"))
            status, reason = self._status(index, events[place], clock)
            rows.append(
                (
                    self.ids[index],
                    self._users.ids[user],
                    plan.plan_id,
                    status,
                    started[place],
                    ended[place],
                    trial_ends[place],
                    reason,
                    price,
                    currency,
                    created[place],
                    updated[place],
                )
            )
        return rows

    @cached_property
    def _has_trial(self) -> NDArray[np.bool_]:
        draws = self._draws[self._user, self._place]
        first: NDArray[np.bool_] = (self._place == 0) & (draws[:, 0] < TRIAL_SHARE)
        return first

    @cached_property
    def _plan(self) -> list[int]:
        draws = self._draws[self._user, self._place, 7]
        now = weighted(_PLAN_WEIGHTS_NOW, draws)
        then = weighted(_PLAN_WEIGHTS_THEN, draws)
        old = self._of(self.begin) < self._world_start - 640 * DAY
        plans: list[int] = np.where(old, then, now).tolist()
        return plans

    def _status(self, index: int, events: NDArray[np.int64], clock: int) -> tuple[str, str | None]:
        _, trial_end, due, paid, end = events.tolist()
        draws = self._draws[self._user[index], self._place[index]]
        if end <= clock:
            if self._switched[self._user[index], self._place[index]]:
                return "cancelled", "plan_change"
            if draws[8] < EXPIRED_SHARE:
                return "expired", None
            reason = _REASONS[int(draws[9] * len(_REASONS))]
            return "cancelled", None if draws[10] < 0.15 else reason  # noqa: PLR2004
        if due <= clock < paid:
            return "past_due", None
        in_trial = (
            self._has_trial[index]
            and clock < trial_end
            and clock < (int(events[0]) + TRIAL_DAYS * DAY)
        )
        return ("trialing" if in_trial else "active"), None

    def _of(self, chains: NDArray[np.int64]) -> NDArray[np.int64]:
        return chains[self._user, self._place]

    def _draw_chain(self) -> None:
        begin = self._users.created + 30 * SECOND
        for place in range(CHAIN):
            draws = self._draws[:, place]
            there = begin != NEVER
            length = -MEAN_DAYS * np.log(1 - 0.999 * draws[:, 1])
            lost = (draws[:, 2] < TRIAL_LOST_SHARE) & (draws[:, 0] < TRIAL_SHARE) & (place == 0)
            days = np.where(lost, TRIAL_DAYS, 20 + length)
            end = np.where(there, begin, 0) + (days * DAY).astype(np.int64)
            self.begin[:, place] = begin
            self.end[:, place] = np.where(there, end, NEVER)
            if place == CHAIN - 1:
                break
            switch = (draws[:, 3] < SWITCH_SHARE) & ~lost
            comes_back = draws[:, 3] < SWITCH_SHARE + RETURN_SHARE
            pause = ((20 + 200 * draws[:, 4]) * DAY).astype(np.int64)
            following = np.where(switch, end, end + pause)
            begin = np.where(there & (switch | comes_back), following, NEVER)
            self._switched[:, place] = there & switch
