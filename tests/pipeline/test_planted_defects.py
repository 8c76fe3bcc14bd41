"""Each of the defects that this project knows of is noticed by a test of the dbt project.

A third of them unless EVERY_DEFECT is set, which `make test-defects` does.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from defects import DEFECTS
from laboratory import Laboratory
from planted_defects import caught_by, plant

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from workspace import Workspace

pytestmark = pytest.mark.pipeline
# All of them take three minutes of both cores: `make test-defects`, every night.
CHOSEN = DEFECTS if os.environ.get("EVERY_DEFECT") else DEFECTS[::3]


def test_no_defect_goes_unnoticed(
    loaded_workspace: Workspace,
    tmp_path: Path,
    record_property: Callable[[str, object], None],
) -> None:
    workspace = loaded_workspace
    with Laboratory(
        workspace.settings,
        workspace.folder / "transform",
        workspace.dbt_python,
        tmp_path,
        "PLANTED",
    ) as lab:
        catches = list(plant(lab, CHOSEN))
    for catch in catches:
        # `make test` shows them in the end.
        record_property("caught", f"{catch.defect.name:28} {caught_by(catch)}")
    unnoticed = [catch.defect.name for catch in catches if not catch.tests]
    assert not unnoticed
