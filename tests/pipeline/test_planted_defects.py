"""Each of the defects that this project knows of is noticed by a test of the dbt project."""

from __future__ import annotations

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
        catches = list(plant(lab, DEFECTS))
    for catch in catches:
        # `make test` shows them in the end.
        record_property("caught", f"{catch.defect.name:28} {caught_by(catch)}")
    unnoticed = [catch.defect.name for catch in catches if not catch.tests]
    assert not unnoticed
