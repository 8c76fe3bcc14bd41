"""Talking to one platform: authentication, speed, retries and the platform's own clock."""

from __future__ import annotations

import random
import time
from datetime import UTC, date, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter

from tap_streaming.answers import OBJECT, Shape, cause, retry_after, sent_at, told
from tap_streaming.errors import TapError
from tap_streaming.platforms import BearerToken, Call, Platform, access_token, variable
from tap_streaming.rate_limit import TokenBucket

if TYPE_CHECKING:
    import logging
    from collections.abc import Callable, Iterable, Iterator, Mapping

LONGEST_WAIT = 300.0
"""Seconds; a platform that asks for a longer pause ends the run instead of stalling it."""
LONGEST_BACKOFF = 60.0
FIRST_CONTACT_TRIES = 3
"""Tries to connect to a platform that has not answered once in this run."""
CONNECT_TIMEOUT = 10.0
_RETRIED = frozenset(
    {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS}
)


class _TryAgainError(Exception):
    """A failure that may pass; ``wait`` is what the platform asks for, in seconds."""

    def __init__(
        self, reason: str, *, wait: float | None = None, busy: bool = False, reached: bool = True
    ) -> None:
        super().__init__(reason)
        self.wait = wait
        self.busy = busy
        self.reached = reached


class PlatformClient:
    """Asks one platform, at the allowed speed, until it answers.

    Attributes:
        requests: Number of requests made, repetitions included.
        retries: Number of requests that repeated an earlier one.
    """

    def __init__(
        self,
        platform: Platform,
        config: Mapping[str, Any],
        logger: logging.Logger,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Prepare a session; nothing is asked yet.

        Args:
            platform: The platform.
            config: The tap's settings.
            logger: Hears about retries.
            clock: Monotonic time in seconds.
            sleep: Waits for a number of seconds.

        Raises:
            TapError: if the platform wants an access token and there is none, or one that
                cannot be sent in a header.
        """
        self.platform = platform
        self.requests = 0
        self.retries = 0
        self._logger = logger
        self._sleep = sleep
        self._base = str(config[platform.url_setting]).rstrip("/")
        self._timeout = float(config["request_timeout"])
        self._tries = int(config["request_max_tries"])
        self._bucket = TokenBucket(float(config[platform.rate_setting]), clock=clock, sleep=sleep)
        self._now: datetime | None = None
        self._session = requests.Session()
        self._session.headers.update(
            {"User-Agent": str(config["user_agent"]), "Accept": "application/json"}
        )
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, HTTPAdapter(pool_connections=1, pool_maxsize=32))
        if platform.token_help is not None:
            self._session.auth = BearerToken(access_token(platform, config))

    def get(
        self,
        path: str,
        params: Mapping[str, str | int] | None = None,
        *,
        expect: Shape = OBJECT,
    ) -> Any:
        """Ask for something that must be there.

        Args:
            path: Path below the API's address, with its leading slash.
            params: Query.
            expect: Tells a good body.

        Returns:
            The parsed body.

        Raises:
            TapError: if the platform refuses, has no such thing, cannot be reached, or keeps
                failing.
        """
        body = self.find(path, params or {}, expect)
        if body is None:
            raise self.unexpected(path, HTTPStatus.NOT_FOUND)
        return body

    def get_many(
        self,
        calls: Iterable[Call],
        *,
        expect: Shape = OBJECT,
    ) -> Iterator[tuple[Call, Any | None]]:
        """Ask for many things; answers come in the order of the calls.

        Args:
            calls: What to ask for; read lazily.
            expect: Tells a good body.

        Yields:
            Each call with its parsed body, or None if there is no such thing.

        Raises:
            TapError: as :meth:`get`.
        """
        for call in calls:
            yield call, self.find(call.path, call.params, expect)

    def find(self, path: str, params: Mapping[str, str | int], expect: Shape) -> Any | None:
        """Ask for something that may be gone; as :meth:`get`, but None for HTTP 404."""
        tries = 0
        while True:
            tries += 1
            self._bucket.acquire()
            try:
                return self._ask(path, params, expect)
            except _TryAgainError as failure:
                self._pause(path, failure, tries)

    def now(self) -> datetime:
        """Return the platform's time (UTC): that of its last answer, asking for one if need be."""
        if self._now is None:
            self.get(self.platform.clock_path, self.platform.clock_params)
        return self._now or datetime.now(UTC)

    def today(self) -> date:
        """Return the platform's day (UTC)."""
        return self.now().date()

    @property
    def address(self) -> str:
        """The API's address, without user name and password, for messages."""
        parts = urlsplit(self._base)
        return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"

    def unexpected(self, path: str, status: int, words: str = "") -> TapError:
        """Return the error for an answer that cannot be used."""
        message = (
            f"{self.platform.title} answered GET {path} with HTTP {status}{words}; is the setting"
            f" {self.platform.url_setting} ({self.address}) right?"
        )
        return TapError(message)

    def _ask(self, path: str, params: Mapping[str, str | int], expect: Shape) -> Any | None:
        self.requests += 1
        try:
            response = self._session.get(
                self._base + path,
                params=params,
                timeout=(min(CONNECT_TIMEOUT, self._timeout), self._timeout),
            )
        except requests.exceptions.SSLError as error:
            reason = f"TLS: {cause(error)}"
            raise self._unreachable(reason) from None
        except requests.Timeout as error:
            reached = not isinstance(error, requests.ConnectTimeout)
            message = f"no answer within {self._timeout:g} s"
            raise _TryAgainError(message, reached=reached) from None
        except (
            requests.ConnectionError,
            requests.exceptions.ChunkedEncodingError,
            requests.exceptions.ContentDecodingError,
        ) as error:
            reached = not isinstance(error, requests.ConnectionError)
            raise _TryAgainError(cause(error), reached=reached) from None
        except requests.RequestException as error:
            raise self._unreachable(type(error).__name__) from None
        self._now = sent_at(response)
        self._check_status(path, response)
        if response.status_code == HTTPStatus.NOT_FOUND:
            return None
        return self._body(response, expect)

    def _check_status(self, path: str, response: requests.Response) -> None:
        status = response.status_code
        if status in _RETRIED or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            message = f"HTTP {status}"
            raise _TryAgainError(
                message,
                wait=retry_after(response),
                busy=status in (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE),
            )
        if status == HTTPStatus.UNAUTHORIZED and self.platform.token_help is not None:
            message = (
                f"{self.platform.title} refused the access token (HTTP 401): check"
                f" {self.platform.token_setting} ({variable(self.platform)});"
                f" {self.platform.token_help}"
            )
            raise TapError(message)
        if status >= HTTPStatus.BAD_REQUEST and status != HTTPStatus.NOT_FOUND:
            raise self.unexpected(path, status, told(response))

    def _body(self, response: requests.Response, expect: Shape) -> Any | None:
        try:
            body = response.json()
        except (ValueError, RecursionError):
            kind = response.headers.get("Content-Type", "no type").partition(";")[0]
            message = f"a body that is not whole JSON ({kind}, {len(response.content)} bytes)"
            raise _TryAgainError(message) from None
        if isinstance(body, dict) and body.get("success") is False:
            if body.get("status_code") in self.platform.gone_codes:
                return None
            message = f"a body that says it failed{told(response)}"
            raise _TryAgainError(message)
        if not expect.fits(body):
            message = "JSON of another shape than documented"
            raise _TryAgainError(message)
        return body

    def _pause(self, path: str, failure: _TryAgainError, tries: int) -> None:
        title = self.platform.title
        never_reached = not failure.reached and self._now is None
        limit = min(self._tries, FIRST_CONTACT_TRIES) if never_reached else self._tries
        if tries >= limit:
            if never_reached:
                raise self._unreachable(str(failure)) from None
            message = (
                f"{title} did not answer GET {path} in {tries} tries (last: {failure});"
                " the next run goes on where this one stopped"
            )
            raise TapError(message) from None
        wait = failure.wait
        if wait is None:
            wait = min(LONGEST_BACKOFF, 2.0 ** (tries - 1)) * random.uniform(0.5, 1.0)
        elif wait > LONGEST_WAIT:
            message = (
                f"{title} asks to wait {wait:.0f} s ({failure}); run again later,"
                f" with a lower {self.platform.rate_setting} if this happens often"
            )
            raise TapError(message) from None
        self.retries += 1
        self._logger.warning(
            "%s: %s for GET %s; try %d of %d in %.1f s",
            title, failure, path, tries + 1, limit, wait,
        )  # fmt: skip
        if failure.busy:
            self._bucket.hold(wait)
        else:
            self._sleep(wait)

    def _unreachable(self, reason: str) -> TapError:
        message = (
            f"cannot reach {self.platform.title} at {self.address} ({reason}): check the setting"
            f" {self.platform.url_setting}, the network and the proxy variables"
        )
        return TapError(message)
