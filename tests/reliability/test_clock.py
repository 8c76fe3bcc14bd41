"""The clock of the machine jumps."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import libfaketime
import pytest
from whole_warehouse import assert_equal_to_the_source

if TYPE_CHECKING:
    from workspace import Workspace

pytestmark = [
    pytest.mark.pipeline,
    pytest.mark.skipif(
        "RELIABILITY_ROUNDS" not in os.environ, reason="takes a minute: `make reliability` runs it"
    ),
]

CLOCK = Path(libfaketime.__file__).parent / "vendor/libfaketime/src/libfaketime.so.1"
RUN = ("meltano", "run", "--force", "tap-postgres", "target-snowflake")


def test_a_clock_that_jumps(harmed: Workspace) -> None:
    """A little off, all is well; days off, the account refuses the signature, and says so."""
    if os.uname().machine != "x86_64":
        pytest.skip("libfaketime on PyPI is compiled for x86-64 only")
    workspace = harmed
    for jump in ("+30s", "-2d", "-30s"):
        workspace.succeed("sandbox", "advance", "1h")
        done = workspace.run(
            *RUN, LD_PRELOAD=str(CLOCK), FAKETIME=jump, FAKETIME_DONT_FAKE_MONOTONIC="1"
        )
        if "d" in jump:
            assert done.returncode == 1
            assert "JWT token is invalid" in done.stdout
        else:
            assert done.returncode == 0, done.stdout[-4000:]
    workspace.succeed("meltano", "run", "reconcile:deletions")
    assert_equal_to_the_source(workspace)
