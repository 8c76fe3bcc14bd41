"""How fast and in how much memory tap-streaming reads titles, against the sandbox's TMDB.

    .venv/bin/python tests/benchmarks/tap_streaming_sync.py

Two questions, about six minutes:

- *Speed.* Each answer takes 100 ms and 20 requests are allowed in any second. What share of that
  does a sync of 2,000 titles use, how often is it refused, and what if it asked one at a time?
- *Memory.* Does the peak depend on the number of titles? 2,000 and 20,000, as fast as they come.

Nothing else should run on the machine meanwhile.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from sandbox.testing import free_port_base
from sandbox.world import World

if TYPE_CHECKING:
    from collections.abc import Iterator

START = datetime(2026, 11, 23, 15, tzinfo=UTC)
STREAMS = ("tmdb_movies", "tmdb_tv")
LATENCY = 0.1
RATE = 20
SAMPLE_EVERY = 0.1
HIDDEN_SHARE = 0.94
"""Share of a world's titles that exist on its first day."""


class Platforms:
    """The sandbox's platform server, with a world of so many titles."""

    def __init__(self, home: Path, titles: int) -> None:
        self._home = home
        self._base = free_port_base()
        self.url = f"http://127.0.0.1:{self._base + 80}"
        world = World(7, 0.01, START, titles=min(20_000, round(titles / HIDDEN_SHARE)))
        world.save(home / "world.json", START)

    def __enter__(self) -> Self:
        environment = {
            **os.environ,
            "SANDBOX_HOME": str(self._home),
            "SANDBOX_PORT_BASE": str(self._base),
        }
        self._process = subprocess.Popen(
            [sys.executable, "-m", "sandbox.platforms"], env=environment
        )
        while True:
            try:
                self.ask("health")
            except OSError:
                if self._process.poll() is not None:
                    sys.exit("the platform server ended")
                time.sleep(0.1)
            else:
                return self

    def __exit__(self, *_: object) -> None:
        self._process.send_signal(signal.SIGTERM)
        self._process.wait()

    def ask(self, path: str, method: str = "GET", body: Any = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url}/_sandbox/{path}", data, method=method)
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)


@dataclass
class Run:
    """What one run of the tap did."""

    records: int
    seconds: float
    peak_mib: float


@dataclass
class Pace:
    """What the platform saw of a run."""

    requests: int
    refused: int
    seconds: float

    @property
    def rate(self) -> float:
        return (self.requests - self.refused - 1) / self.seconds


def run(platforms: Platforms, home: Path, **settings: Any) -> Run:
    """Run the tap once, both streams from the beginning."""
    config = {
        "tmdb_access_token": "sandbox",
        "tmdb_api_url": f"{platforms.url}/tmdb/3",
        "tmdb_min_vote_count": 0,
        "tmdb_requests_per_second": 1e6,
        **settings,
    }
    (home / "config.json").write_text(json.dumps(config))
    command = [sys.executable, "-m", "tap_streaming", "--config", str(home / "config.json")]
    found = subprocess.run([*command, "--discover"], capture_output=True, check=True)
    catalog = json.loads(found.stdout)
    for entry in catalog["streams"]:
        for metadata in entry["metadata"]:
            if not metadata["breadcrumb"]:
                metadata["metadata"]["selected"] = entry["tap_stream_id"] in STREAMS
    (home / "catalog.json").write_text(json.dumps(catalog))
    output, began = home / "output", time.monotonic()
    with output.open("wb") as written, (home / "log").open("wb") as log:
        tap = subprocess.Popen(
            [*command, "--catalog", str(home / "catalog.json")], stdout=written, stderr=log
        )
        _, status, usage = os.wait4(tap.pid, 0)
    if status:
        sys.exit((home / "log").read_text()[-2000:])
    with output.open("rb") as lines:
        records = sum(line.startswith(b'{"type":"RECORD"') for line in lines)
    return Run(records, time.monotonic() - began, usage.ru_maxrss / 1024)


def samples(platforms: Platforms, stop: threading.Event) -> Iterator[tuple[float, int, int]]:
    while not stop.wait(SAMPLE_EVERY):
        seen = platforms.ask("requests")["platforms"]["tmdb"]
        yield time.monotonic(), seen["requests"], seen["rate_limited"]


def paced(platforms: Platforms, home: Path, concurrent: int) -> tuple[Run, Pace]:
    """Run the tap against a slow platform that refuses what is too fast."""
    platforms.ask("requests", "DELETE")
    seen: list[tuple[float, int, int]] = []
    stop = threading.Event()
    watcher = threading.Thread(target=lambda: seen.extend(samples(platforms, stop)))
    watcher.start()
    made = run(platforms, home, tmdb_requests_per_second=RATE, concurrent_requests=concurrent)
    stop.set()
    watcher.join()
    busy = [sample for sample in seen if sample[1]]
    last = next(sample for sample in busy if sample[1] == busy[-1][1])
    return made, Pace(last[1], last[2], last[0] - busy[0][0])


def speed(home: Path, titles: int) -> None:
    with Platforms(home, titles) as platforms:
        run(platforms, home)
        rules = [
            {"kind": "slow", "seconds": LATENCY},
            {"kind": "rate", "requests": RATE, "seconds": 1},
        ]
        platforms.ask("faults", "PUT", rules)
        print(f"{LATENCY * 1000:.0f} ms an answer, {RATE} requests a second allowed")
        print("concurrent  titles  requests  seconds  requests/s  of allowed  refused")
        for concurrent in (16, 1):
            made, pace = paced(platforms, home, concurrent)
            print(
                f"{concurrent:10}  {made.records:6,}  {pace.requests:8,}  {pace.seconds:7.1f}"
                f"  {pace.rate:10.2f}  {pace.rate / RATE:10.1%}"
                f"  {pace.refused / pace.requests:7.2%}",
                flush=True,
            )


def memory(home: Path, counts: list[int]) -> None:
    print("\n titles  seconds  peak memory")
    for titles in counts:
        with Platforms(home, titles) as platforms:
            made = run(platforms, home)
            print(f"{made.records:7,}  {made.seconds:7.1f}  {made.peak_mib:7.1f} MiB", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--titles", type=int, default=2000, help="titles of the speed test")
    parser.add_argument("--part", choices=("speed", "memory"), help="only this part")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        if given.part != "memory":
            speed(Path(folder), given.titles)
        if given.part != "speed":
            memory(Path(folder), [given.titles, 10 * given.titles])


if __name__ == "__main__":
    main()
