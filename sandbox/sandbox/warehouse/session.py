"""One client's session: its settings, its transaction, its temporary objects."""

from __future__ import annotations

import contextlib
import threading
import time
from typing import TYPE_CHECKING, Any

import duckdb

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from sandbox.warehouse.account import Account
    from sandbox.warehouse.names import Name
    from sandbox.warehouse.results import Result

_RESULTS_KEPT = 20


class Session:
    """State that lives between two statements of one client.

    Attributes:
        account: Where the session is logged in.
        user: Name of the user.
        role: Current role.
        warehouse: Current warehouse; without one, nothing can be computed.
        database: Current database, if any.
        schema: Current schema, if any.
        parameters: What ``ALTER SESSION`` and the client have set, by upper-case name.
        temporary: Temporary tables and views of this session, with their kind.
        results: The latest results by query id.
        abandoned: Whether the open transaction was rolled back and the client not told yet.
    """

    def __init__(
        self,
        account: Account,
        *,
        user: str,
        role: str,
        warehouse: str | None = None,
    ) -> None:
        """Open a session without a current database."""
        self.account = account
        self.user = user
        self.role = role
        self.warehouse = warehouse
        self.database: str | None = None
        self.schema: str | None = None
        self.parameters: dict[str, Any] = {}
        self.temporary: dict[Name, str] = {}
        self.variables: dict[str, str] = {}
        self.results: dict[str, Result] = {}
        self.duck: duckdb.DuckDBPyConnection = account.connection()
        self.in_transaction = False
        self.abandoned = False
        self.cancelled = False
        self.mutex = threading.RLock()
        self._seen = time.monotonic()

    @property
    def autocommit(self) -> bool:
        """Whether each statement commits by itself."""
        return bool(self.parameters.get("AUTOCOMMIT", True))

    @property
    def ignores_quotes(self) -> bool:
        """Whether quoted identifiers are folded to upper case as well."""
        return bool(self.parameters.get("QUOTED_IDENTIFIERS_IGNORE_CASE", False))

    @property
    def idle_seconds(self) -> float:
        """Seconds since the last statement ended; 0 while one runs."""
        if not self.mutex.acquire(blocking=False):
            return 0.0
        try:
            return time.monotonic() - self._seen
        finally:
            self.mutex.release()

    def touch(self) -> None:
        """Note that the client has been heard of."""
        self._seen = time.monotonic()

    def query(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Run DuckDB text and return its rows."""
        return self.duck.execute(sql, list(values)).fetchall()

    def begin(self) -> None:
        """Start a transaction unless one is open."""
        if not self.in_transaction:
            self.duck.execute("begin transaction")
            self.in_transaction = True

    def commit(self) -> None:
        """Make the open transaction's changes visible and release its locks."""
        try:
            if self.in_transaction:
                self.duck.execute("commit")
        finally:
            self.in_transaction = False
            self.account.locks.release(self)

    def rollback(self) -> None:
        """Undo the open transaction and release its locks."""
        try:
            if self.in_transaction:
                with contextlib.suppress(duckdb.TransactionException):
                    self.duck.execute("rollback")
        finally:
            self.in_transaction = False
            self.account.locks.release(self)

    @contextlib.contextmanager
    def writing(self, keys: Iterable[str]) -> Iterator[None]:
        """Hold locks while rows change: all of the block's changes happen, or none.

        Within a transaction of the client the locks stay until it ends.
        """
        self.account.locks.acquire(self, keys)
        if self.in_transaction:
            yield
            return
        if not self.autocommit:
            self.begin()
            yield
            return
        self.begin()
        try:
            yield
        except BaseException:
            self.rollback()
            raise
        self.commit()

    def abandon_transaction(self) -> None:
        """Roll back because others wait and the client is silent."""
        if self.mutex.acquire(blocking=False):
            try:
                self.abandoned = self.in_transaction
                self.rollback()
            finally:
                self.mutex.release()

    def keep(self, result: Result) -> None:
        """Remember a result for ``RESULT_SCAN``."""
        self.results[result.query_id] = result
        while len(self.results) > _RESULTS_KEPT:
            self.results.pop(next(iter(self.results)))

    def cancel(self) -> None:
        """Stop the running statement, if there is one."""
        self.cancelled = True
        with contextlib.suppress(duckdb.Error):
            self.duck.interrupt()

    def close(self) -> None:
        """Undo what is open and forget the rest."""
        self.cancel()
        if self.mutex.acquire(timeout=5):
            try:
                with contextlib.suppress(duckdb.Error):
                    self.rollback()
                with contextlib.suppress(duckdb.Error):
                    self.duck.close()
            finally:
                self.mutex.release()
