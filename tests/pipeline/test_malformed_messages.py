"""Malformed Singer messages are loaded as they were sent, or end the run and say so.

`make reliability` plants a thousand; this is one of each kind.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from loader import LOADED, REFUSED_BY_CHECK, REFUSED_BY_LOADER, loading
from malformed import PLANTED

if TYPE_CHECKING:
    from pathlib import Path

    from workspace import Workspace

pytestmark = pytest.mark.pipeline

SEED = 1


def test_one_of_each_kind(workspace: Workspace, tmp_path: Path) -> None:
    with loading(workspace, tmp_path) as loader:
        outcomes = [
            loader.outcome(number, SEED, load_refused=number == 0) for number in range(len(PLANTED))
        ]
    assert [outcome for outcome in outcomes if outcome.wrong] == []
    assert {outcome.ended for outcome in outcomes} == {
        LOADED, REFUSED_BY_CHECK, REFUSED_BY_LOADER,
    }  # fmt: skip
