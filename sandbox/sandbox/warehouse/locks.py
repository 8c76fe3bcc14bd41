"""Locks on tables, so that two writers wait for each other as they do in Snowflake."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from sandbox.warehouse.errors import SnowflakeFault

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sandbox.warehouse.session import Session

WAIT_SECONDS = 120.0
IDLE_SECONDS = 30.0
_LOOK_SECONDS = 0.5


class TableLocks:
    """One writer per key; a holder keeps its keys until its transaction ends.

    A holder whose client has been silent for ``IDLE_SECONDS`` in an open transaction is rolled
    back when somebody waits for it: Snowflake does so after five minutes.
    """

    def __init__(self) -> None:
        """Start without locks."""
        self._condition = threading.Condition()
        self._holders: dict[str, Session] = {}

    def acquire(self, session: Session, keys: Iterable[str]) -> None:
        """Take all keys in a fixed order, waiting for other holders.

        Raises:
            SnowflakeFault: 625 after ``WAIT_SECONDS``, 604 if the statement is cancelled.
        """
        for key in sorted(set(keys)):
            self._acquire_one(session, key)

    def release(self, session: Session) -> None:
        """Give back whatever the session holds."""
        with self._condition:
            self._holders = {
                key: holder for key, holder in self._holders.items() if holder is not session
            }
            self._condition.notify_all()

    def _acquire_one(self, session: Session, key: str) -> None:
        deadline = time.monotonic() + WAIT_SECONDS
        while True:
            with self._condition:
                holder = self._holders.get(key)
                if holder is None or holder is session:
                    self._holders[key] = session
                    return
                self._condition.wait(_LOOK_SECONDS)
            if session.cancelled:
                raise SnowflakeFault(604, "57014", "SQL execution canceled")
            if time.monotonic() > deadline:
                raise SnowflakeFault(
                    625,
                    "57014",
                    f"Statement has waited {WAIT_SECONDS:.0f} s for the lock on table '{key}' and "
                    "this lock has not yet been released.",
                )
            if holder.idle_seconds > IDLE_SECONDS:
                holder.abandon_transaction()
