"""A token bucket: how fast one platform may be asked."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

HEADROOM = 1.02
"""Requests are spaced by so much more than the rate asks for.

A platform counts what arrives in a window of its own clock. Evenly spaced at exactly its rate, a
request that travels a little faster than the one before would be one too many.
"""


class TokenBucket:
    """Spaces requests so that a rate is kept; made to be shared by threads.

    The bucket holds one token: unused allowance is not made up for, since a burst is what the
    platforms refuse.
    """

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
        self._interval = HEADROOM / rate
        self._clock = clock
        self._sleep = sleep
        self._lock = threading.Lock()
        self._next = 0.0
        self._held_until = 0.0

    def acquire(self) -> None:
        """Wait until one more request is allowed."""
        while True:
            with self._lock:
                slot = max(self._next, self._held_until, self._clock())
                self._next = slot + self._interval
            while (delay := slot - self._clock()) > 0:
                self._sleep(delay)
            if self._held_until <= slot:
                return

    def hold(self, seconds: float) -> None:
        """Let nobody ask for a number of seconds, because the platform said so.

        Whoever waits for a slot before then takes another one afterwards.
        """
        with self._lock:
            self._held_until = max(self._held_until, self._clock() + seconds)
