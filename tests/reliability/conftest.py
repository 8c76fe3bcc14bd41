"""One working copy, loaded once, that these tests may do harm to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from workspace import CLOCK, LOAD, SCALE, TITLES, Workspace

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def harmed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    made = Workspace(tmp_path_factory.mktemp("harmed"))
    made.succeed("sandbox", "up", "--scale", SCALE, "--titles", TITLES, "--clock", CLOCK)
    try:
        made.succeed(*LOAD)
        yield made
    finally:
        made.run("sandbox", "down")
