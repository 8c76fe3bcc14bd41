"""dbt Cloud's Administrative API, version 2, as far as a job is started and watched with it.

https://docs.getdbt.com/dbt-cloud/api-v2
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import requests
import tenacity

from dbt_cloud_job.errors import DbtCloudError, TransientError

if TYPE_CHECKING:
    from collections.abc import Callable

TOO_MANY = 429
CONNECT_SECONDS, READ_SECONDS, LEAST_READ_SECONDS = 10, 60, 1
TRIES = 6
LONGEST_PAUSE_SECONDS, LONGEST_WAIT_SECONDS = 60, 300
"""Of our own, and one that dbt Cloud asks for."""

RUNS_LOOKED_AT = 20
"""Newest runs of the job among which ours is looked for; others may have been started since."""

LOOPBACK = ("127.0.0.1", "::1", "localhost")


@dataclass(frozen=True)
class Account:
    """Where the job is, and who asks.

    Attributes:
        url: Access URL of the account, such as https://ab123.us1.dbt.com.
        account_id: Number of the account.
        token: Service token, or a person's token.
    """

    url: str
    account_id: int
    token: str = field(repr=False)


class Api:
    """Asks again where that can help; every failure is one line without the token."""

    def __init__(self, account: Account, *, pause: float, say: Callable[[str], None]) -> None:
        """Check the address.

        Args:
            account: Where the job is.
            pause: Seconds before the first repetition; doubled with each.
            say: Told about repetitions.

        Raises:
            DbtCloudError: if the address is none, or would send the token in clear.
        """
        self._account = account
        self._pause = pause
        self._say = say
        url = account.url.strip().rstrip("/")
        url = url if "://" in url else f"https://{url}"
        parts = urlsplit(url)
        if not parts.hostname or (parts.scheme != "https" and parts.hostname not in LOOPBACK):
            message = (
                "DBT_CLOUD_URL has to be the access URL of the account, such as "
                "https://ab123.us1.dbt.com"
            )
            raise DbtCloudError(message)
        self._host = parts.netloc.rpartition("@")[2]
        self._root = f"{parts.scheme}://{self._host}/api/v2/accounts/{account.account_id}"
        self._session = requests.Session()
        self._session.headers["Authorization"] = f"Token {account.token}"
        # Else a .netrc of the machine would replace the token.
        self._session.auth = lambda request: request
        self._has_answered = False

    def job(self, job_id: int) -> dict[str, Any]:
        """Return a job's definition."""
        try:
            return self._read(f"/jobs/{job_id}/")
        except NotFoundError as error:
            message = (
                f"dbt Cloud knows no job {job_id} in account {self._account.account_id} at "
                f"{self._host}: see DBT_CLOUD_JOB_ID and DBT_CLOUD_ACCOUNT_ID, both in the address "
                "of the job's page, and whether the token may read the job's project"
            )
            raise DbtCloudError(message) from error

    def run(self, run_id: int, deadline: float | None = None) -> dict[str, Any]:
        """Return a run with its steps.

        Args:
            run_id: Number of the run.
            deadline: Ask until this moment of `time.monotonic`, and not a number of times.
        """
        path = f"/runs/{run_id}/"
        return self._read(path, {"include_related": json.dumps(["run_steps"])}, deadline)

    def start(self, job_id: int, cause: str) -> dict[str, Any]:
        """Start a run of a job, once.

        When it is not known whether dbt Cloud took the order, the run with our cause is looked for
        before the order is repeated.

        Args:
            job_id: Number of the job.
            cause: Why; has to be unique, since it is what the run is known by.

        Returns:
            The run.
        """
        path = f"/jobs/{job_id}/run/"
        is_open = False

        def order() -> dict[str, Any]:
            nonlocal is_open
            if is_open and (found := self._started(job_id, cause)):
                self._say("dbt Cloud had taken the order all the same")
                return found
            try:
                return self._ask("POST", path, body={"cause": cause})
            except TransientError as error:
                is_open = is_open or not error.is_refused
                raise

        try:
            return self._retrying(None)(order)
        except TransientError as error:
            if not is_open:
                raise
            message = f"{error}; whether job {job_id} has been started is not known: look at it"
            raise DbtCloudError(message) from error

    def cancel(self, run_id: int) -> None:
        """Cancel a run."""
        self._retrying(None)(self._ask, "POST", f"/runs/{run_id}/cancel/")

    def _started(self, job_id: int, cause: str) -> dict[str, Any] | None:
        """Find the run with a cause."""
        runs: Any = self._ask(
            "GET",
            "/runs/",
            {
                "job_definition_id": job_id,
                "order_by": "-id",
                "limit": RUNS_LOOKED_AT,
                "include_related": json.dumps(["trigger"]),
            },
        )
        return next((run for run in runs if (run.get("trigger") or {}).get("cause") == cause), None)

    def _read(
        self, path: str, query: dict[str, Any] | None = None, deadline: float | None = None
    ) -> dict[str, Any]:
        return self._retrying(deadline)(self._ask, "GET", path, query, deadline=deadline)

    def _retrying(self, deadline: float | None) -> tenacity.Retrying:
        """Return what repeats a call: so often, or until a moment."""

        def is_over(state: tenacity.RetryCallState) -> bool:
            if deadline is None:
                return state.attempt_number >= TRIES
            return time.monotonic() + state.upcoming_sleep >= deadline

        def pause(state: tenacity.RetryCallState) -> float:
            error = _error(state)
            grown = self._pause * 2.0 ** min(state.attempt_number - 1, 10)
            asked = min(error.wait or 0, LONGEST_WAIT_SECONDS)
            return max(asked, min(grown, LONGEST_PAUSE_SECONDS))

        def tell(state: tenacity.RetryCallState) -> None:
            self._say(f"{_error(state)}; asking again in {state.upcoming_sleep:.0f} s")

        return tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(TransientError),
            wait=pause,
            stop=is_over,
            before_sleep=tell,
            reraise=True,
        )

    def _ask(
        self,
        method: str,
        path: str,
        query: dict[str, Any] | None = None,
        *,
        body: dict[str, Any] | None = None,
        deadline: float | None = None,
    ) -> dict[str, Any]:
        """Ask once, and return what is in ``data``."""
        patience: float = READ_SECONDS
        if deadline is not None:
            patience = min(patience, max(deadline - time.monotonic(), LEAST_READ_SECONDS))
        try:
            answer = self._session.request(
                method,
                self._root + path,
                params=query,
                json=body,
                timeout=(CONNECT_SECONDS, patience),
                allow_redirects=False,
            )
        except requests.ConnectTimeout as error:
            message = f"{self._host} does not answer"
            raise TransientError(message, is_refused=True) from error
        except requests.Timeout as error:
            message = f"{self._host} did not answer within {patience:.0f} s"
            raise TransientError(message) from error
        except requests.RequestException as error:
            # Its text may hold the whole address; the kind of error says enough.
            message = f"no answer from {self._host} ({_reason(error)})"
            raise TransientError(message) from error
        self._refuse(answer)
        try:
            data = answer.json()["data"]
        except (ValueError, KeyError, TypeError) as error:
            message = f"{self._host} answered, but not as dbt Cloud's API does"
            if self._has_answered:
                raise TransientError(message) from error
            message = f"{message}: see DBT_CLOUD_URL"
            raise DbtCloudError(message) from error
        self._has_answered = True
        found: dict[str, Any] = data
        return found

    def _refuse(self, answer: requests.Response) -> None:
        """Raise what an answer's status means."""
        status = answer.status_code
        if answer.is_redirect:
            moved = urlsplit(answer.headers.get("Location", "")).hostname
            message = (
                f"{self._host} leads to {moved}: set DBT_CLOUD_URL to the account's own access URL"
            )
            raise DbtCloudError(message)
        if status == TOO_MANY:
            message = f"{self._host} answered 429, too many requests"
            raise TransientError(message, wait=_wait(answer), is_refused=True)
        if status >= requests.codes.server_error:
            message = f"{self._host} answered {status}"
            raise TransientError(message, wait=_wait(answer))
        if status == requests.codes.unauthorized:
            message = (
                f"{self._host} refuses the token (401): see DBT_CLOUD_TOKEN; tokens are made under "
                "Account settings > API tokens > Service tokens"
            )
            raise DbtCloudError(message)
        if status == requests.codes.forbidden:
            message = (
                f"the token may not do that in account {self._account.account_id} (403): see "
                "DBT_CLOUD_ACCOUNT_ID, and give the service token the permission 'Job Admin'"
            )
            raise DbtCloudError(message)
        if status == requests.codes.not_found:
            message = f"{self._host} answered 404"
            raise NotFoundError(message)
        if not answer.ok:
            message = f"{self._host} answered {status}: {_user_message(answer)}"
            raise DbtCloudError(message)


class NotFoundError(DbtCloudError):
    """There is no such thing, or it may not be seen."""


def _error(state: tenacity.RetryCallState) -> TransientError:
    error = state.outcome.exception() if state.outcome else None
    assert isinstance(error, TransientError)
    return error


def _reason(error: requests.RequestException) -> str:
    text = str(error).lower()
    known = (
        "connection refused",
        "connection reset",
        "name resolution",
        "certificate",
        "not known",
    )
    return next((words for words in known if words in text), type(error).__name__)


def _wait(answer: requests.Response) -> float | None:
    """Return the seconds of ``Retry-After``, a number or a date."""
    given = answer.headers.get("Retry-After", "")
    try:
        return float(given)
    except ValueError:
        pass
    try:
        return (parsedate_to_datetime(given) - datetime.now(UTC)).total_seconds()
    except (ValueError, TypeError):
        return None


def _user_message(answer: requests.Response) -> str:
    try:
        return str(answer.json()["status"]["user_message"])
    except (ValueError, KeyError, TypeError):
        return answer.reason or "no reason given"
