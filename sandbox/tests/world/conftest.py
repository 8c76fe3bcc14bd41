"""Worlds that several tests look at."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from sandbox.world import World

START = datetime(2026, 11, 23, 15, tzinfo=UTC)


@pytest.fixture(scope="session")
def world():
    """The world at the scale that users meet first."""
    return World(seed=7, scale=1.0, start=START)


@pytest.fixture(scope="session")
def small_world():
    """A twentieth of it."""
    return World(seed=7, scale=0.05, start=START)


@pytest.fixture(scope="session")
def rows(world):
    """All rows of the world at its start, by table."""
    return {table: list(found) for table, found in world.rows_at_start().items()}
