"""How requests travel: at the allowed speed, and not at all if a kept answer still holds."""

from __future__ import annotations

import sqlite3
import threading
import time
from contextlib import suppress
from datetime import timedelta
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any

import requests
from requests.adapters import HTTPAdapter

from tap_streaming.errors import TapError
from tap_streaming.platforms import HeaderToken

if TYPE_CHECKING:
    from tap_streaming.platforms import Platform
    from tap_streaming.rate_limit import TokenBucket

BUSY = 30.0
"""Seconds to wait for another process that writes to the same file."""
KEPT = timedelta(days=30)
"""Answers older than this are removed from the cache; the terms of TMDB allow six months."""


class PacedAdapter(HTTPAdapter):
    """Waits for a token before each request that really goes out, and reads the answer whole."""

    def __init__(self, bucket: TokenBucket, connections: int, longest: float) -> None:
        """Share a bucket.

        Args:
            bucket: Gives out tokens.
            connections: Connections kept open at most.
            longest: Seconds that a body may take, however steadily it trickles.
        """
        super().__init__(pool_connections=1, pool_maxsize=connections)
        self._bucket = bucket
        self._longest = longest

    def send(self, *args: Any, **kwargs: Any) -> requests.Response:
        """Send a request when it is due.

        Raises:
            requests.RequestException: if it fails; :exc:`requests.ReadTimeout` too if the body is
                not whole in time, for which the library itself has no limit.
        """
        self._bucket.acquire()
        response = super().send(*args, **kwargs)
        cut = threading.Event()
        timer = threading.Timer(self._longest, _cut, (response, cut))
        timer.daemon = True
        timer.start()
        try:
            _ = response.content
        except requests.RequestException:
            if not cut.is_set():
                raise
        finally:
            timer.cancel()
        if cut.is_set():
            raise requests.ReadTimeout
        return response


class PlatformSession(requests.Session):
    """Follows redirects to other hosts without the key, and knows no ``.netrc``.

    The library itself would take away no other header than ``Authorization``.
    """

    def rebuild_auth(
        self, prepared_request: requests.PreparedRequest, response: requests.Response
    ) -> None:
        """Prepare a request to where an answer points."""
        before, after = response.request.url or "", prepared_request.url or ""
        leaves = self.should_strip_auth(before, after)  # type: ignore[no-untyped-call]
        if leaves and isinstance(self.auth, HeaderToken):
            prepared_request.headers.pop(self.auth.name, None)


def open_session(
    platform: Platform,
    bucket: TokenBucket,
    connections: int,
    longest: float,
    cache_folder: str | None,
) -> requests.Session:
    """Return a session that keeps to the platform's rate and, if told so, its answers on disk.

    An answer is kept for as long as its own ``Cache-Control`` says, and asked for conditionally
    (``If-None-Match``) after that. Keys are not stored.

    Args:
        platform: Whose answers they are.
        bucket: Gives out tokens.
        connections: Connections kept open at most.
        longest: Seconds that a body may take.
        cache_folder: Where to keep answers; None for nowhere.

    Raises:
        TapError: if the folder cannot be used.
    """
    session: requests.Session = PlatformSession()
    if cache_folder and platform.cacheable:
        session = _keeping_session(Path(cache_folder).expanduser() / f"{platform.key}.sqlite")
    for scheme in ("http://", "https://"):
        session.mount(scheme, PacedAdapter(bucket, connections, longest))
    return session


def forget(session: requests.Session, response: requests.Response) -> None:
    """Keep an answer no longer, because it turned out to be spoilt."""
    key = getattr(response, "cache_key", None)
    if key:
        session.cache.delete(key)  # type: ignore[attr-defined]


def _keeping_session(file: Path) -> requests.Session:
    import requests_cache  # noqa: PLC0415  (a quarter of a second that most runs save)

    class KeepingSession(requests_cache.CacheMixin, PlatformSession):
        """Keeps answers."""

    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        _check_writable(file)
        session = KeepingSession(
            file,
            backend="sqlite",
            cache_control=True,
            expire_after=requests_cache.EXPIRE_IMMEDIATELY,
            allowable_codes=(HTTPStatus.OK,),
            wal=True,
        )
        responses: Any = session.cache.responses
        with responses.connection(commit=True) as database:
            oldest = time.time() - KEPT.total_seconds()
            database.execute("DELETE FROM responses WHERE expires < ?", (oldest,))
    except (OSError, sqlite3.Error) as error:
        message = f"cannot keep answers in {file} ({error}): check the setting http_cache_folder"
        raise TapError(message) from None
    return session


def _check_writable(file: Path) -> None:
    """Raise what is wrong with a database; the library would try to write for ever."""
    database = sqlite3.connect(file, timeout=BUSY)
    try:
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("BEGIN IMMEDIATE")
        database.rollback()
    finally:
        database.close()


def _cut(response: requests.Response, cut: threading.Event) -> None:
    """End the reading of a body in another thread; nothing happens if it is read already."""
    cut.set()
    with suppress(OSError, RuntimeError, ValueError):
        response.raw.shutdown()
