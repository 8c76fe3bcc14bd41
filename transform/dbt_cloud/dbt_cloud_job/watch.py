"""A run from its order to its end, told line by line."""

from __future__ import annotations

import os
import time
import uuid
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Any

from dbt_cloud_job.errors import DbtCloudError, TransientError

if TYPE_CHECKING:
    from collections.abc import Callable

    from dbt_cloud_job.api import Api

LOG_LINES = 20


class Status(IntEnum):
    """States of a run and of its steps: https://docs.getdbt.com/dbt-cloud/api-v2, RunStatus."""

    QUEUED = 1
    STARTING = 2
    RUNNING = 3
    SUCCESS = 10
    ERROR = 20
    CANCELLED = 30


ENDED = (Status.SUCCESS, Status.ERROR, Status.CANCELLED)


@dataclass(frozen=True)
class Patience:
    """How long a run is waited for.

    Attributes:
        timeout: Most seconds from the order to the end.
        poll: Seconds between two looks.
        cancel: Whether a run that is waited for no longer is cancelled.
    """

    timeout: float
    poll: float
    cancel: bool


def run_job(api: Api, job_id: int, patience: Patience, say: Callable[[str], None]) -> None:
    """Start a job, and wait until it has ended well.

    Args:
        api: Asks dbt Cloud.
        job_id: Number of the job.
        patience: How long to wait.
        say: Told about progress.

    Raises:
        DbtCloudError: if the run fails, is cancelled, or does not end in time.
    """
    job = api.job(job_id)
    environment = os.environ.get("MELTANO_ENVIRONMENT") or "none"
    cause = f"Meltano, environment {environment}, order {uuid.uuid4().hex}"
    deadline = time.monotonic() + patience.timeout
    run = api.start(job_id, cause)
    run_id = int(run["id"])
    url = run.get("href") or "no address"
    progress = _Progress(say)
    try:
        say(f"job {job_id} '{job.get('name')}': run {run_id}, {url}")
        while True:
            run = api.run(run_id, deadline)
            progress.tell(run)
            if run["status"] in ENDED:
                break
            if time.monotonic() + patience.poll >= deadline:
                break
            time.sleep(patience.poll)
    except TransientError as error:
        message = (
            f"no news of run {run_id} until {patience.timeout:.0f} s had passed: {error}; {url}"
        )
        raise DbtCloudError(message) from error
    except KeyboardInterrupt:
        say(f"interrupted; run {run_id} goes on in dbt Cloud: {url}")
        raise
    if run["status"] == Status.SUCCESS:
        return
    if run["status"] in ENDED:
        raise DbtCloudError(_failure(run, say))
    raise DbtCloudError(_late(api, run, patience))


class _Progress:
    """Tells what is new since the last look."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._status: int | None = None
        self._steps: dict[int, int] = {}

    def tell(self, run: dict[str, Any]) -> None:
        if run["status"] != self._status:
            self._status = run["status"]
            self._say(f"run {run['id']}: {_name(run)}")
        for step in run.get("run_steps") or []:
            if self._steps.get(step["id"]) != step["status"]:
                self._steps[step["id"]] = step["status"]
                self._say(f"  step {step.get('index')}: {step.get('name')}: {_name(step)}")


def _name(thing: dict[str, Any]) -> str:
    try:
        return Status(thing["status"]).name.lower()
    except ValueError:  # one that dbt Cloud has added since
        return str(thing.get("status_humanized") or thing["status"]).lower()


def _failure(run: dict[str, Any], say: Callable[[str], None]) -> str:
    """Return the line that ends the command, after the log of the step that failed."""
    steps = [step for step in run.get("run_steps") or [] if step["status"] == Status.ERROR]
    for step in steps:
        say(f"  the end of the log of step {step.get('index')}, {step.get('name')}:")
        for line in str(step.get("logs") or "").splitlines()[-LOG_LINES:]:
            say(f"    {line}")
    where = f" in step {steps[0].get('index')}, {steps[0].get('name')}" if steps else ""
    what = "was cancelled" if run["status"] == Status.CANCELLED else f"failed{where}"
    reason = f": {run['status_message']}" if run.get("status_message") else ""
    return f"run {run['id']} {what}{reason}; {run.get('href')}"


def _late(api: Api, run: dict[str, Any], patience: Patience) -> str:
    late = (
        f"run {run['id']} is still {_name(run)} after {patience.timeout:.0f} s, its timeout_seconds"
    )
    if not patience.cancel:
        return f"{late}; it goes on in dbt Cloud: {run.get('href')}"
    try:
        api.cancel(run["id"])
    except DbtCloudError as error:
        return f"{late}, and could not be cancelled ({error}): {run.get('href')}"
    return f"{late}, and was cancelled: {run.get('href')}"
