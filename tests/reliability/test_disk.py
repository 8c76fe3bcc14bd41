"""The disk for temporary files fills while a run writes to it."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest
from whole_warehouse import assert_equal_to_the_source

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from workspace import Workspace

pytestmark = [
    pytest.mark.pipeline,
    pytest.mark.skipif(
        "RELIABILITY_ROUNDS" not in os.environ, reason="takes a minute: `make reliability` runs it"
    ),
]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A folder for temporary files that holds 64 KiB."""
    folder = tmp_path / "small"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", folder],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if mounted.returncode:
        pytest.skip(f"only who may mount a file system can fill one: {mounted.stderr.strip()}")
    yield folder
    subprocess.run(["umount", folder], check=True)


@pytest.mark.parametrize("extractor", ["tap-postgres", "tap-streaming"])
def test_a_disk_that_is_full(harmed: Workspace, small_disk: Path, extractor: str) -> None:
    workspace = harmed
    run = ("meltano", "run", "--force", "--full-refresh", extractor, "target-snowflake")
    failed = workspace.run(*run, TMPDIR=str(small_disk))
    assert failed.returncode == 1
    assert "No space left on device" in failed.stdout, failed.stdout[:6000]
    workspace.succeed(*run)
    workspace.succeed("meltano", "run", "reconcile:deletions")
    assert_equal_to_the_source(workspace)
