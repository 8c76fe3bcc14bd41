"""Worlds that several tests look at."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from sandbox.world import World

Row = tuple[Any, ...]
Rows = dict[str, list[Row]]
State = dict[str, dict[Row, Row]]
Lengths = dict[tuple[int, int | None, int | None], int]

START = datetime(2026, 11, 23, 15, tzinfo=UTC)


@pytest.fixture(scope="session")
def world() -> World:
    """The world at the scale that users meet first."""
    return World(seed=7, scale=1.0, start=START)


@pytest.fixture(scope="session")
def small_world() -> World:
    """A twentieth of it."""
    return World(seed=7, scale=0.05, start=START)


@pytest.fixture(scope="session")
def rows(world: World) -> Rows:
    """All rows of the world at its start, by table."""
    return {table: list(found) for table, found in world.rows_at_start().items()}
