"""The real process, killed again and again: what all runs wrote is what one run writes."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
import urllib.request
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from tap_fakes import Messages, make_tap
from whole_tap import (
    PATHS,
    PLATFORMS,
    attempt,
    config,
    differences,
    forget_what_was_spent,
    living,
    some_shows,
    streams_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

KILLS = 6
SIGNALS = (signal.SIGKILL, signal.SIGTERM)
READ_WHOLE = {"tmdb_genres", "tmdb_watch_providers", "tmdb_trending"}
"""Streams that begin anew each time, so that a run that is killed early gets nowhere else."""
STREAMS = [
    stream for platform in PLATFORMS for stream in streams_of(platform) if stream not in READ_WHOLE
]


class Process:
    """The tap as a runner starts it, its output read as a target reads it."""

    process: subprocess.Popen[bytes]

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def prepare(self, settings: dict[str, Any], streams: list[str]) -> None:
        catalog = json.loads(make_tap([]).catalog_json_text)
        for stream in catalog["streams"]:
            (root,) = (entry for entry in stream["metadata"] if entry["breadcrumb"] == [])
            root["metadata"]["selected"] = stream["stream"] in streams
        (self.folder / "config").write_text(json.dumps(settings))
        (self.folder / "catalog").write_text(json.dumps(catalog))

    def start(self, state: Any) -> None:
        (self.folder / "state").write_text(json.dumps(state or {}))
        files = [f"--{name}={self.folder / name}" for name in ("config", "catalog", "state")]
        with (self.folder / "err").open("wb") as err:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tap_streaming", *files],
                stdout=subprocess.PIPE,
                stderr=err,
                start_new_session=True,
            )

    def read(self, lines: int | None = None) -> list[dict[str, Any]]:
        """Return so many messages, or all that come; half a line at the end is none."""
        assert self.process.stdout is not None
        found: list[dict[str, Any]] = []
        while (lines is None or len(found) < lines) and (line := self.process.stdout.readline()):
            if line.endswith(b"\n"):
                found.append(json.loads(line))
        return found

    def kill(self, number: signal.Signals) -> list[dict[str, Any]]:
        """End the process and return the messages that were still on their way."""
        self.process.send_signal(number)
        rest = self.read()
        status = self.process.wait(30)
        self.check_gone()
        if status == 0:
            return rest
        # A run that is ending anyway may not get to say 143.
        assert status in (-number, 128 + number), self.errors
        assert "Traceback" not in self.errors
        return rest

    def clear_away(self) -> None:
        """End what a failed test left."""
        if hasattr(self, "process"):
            self.process.kill()
            self.process.wait(30)

    def check_gone(self) -> None:
        with pytest.raises(ProcessLookupError):
            os.killpg(self.process.pid, 0)

    @property
    def errors(self) -> str:
        return (self.folder / "err").read_text()


@pytest.fixture
def settings(sandbox: Any) -> dict[str, Any]:
    forget_what_was_spent(sandbox)
    return config(sandbox, title_ids=some_shows(sandbox))


@pytest.fixture
def tap(tmp_path: Path) -> Iterator[Process]:
    process = Process(tmp_path)
    yield process
    process.clear_away()


def until_played(sandbox: Any) -> None:
    """Wait until a fault has been played, so that the tap waits for an answer."""
    while True:
        with urllib.request.urlopen(f"{sandbox.url}/_sandbox/faults", timeout=30) as answer:
            if any(rule["hits"] for rule in json.load(answer)):
                return
        time.sleep(0.05)


def killed(process: Process, state: Any, seed: int) -> list[dict[str, Any]]:
    """Kill runs at random places, each going on from the last state, and return what counts.

    A run that ends before it is killed is followed by one that begins where the first began.
    Three of four are let come to another state, so that the places are spread over all streams.
    """
    draw = random.Random(seed)
    whole: list[dict[str, Any]] = []
    reached, kills = state, 0
    while True:
        process.start(reached)
        if kills == KILLS:
            whole += process.read()
            assert process.process.wait(30) == 0, process.errors
            return whole
        written = Messages()
        if kills % 4:
            while written.states[-1:] in ([], [reached]) and (more := process.read(1)):
                written.all += more
        written.all += process.read(draw.randint(1, 200))
        written.all += process.kill(SIGNALS[kills % len(SIGNALS)])
        safe, later = written.safe()
        whole += safe
        if process.process.returncode == 0:
            reached = state
        else:
            reached = later or reached
            kills += 1


def test_a_first_run_that_is_killed_again_and_again(
    sandbox: Any, settings: dict[str, Any], tap: Process
) -> None:
    clean, error = attempt(STREAMS, None, settings)
    assert error is None
    forget_what_was_spent(sandbox)
    tap.prepare(settings, STREAMS)
    found = killed(tap, None, 1)
    assert differences(living(found), living(clean.all)) == []


def test_a_later_run_that_is_killed_again_and_again(
    sandbox: Any, settings: dict[str, Any], tap: Process
) -> None:
    first, _ = attempt(STREAMS, None, settings)
    sandbox.advance(timedelta(days=8))
    clean, error = attempt(STREAMS, first.states[-1], settings)
    assert error is None
    forget_what_was_spent(sandbox)
    tap.prepare(settings, STREAMS)
    found = killed(tap, first.states[-1], 2)
    assert differences(living(first.all, found), living(first.all, clean.all)) == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize(
    "rule",
    [
        {"kind": "slow", "seconds": 120},
        {"kind": "hang", "seconds": 120},
        {"kind": "retry_after", "seconds": 200},
        {"kind": "status", "status": 500},
    ],
    ids=lambda rule: rule["kind"],
)
def test_it_ends_at_once_whatever_it_waits_for(
    sandbox: Any, settings: dict[str, Any], tap: Process, rule: Any, number: signal.Signals
) -> None:
    sandbox.faults({**rule, "platform": PATHS["tmdb"], "path": r"/movie/\d+", "after": 5})
    tap.prepare({**settings, "request_timeout": 300}, ["tmdb_movies"])
    tap.start(None)
    until_played(sandbox)
    tap.process.send_signal(number)
    tap.read()
    assert tap.process.wait(10) == 128 + number
    tap.check_gone()
    assert f"stopped by {number.name}" in tap.errors
    assert "Traceback" not in tap.errors


def test_a_target_that_goes_away_ends_it(settings: dict[str, Any], tap: Process) -> None:
    tap.prepare(settings, ["tmdb_movies", "tvmaze_episodes"])
    tap.start(None)
    assert tap.read(10)
    assert tap.process.stdout is not None
    tap.process.stdout.close()
    assert tap.process.wait(30) == 1
    tap.check_gone()
    assert "Traceback" not in tap.errors
    assert "unhandled" not in tap.errors
    assert "nothing reads the tap's output any more" in tap.errors
