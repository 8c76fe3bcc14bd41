"""Fixtures: fake platforms in this process, and the sandbox's platforms in another."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
sys.path.insert(0, str(HERE))

from tap_fakes import FakeApi, FakeTmdb, FakeTvmaze  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Iterator

START = datetime(2026, 11, 23, 15, tzinfo=UTC)


def _free_base() -> int:
    """Return a port base that no other test process has; they begin at different places.

    The ports are neither those that the system hands out to outgoing connections, which could take
    one in the minutes until the server starts, nor those of `sandbox.testing`. Within a process the
    answer is the same each time, however often this module is imported.
    """
    for attempt in range(80):
        base = 12000 + 100 * ((os.getpid() + attempt) % 80)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", base + 80))
            except OSError:
                continue
            return base
    pytest.fail("no free port")


PORT_BASE = _free_base()
SANDBOX_URL = f"http://127.0.0.1:{PORT_BASE + 80}"
os.environ["TAP_STREAMING_TEST_URL"] = SANDBOX_URL


class Sandbox:
    """The sandbox's platform server."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.url = SANDBOX_URL
        self.clock = START
        self._process: subprocess.Popen[bytes] | None = None
        self._world: Any = None

    def start(self) -> None:
        from sandbox.world import World  # noqa: PLC0415

        self._world = World(seed=7, scale=0.05, start=START)
        self.set_clock(START)
        environment = {
            **os.environ,
            "SANDBOX_HOME": str(self.home),
            "SANDBOX_PORT_BASE": str(PORT_BASE),
        }
        self._process = subprocess.Popen(
            [sys.executable, "-m", "sandbox.platforms"],
            env=environment,
            stdout=subprocess.DEVNULL,
        )
        for _ in range(300):
            try:
                with urllib.request.urlopen(f"{self.url}/_sandbox/health", timeout=5):
                    return
            except OSError:
                assert self._process.poll() is None, "the platform server ended"
                time.sleep(0.1)
        pytest.fail("the platform server did not start")

    def stop(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)
        self._process.wait(30)

    def set_clock(self, clock: datetime) -> None:
        self.clock = clock
        self._world.save(self.home / "world.json", clock)

    def advance(self, span: timedelta) -> None:
        self.set_clock(self.clock + span)

    def faults(self, *rules: dict[str, Any]) -> None:
        request = urllib.request.Request(
            f"{self.url}/_sandbox/faults", json.dumps(rules).encode(), method="PUT"
        )
        urllib.request.urlopen(request, timeout=10).close()

    def config(self, **settings: Any) -> dict[str, Any]:
        return {
            "tmdb_access_token": "sandbox",
            "tmdb_api_url": f"{self.url}/tmdb/3",
            "tvmaze_api_url": f"{self.url}/tvmaze",
            "tmdb_requests_per_second": 1e6,
            "tvmaze_requests_per_second": 1e6,
            "tmdb_min_vote_count": 25000,
            **settings,
        }


@pytest.fixture(scope="session")
def sandbox_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    pytest.importorskip("sandbox.platforms", reason="needs the package streaming-sandbox")
    server = Sandbox(tmp_path_factory.mktemp("sandbox"))
    server.start()
    yield server
    server.stop()


@pytest.fixture
def sandbox(sandbox_server: Sandbox) -> Iterator[Sandbox]:
    """The platform server at the world's start, well-behaved before and after the test."""
    sandbox_server.faults()
    sandbox_server.set_clock(START)
    yield sandbox_server
    sandbox_server.faults()


def _serve(api: FakeApi, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "requests.adapters.HTTPAdapter.send", lambda _, request, **__: api.send(request)
    )


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> FakeApi:
    """A platform without routes."""
    fake = FakeApi()
    _serve(fake, monkeypatch)
    return fake


@pytest.fixture
def tmdb(monkeypatch: pytest.MonkeyPatch) -> FakeTmdb:
    """A small TMDB."""
    fake = FakeTmdb()
    _serve(fake, monkeypatch)
    return fake


@pytest.fixture
def tvmaze(monkeypatch: pytest.MonkeyPatch) -> FakeTvmaze:
    """A small TVmaze."""
    fake = FakeTvmaze()
    _serve(fake, monkeypatch)
    return fake


@pytest.fixture(scope="session")
def recordings() -> Path:
    """Recorded answers of the platforms, which are not part of the repository."""
    folder = Path(os.environ.get("STREAMING_RECORDINGS", ROOT.parent / "shared" / "recordings"))
    if not (folder / "MANIFEST.tsv").is_file():
        pytest.skip(f"NO RECORDINGS at {folder}: the replay of real answers did not run")
    return folder
