"""The loader starts before the extractor, and does not outlive one that cannot be started."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conftest import Project


def note(project: Project, plugin: str) -> None:
    """Have a plugin note its start, with its process id."""
    kind = plugin.partition("-")[0]
    script = project.folder / f"{kind}.sh"
    original = Path(__file__).parent / "project" / f"{kind}.py"
    script.write_text(f'#!/bin/sh\necho "{kind} $$" >>starts.txt\nexec {original} "$@"\n')
    script.chmod(0o755)
    project.amend(f"executable: {original}", f"executable: {script}")


def starts(project: Project) -> list[tuple[str, int]]:
    lines = (project.folder / "starts.txt").read_text().splitlines()
    return [(kind, int(pid)) for kind, pid in (line.split() for line in lines)]


def is_there(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


def test_the_loader_is_started_first(project) -> None:
    note(project, "tap-a")
    note(project, "target-lines")
    assert project.meltano("run", "tap-a", "target-lines").returncode == 0
    # Both are started at once, so which of them notes it first is chance; discovery comes later.
    assert sorted(kind for kind, _ in starts(project)) == ["tap", "tap", "target"]
    assert "target" in [kind for kind, _ in starts(project)[:2]]
    assert project.loaded() == ["a"]


def test_a_loader_whose_extractor_cannot_be_started_is_ended(project) -> None:
    note(project, "target-lines")
    done = project.meltano("run", "tap-a", "target-lines", NOTHING_TO_DISCOVER="1")
    assert done.returncode == 1
    assert "there is no such database" in done.stdout
    assert "Traceback" not in done.stdout
    ((kind, pid),) = starts(project)
    assert kind == "target"
    assert not is_there(pid)
