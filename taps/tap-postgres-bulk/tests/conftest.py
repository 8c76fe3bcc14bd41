"""A Postgres of its own for the tests of a process."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from bulk_runs import Database

from sandbox.postgres import server
from sandbox.settings import Settings
from sandbox.testing import free_port_base

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    settings = Settings(home=tmp_path_factory.mktemp("bulk") / "home", port_base=free_port_base())
    server.start(settings)
    database = Database(settings)
    yield database
    database.connection.close()
    server.stop(settings)


@pytest.fixture
def database(running: Database, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Database:
    running.start_over()
    monkeypatch.setenv("PGTZ", "UTC")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    return running
