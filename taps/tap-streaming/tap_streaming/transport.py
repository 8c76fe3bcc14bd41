"""How requests travel: at the allowed speed, and not at all if a kept answer still holds."""

from __future__ import annotations

import sqlite3
from datetime import timedelta
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any

import requests
from requests.adapters import HTTPAdapter

from tap_streaming.errors import TapError

if TYPE_CHECKING:
    from tap_streaming.platforms import Platform
    from tap_streaming.rate_limit import TokenBucket

KEPT = timedelta(days=30)
"""Answers older than this are removed from the cache; the terms of TMDB allow six months."""


class PacedAdapter(HTTPAdapter):
    """Waits for a token before each request that really goes out, redirects included."""

    def __init__(self, bucket: TokenBucket, connections: int) -> None:
        """Share a bucket.

        Args:
            bucket: Gives out tokens.
            connections: Connections kept open at most.
        """
        super().__init__(pool_connections=1, pool_maxsize=connections)
        self._bucket = bucket

    def send(self, *args: Any, **kwargs: Any) -> requests.Response:
        """Send a request when it is due."""
        self._bucket.acquire()
        return super().send(*args, **kwargs)


def open_session(
    platform: Platform, bucket: TokenBucket, connections: int, cache_folder: str | None
) -> requests.Session:
    """Return a session that keeps to the platform's rate and, if told so, its answers on disk.

    An answer is kept for as long as its own ``Cache-Control`` says, and asked for conditionally
    (``If-None-Match``) after that. Keys are not stored.

    Args:
        platform: Whose answers they are.
        bucket: Gives out tokens.
        connections: Connections kept open at most.
        cache_folder: Where to keep answers; None for nowhere.

    Raises:
        TapError: if the folder cannot be used.
    """
    session = requests.Session()
    if cache_folder and platform.cacheable:
        import requests_cache  # noqa: PLC0415  (a quarter of a second that most runs save)

        file = Path(cache_folder).expanduser() / f"{platform.key}.sqlite"
        try:
            session = requests_cache.CachedSession(
                file,
                backend="sqlite",
                cache_control=True,
                expire_after=requests_cache.EXPIRE_IMMEDIATELY,
                allowable_codes=(HTTPStatus.OK,),
                wal=True,
            )
            session.cache.delete(older_than=KEPT)
        except (OSError, sqlite3.Error) as error:
            message = (
                f"cannot keep answers in {file} ({error}): check the setting http_cache_folder"
            )
            raise TapError(message) from None
    for scheme in ("http://", "https://"):
        session.mount(scheme, PacedAdapter(bucket, connections))
    return session
