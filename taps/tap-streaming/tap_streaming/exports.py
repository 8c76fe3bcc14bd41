"""TMDB's daily id exports: a file of a day with a line for each title, and which ids vanished.

From https://developer.themoviedb.org/docs/daily-id-exports: made from 07:00 UTC of their day on,
kept for three months, JSON lines in gzip, no key needed. Titles for adults are in other files.
"""

from __future__ import annotations

import gzip
import json
import random
import time
import zlib
from datetime import timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import requests
import urllib3

from tap_streaming.answers import cause, retry_after
from tap_streaming.errors import TapError
from tap_streaming.session import CONNECT_TIMEOUT, LONGEST_BACKOFF, LONGEST_WAIT, nobody

if TYPE_CHECKING:
    import logging
    from collections.abc import Iterator, Mapping
    from datetime import date

MADE_AT = timedelta(hours=7)
"""Time of the day (UTC) of whose titles an export is made."""
NAMES = {"movie": "movie_ids", "tv": "tv_series_ids"}
LARGEST_ID = 2**27
"""A hundred times the largest id; an odd number must not take the memory of its size."""
LONGEST_LINE = 2**16
_NOT_THERE = frozenset({HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND})
"""A bucket that may not be listed answers 403 for a file that it does not have."""
_RETRIED = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS})


class Ids:
    """A set of ids, one bit each: those of a million titles take about 200 kB."""

    def __init__(self) -> None:
        """Start with none."""
        self._bits = bytearray()

    def add(self, number: int) -> None:
        """Add an id from 0 to :data:`LARGEST_ID`."""
        place = number >> 3
        self._bits.extend(bytes(max(0, place + 1 - len(self._bits))))
        self._bits[place] |= 1 << (number & 7)

    def __len__(self) -> int:
        """Return the number of ids."""
        return int.from_bytes(self._bits).bit_count()

    def without(self, other: Ids) -> Iterator[int]:
        """Yield the ids that another set has not, ascending."""
        bits = other._bits
        for place, byte in enumerate(self._bits):
            left = byte & ~bits[place] if place < len(bits) else byte
            yield from (place * 8 + bit for bit in range(8) if left >> bit & 1)


class Exports:
    """Reads id exports, asking again as for any answer."""

    def __init__(self, config: Mapping[str, Any], logger: logging.Logger) -> None:
        """Prepare; nothing is asked yet.

        Args:
            config: The tap's settings, ``tmdb_exports_url`` among them.
            logger: Hears about retries and damaged files.
        """
        self._base = str(config["tmdb_exports_url"]).rstrip("/")
        self._agent = str(config["user_agent"])
        self._timeout = float(config["request_timeout"])
        self._tries = int(config["request_max_tries"])
        self._logger = logger

    def first_readable(self, media_type: str, days: list[date]) -> tuple[date, Ids] | None:
        """Return the first export of some days that can be read; None if there is none.

        Args:
            media_type: ``movie`` or ``tv``.
            days: Days to try, the preferred first.

        Raises:
            TapError: if the address cannot be asked or keeps failing.
        """
        for day in days:
            ids = self._ids(f"{NAMES[media_type]}_{day:%m_%d_%Y}.json.gz")
            if ids is not None:
                return day, ids
        return None

    def _ids(self, name: str) -> Ids | None:
        """Return the ids in a file; None if it is not there, or damaged however often asked."""
        for number in range(1, self._tries + 1):
            wait = None
            try:
                response = self._get(name)
            except requests.RequestException as error:
                reason, damaged = cause(error), False
            else:
                with response:
                    if response.status_code in _NOT_THERE:
                        return None
                    if response.status_code == HTTPStatus.OK:
                        try:
                            return _read(response.raw)
                        except _DAMAGES as error:
                            reason, damaged = f"a damaged file ({error})", True
                    else:
                        reason, damaged = f"HTTP {response.status_code}", False
                        wait = retry_after(response)
                        if not _may_pass(response.status_code):
                            break
            if number < self._tries:
                self._pause(name, reason, number, wait)
        if not damaged:
            raise self._unusable(name, reason)
        self._logger.warning("TMDB's id export %s is %s: it is left out", name, reason)
        return None

    def _get(self, name: str) -> requests.Response:
        """Ask for a file, without the key: the host is another one than the API's."""
        return requests.get(
            f"{self._base}/{name}",
            headers={"User-Agent": self._agent, "Accept-Encoding": "identity"},
            auth=nobody,
            stream=True,
            timeout=(min(CONNECT_TIMEOUT, self._timeout), self._timeout),
        )

    def _pause(self, name: str, reason: str, number: int, wait: float | None) -> None:
        if wait is None:
            wait = min(LONGEST_BACKOFF, 2.0 ** (number - 1)) * random.uniform(0.5, 1.0)
        wait = min(wait, LONGEST_WAIT)
        self._logger.warning(
            "TMDB's id exports: %s for GET %s; try %d of %d in %.1f s",
            reason, name, number + 1, self._tries, wait,
        )  # fmt: skip
        time.sleep(wait)

    def _unusable(self, name: str, reason: str) -> TapError:
        parts = urlsplit(self._base)
        address = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
        message = (
            f"cannot read TMDB's id export {name} ({reason}): is the setting tmdb_exports_url"
            f" ({address}) right? The next run asks again"
        )
        return TapError(message)


class _OddFileError(ValueError):
    """The file is not what it should be."""


_DAMAGES = (OSError, EOFError, ValueError, zlib.error, urllib3.exceptions.HTTPError)


def _read(file: Any) -> Ids:
    """Return the ids in an export, read line by line."""
    ids = Ids()
    with gzip.GzipFile(fileobj=file) as lines:
        for line in iter(lambda: lines.readline(LONGEST_LINE), b""):
            row = json.loads(line)
            number = row.get("id") if isinstance(row, dict) else None
            if isinstance(number, int) and 0 < number < LARGEST_ID:
                ids.add(number)
    if not ids:
        message = "no ids in it"
        raise _OddFileError(message)
    return ids


def _may_pass(status: int) -> bool:
    return status in _RETRIED or status >= HTTPStatus.INTERNAL_SERVER_ERROR
