"""One working copy with a sandbox of its own for all tests of the pipeline."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from workspace import CLOCK, LITERAL, LOAD, SCALE, TITLES, Workspace

from sandbox.summary import raw_tables

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    made = Workspace(tmp_path_factory.mktemp("project"))
    made.succeed("sandbox", "up", "--scale", SCALE, "--titles", TITLES, "--clock", CLOCK)
    with made.postgres() as connection:
        # Timestamps have to arrive in UTC, wherever the database thinks it is.
        connection.execute("alter role streaming_app set timezone = 'Asia/Tokyo'")
    try:
        yield made
    finally:
        made.run("sandbox", "down")


@pytest.fixture(scope="session")
def built_workspace(workspace: Workspace) -> Workspace:
    """The working copy after the first run of the whole pipeline, by the literal command."""
    said = workspace.succeed(*LITERAL)
    assert "Installing" not in said, "the linked plugins are not those that Meltano looks for"
    return workspace


@pytest.fixture(scope="session")
def loaded_workspace(workspace: Workspace) -> Workspace:
    """The working copy with raw tables, for those who build their own marts."""
    if not raw_tables(workspace.settings):
        workspace.succeed(*LOAD)
    return workspace
