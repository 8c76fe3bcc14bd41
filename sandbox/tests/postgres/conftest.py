"""A server of its own for each test process, and worlds to put into it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import psutil
import pytest

from sandbox.postgres import server
from sandbox.settings import Settings
from sandbox.testing import free_port_base
from sandbox.world import World

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

START = datetime(2026, 11, 23, 15, tzinfo=UTC)


def kill(settings: Settings) -> None:
    """End the server the hard way and wait until the system has noticed."""
    postmaster = psutil.Process(server.process_id(settings))
    postmaster.kill()
    psutil.wait_procs([postmaster], timeout=10)
    assert not server.is_running(settings)


@pytest.fixture
def settings(tmp_path: Path) -> Iterator[Settings]:
    """Settings of a sandbox that was never up; its server is stopped afterwards."""
    found = Settings(home=tmp_path / "home", port_base=free_port_base())
    yield found
    server.stop(found)


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """Settings of a sandbox whose server runs."""
    found = Settings(home=tmp_path_factory.mktemp("shared") / "home", port_base=free_port_base())
    server.start(found)
    yield found
    server.stop(found)


@pytest.fixture(scope="session")
def world() -> World:
    """A small world."""
    return World(seed=11, scale=0.02, start=START)
