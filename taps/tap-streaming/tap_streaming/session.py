"""Talking to one platform: authentication, speed, retries and the platform's own clock."""

from __future__ import annotations

import random
import sqlite3
import threading
import time
from datetime import UTC, date, datetime
from http import HTTPStatus
from http.cookiejar import DefaultCookiePolicy
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import requests

from tap_streaming.answers import (
    cause,
    is_fresh,
    pause,
    quota_is_spent,
    retry_after,
    says_it_failed,
    sent_at,
    told,
)
from tap_streaming.budget import Budget, BudgetSpentError
from tap_streaming.errors import RefusedError, TapError
from tap_streaming.ordered import in_order
from tap_streaming.platforms import Platform, authentication, variable
from tap_streaming.rate_limit import TokenBucket
from tap_streaming.transport import forget, open_session

if TYPE_CHECKING:
    import logging
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from requests.adapters import BaseAdapter

    from tap_streaming.answers import Shape
    from tap_streaming.calls import Call

LONGEST_WAIT = 300.0
"""Seconds; a platform that asks for a longer pause ends the run instead of stalling it."""
LONGEST_BACKOFF = 60.0
FIRST_CONTACT_TRIES = 3
"""Tries to connect to a platform that has not answered once in this run."""
CONNECT_TIMEOUT = 10.0
AHEAD = 4
"""Requests under way or answered ahead of the one that is waited for, per concurrent request."""
REVALIDATE = {"Cache-Control": "max-age=0"}
"""Asks for an answer that is true now, whatever is kept; unchanged ones come as HTTP 304."""
_RETRIED = frozenset(
    {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS}
)


def nobody(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Add no key, not even one out of ``.netrc``."""
    return request


def _is_kept(response: requests.Response) -> bool:
    """Tell whether an answer comes from this machine, and the platform was not even asked."""
    return getattr(response, "from_cache", False) and not getattr(response, "revalidated", False)


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
        budget: What may be spent; None if the platform does not count, or not yet known.
    """

    def __init__(
        self,
        platform: Platform,
        config: Mapping[str, Any],
        logger: logging.Logger,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        adapter: BaseAdapter | None = None,
    ) -> None:
        """Prepare a session; nothing is asked yet.

        Args:
            platform: The platform.
            config: The tap's settings.
            logger: Hears about retries.
            clock: Monotonic time in seconds.
            sleep: Waits for a number of seconds.
            adapter: Answers in the platform's place.

        Raises:
            TapError: if the platform wants a key and there is none, or one that cannot be sent
                in a header; or if the folder for answers cannot be used.
        """
        self.platform = platform
        self.requests = 0
        self.retries = 0
        self.budget: Budget | None = None
        self._logger = logger
        self._sleep = sleep
        self._base = str(config[platform.url_setting]).rstrip("/")
        self._timeout = float(config["request_timeout"])
        self._tries = int(config["request_max_tries"])
        self._workers = 1 if platform.budget else int(config["concurrent_requests"])
        self._bucket = TokenBucket(float(config[platform.rate_setting]), clock=clock, sleep=sleep)
        self._lock = threading.Lock()
        self._now: datetime | None = None
        self._session = open_session(
            platform, self._bucket, self._workers, self._timeout, config.get("http_cache_folder")
        )
        if adapter is not None:
            self._session.mount("http://", adapter)
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        self._introduction = {"User-Agent": str(config["user_agent"])}
        self._session.headers.update({**self._introduction, "Accept": "application/json"})
        self._session.auth = authentication(platform, config) or nobody

    def get(self, call: Call) -> Any:
        """Ask for something that must be there.

        Returns:
            The parsed body.

        Raises:
            TapError: if the platform refuses, has no such thing, cannot be reached, or keeps
                failing.
            BudgetSpentError: if it would cost more than may be spent today.
        """
        body = self.find(call)
        if body is None:
            raise self.unexpected(call.path, HTTPStatus.NOT_FOUND)
        return body

    def get_many(
        self, calls: Iterable[Call], *, ahead: int | None = None
    ) -> Iterator[tuple[Call, Any | None]]:
        """Ask for many things, several at once; answers come in the order of the calls.

        Args:
            calls: What to ask for; read lazily.
            ahead: Most calls made before the first one's answer is taken, if fewer than usual:
                for lists whose end only an answer tells.

        Yields:
            Each call with its parsed body, or None if there is no such thing.

        Raises:
            TapError: as :meth:`get`, in the place of the call that failed.
            BudgetSpentError: as :meth:`get`.
        """
        most = AHEAD * self._workers if ahead is None else ahead
        return in_order(self.find, calls, workers=min(self._workers, most), ahead=most)

    def find(self, call: Call) -> Any | None:
        """Ask for something that may be gone; as :meth:`get`, but None for HTTP 404."""
        tries = 0
        while True:
            tries += 1
            if self.budget is not None:
                self.budget.spend(call.cost)
            try:
                return self._ask(call)
            except _TryAgainError as failure:
                self._pause(call.path, failure, tries)

    def now(self) -> datetime:
        """Return the platform's time (UTC): that of its last answer, asking for one if need be."""
        if self._now is None and self.platform.clock is not None:
            self.get(self.platform.clock)
        if self._now is None:
            self._now = self._clock_without_key()
        return self._now

    def today(self) -> date:
        """Return the platform's day (UTC)."""
        return self.now().date()

    @property
    def address(self) -> str:
        """The API's address, without user name and password, for messages."""
        parts = urlsplit(self._base)
        return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"

    def unexpected(self, path: str, status: int, words: str = "") -> RefusedError:
        """Return the error for an answer that cannot be used."""
        message = (
            f"{self.platform.title} answered GET {path} with HTTP {status}{words}; is the setting"
            f" {self.platform.url_setting} ({self.address}) right?"
        )
        return RefusedError(message, status)

    def _clock_without_key(self) -> datetime:
        """Return the time in whatever the address answers to a caller without a key.

        What nobody is known to have asked cannot be counted against anybody's budget.
        """
        try:
            answer = requests.head(
                self._base, auth=nobody, headers=self._introduction, timeout=CONNECT_TIMEOUT
            )
        except requests.RequestException:
            return datetime.now(UTC)
        return sent_at(answer)

    def _ask(self, call: Call) -> Any | None:
        with self._lock:
            self.requests += 1
        response = self._fetch(call)
        if _is_kept(response) and not is_fresh(response, self._now):
            response = self._fetch(call, REVALIDATE)
        if not _is_kept(response):
            self._now = sent_at(response)
            wait = pause(response)
            if wait is not None and wait <= LONGEST_WAIT:
                self._bucket.hold(wait)
        try:
            self._check_status(call.path, response)
            if response.status_code == HTTPStatus.NOT_FOUND:
                return None
            return self._body(response, call.endpoint.expect)
        except _TryAgainError:
            forget(self._session, response)
            raise

    def _fetch(self, call: Call, headers: Mapping[str, str] | None = None) -> requests.Response:
        """Return whatever answer there is, kept or not.

        Raises:
            TapError: if there will be none.
            _TryAgainError: if there was none this time.
        """
        try:
            return self._session.get(
                self._base + call.path,
                params=call.params,
                headers=headers,
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
        except sqlite3.Error as error:
            message = (
                f"cannot use the kept answers of {self.platform.title} ({error}): check the setting"
                " http_cache_folder, or delete the folder"
            )
            raise TapError(message) from None

    def _check_status(self, path: str, response: requests.Response) -> None:
        status = response.status_code
        if status == HTTPStatus.PAYMENT_REQUIRED or quota_is_spent(response):
            self._logger.warning("%s says that the month's quota is spent", self.platform.title)
            raise BudgetSpentError
        if status in _RETRIED or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            message = f"HTTP {status}"
            raise _TryAgainError(
                message,
                wait=retry_after(response),
                busy=status in (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE),
            )
        if status == HTTPStatus.UNAUTHORIZED and self.platform.token:
            message = (
                f"{self.platform.title} refused the key (HTTP 401): check"
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
        if says_it_failed(body):
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
        with self._lock:
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
