"""A local Snowflake account of its own for each test module."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from sandbox.settings import HOST, Settings
from sandbox.testing import free_port_base
from sandbox.warehouse.client import connect

if TYPE_CHECKING:
    from collections.abc import Iterator

    from snowflake.connector import SnowflakeConnection

_PACKAGE = Path(__file__).parents[2]
_START_SECONDS = 60


@dataclass
class Service:
    """The warehouse process of one test module."""

    settings: Settings
    process: subprocess.Popen[bytes] | None = None
    log: Path = field(init=False)

    def __post_init__(self) -> None:
        self.log = self.settings.home / "warehouse.log"

    @property
    def environment(self) -> dict[str, str]:
        """What a client's process needs: nothing but a proxy and a bundle."""
        return {
            **os.environ,
            "HTTPS_PROXY": f"http://{HOST}:{self.settings.snowflake_proxy_port}",
            "REQUESTS_CA_BUNDLE": str(self.settings.ca_bundle),
            "NO_PROXY": "127.0.0.1,localhost",
        }

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "sandbox.warehouse"],
                cwd=_PACKAGE,
                env={
                    **os.environ,
                    "SANDBOX_HOME": str(self.settings.home),
                    "SANDBOX_PORT_BASE": str(self.settings.port_base),
                },
                stdout=log,
                stderr=log,
            )
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                break
            try:
                if self.health() == 200:
                    return
            except OSError:
                time.sleep(0.1)
        raise AssertionError(self.log.read_text())

    def health(self) -> int:
        url = f"http://{HOST}:{self.settings.snowflake_proxy_port}/health"
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(url, timeout=5) as r:
            return int(r.status)

    def stop(self, number: int = signal.SIGTERM) -> int:
        assert self.process is not None
        self.process.send_signal(number)
        return self.process.wait(timeout=30)

    def connect(self, **options: Any) -> SnowflakeConnection:
        return connect(self.settings, **{"database": "RAW", "schema": "PUBLIC", **options})


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    home = tmp_path_factory.mktemp("sandbox")
    running = Service(Settings(home=home, port_base=free_port_base()))
    running.start()
    yield running
    if running.process is not None and running.process.poll() is None:
        running.stop()


@pytest.fixture
def session(service: Service) -> Iterator[SnowflakeConnection]:
    with service.connect() as connection:
        yield connection


def rows(connection: SnowflakeConnection, sql: str, *values: Any) -> list[Any]:
    """Run one statement and return its rows."""
    cursor = connection.cursor()
    cursor.execute(sql, values or None)
    return list(cursor.fetchall())


@pytest.fixture
def run(session: SnowflakeConnection) -> Any:
    return lambda sql, *values: rows(session, sql, *values)


def executable(variable: str, plugin: str, name: str) -> str:
    """Return a program of a plugin, or skip loudly.

    The variable wins; else the plugin's environment of the project around this file counts.
    """
    if found := os.environ.get(variable):
        return found
    for folder in Path(__file__).parents:
        candidate = folder / ".meltano" / plugin / "venv" / "bin" / name
        if candidate.exists():
            return str(candidate)
    pytest.skip(f"NOT TESTED: no {name}; set {variable} or run 'meltano install'")
