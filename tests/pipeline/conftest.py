"""One working copy with a sandbox of its own for all tests of the pipeline."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from workspace import CLOCK, SCALE, Workspace

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    made = Workspace(tmp_path_factory.mktemp("project"))
    made.succeed("meltano", "install")
    made.succeed("sandbox", "up", "--scale", SCALE, "--clock", CLOCK)
    try:
        yield made
    finally:
        made.run("sandbox", "down")
