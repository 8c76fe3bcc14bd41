"""A token bucket: how fast one platform may be asked."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

BURST_SECONDS = 0.25
"""Unused allowance of this many seconds may be spent at once."""


class TokenBucket:
    """Spaces requests so that a rate is kept; safe to share between threads."""

    def __init__(
        self,
        rate: float,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Start with a full bucket.

        Args:
            rate: Requests per second, above 0.
            clock: Monotonic time in seconds.
            sleep: Waits for a number of seconds.
        """
        self._interval = 1.0 / rate
        self._slack = max(0.0, BURST_SECONDS - self._interval)
        self._clock = clock
        self._sleep = sleep
        self._lock = threading.Lock()
        self._next = 0.0
        self._held_until = 0.0

    def acquire(self) -> None:
        """Wait until one more request is allowed."""
        with self._lock:
            slot = max(self._next, self._clock() - self._slack)
            self._next = slot + self._interval
        while (delay := max(slot, self._held_until) - self._clock()) > 0:
            self._sleep(delay)

    def hold(self, seconds: float) -> None:
        """Let nobody ask for a number of seconds, because the platform said so."""
        self._held_until = max(self._held_until, self._clock() + seconds)
