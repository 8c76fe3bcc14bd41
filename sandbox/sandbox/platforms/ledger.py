"""Counts of what was asked of each platform, for tests and for the curious."""

from __future__ import annotations

import time
from collections import Counter, deque
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

TOO_MANY = 429
MOST_RECENT = 1000
UNKNOWN_PATH = "(unknown path)"


class _Account:
    def __init__(self) -> None:
        self.paths: Counter[str] = Counter()
        self.statuses: Counter[int] = Counter()
        self.faults: Counter[str] = Counter()
        self.credits: Counter[str] = Counter()
        self.last_second: deque[float] = deque()
        self.arrivals: deque[float] = deque(maxlen=MOST_RECENT)
        self.busiest_second = 0


class Ledger:
    """Requests per platform and path template since the start or the last reset."""

    def __init__(
        self, platforms: Iterable[str], clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Open one account per platform."""
        self._clock = clock
        self._platforms = tuple(platforms)
        self.reset()

    def reset(self) -> None:
        """Forget all counts."""
        self._since = self._clock()
        self._accounts = {name: _Account() for name in self._platforms}

    def arrived(self, platform: str, template: str | None) -> None:
        """Count a request, answered or not, under its path template (None: unknown path)."""
        account, now = self._accounts[platform], self._clock()
        account.paths[template or UNKNOWN_PATH] += 1
        account.arrivals.append(now)
        account.last_second.append(now)
        while account.last_second[0] <= now - 1:
            account.last_second.popleft()
        account.busiest_second = max(account.busiest_second, len(account.last_second))

    def recent(self, platform: str, seconds: float) -> int:
        """Return the number of requests within the last seconds, at most 1,000."""
        since = self._clock() - seconds
        return sum(at > since for at in self._accounts[platform].arrivals)

    def answered(self, platform: str, status: int) -> None:
        """Count the status of an answer given."""
        self._accounts[platform].statuses[status] += 1

    def played(self, platform: str, kind: str) -> None:
        """Count a fault played."""
        self._accounts[platform].faults[kind] += 1

    def spend(self, platform: str, month: str, credits_: int) -> None:
        """Count credits in a month of the world's clock, such as ``2026-11``."""
        if credits_:
            self._accounts[platform].credits[month] += credits_

    def spent(self, platform: str, month: str) -> int:
        """Return the credits spent in a month."""
        return self._accounts[platform].credits[month]

    def described(self) -> dict[str, Any]:
        """Return all counts; ``busiest_second`` is the most requests within any one second."""
        return {
            "seconds": round(self._clock() - self._since, 3),
            "platforms": {
                name: {
                    "requests": account.paths.total(),
                    "rate_limited": account.statuses[TOO_MANY],
                    "busiest_second": account.busiest_second,
                    "paths": dict(sorted(account.paths.items())),
                    "statuses": {str(key): n for key, n in sorted(account.statuses.items())},
                    "faults": dict(sorted(account.faults.items())),
                    "credits": dict(sorted(account.credits.items())),
                }
                for name, account in self._accounts.items()
            },
        }
