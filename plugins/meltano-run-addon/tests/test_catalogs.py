"""A catalog is discovered when the source has changed, and not otherwise."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Project

DECLARED = "capabilities: [catalog, discover, state]\n"


@pytest.fixture
def asked(project: Project) -> Project:
    """A project whose extractor is asked what its source looks like."""
    keep_catalogs(project)
    project.amend(DECLARED, DECLARED + "    annotations: {catalog: {fingerprint: --fingerprint}}\n")
    (project.folder / "fingerprint.txt").write_text("one")
    return project


def keep_catalogs(project: Project) -> None:
    """Have Meltano keep catalogs, which it does for plugins that it installs."""
    project.amend(DECLARED, DECLARED + "    pip_url: tap-a\n")


def discoveries(project: Project) -> int:
    return len((project.folder / "discovered.txt").read_text().split())


def run(project: Project, *options: str) -> None:
    done = project.meltano("run", "--no-install", *options, "tap-a", "target-lines")
    assert done.returncode == 0, done.stdout


def test_it_is_discovered_again_when_the_source_has_changed(asked) -> None:
    for _ in range(2):
        run(asked)
    assert discoveries(asked) == 1
    (asked.folder / "fingerprint.txt").write_text("two")
    for _ in range(2):
        run(asked)
    assert discoveries(asked) == 2


def test_a_full_refresh_takes_the_kept_one_if_the_source_is_what_it_was(asked) -> None:
    run(asked)
    run(asked, "--full-refresh")
    assert discoveries(asked) == 1
    assert asked.loaded() == ["a", "a"], "the rows are read again"
    (asked.folder / "fingerprint.txt").write_text("two")
    run(asked, "--full-refresh")
    assert discoveries(asked) == 2
    run(asked, "--refresh-catalog")
    assert discoveries(asked) == 3


def test_without_a_fingerprint_a_full_refresh_discovers(project) -> None:
    keep_catalogs(project)
    for _ in range(2):
        run(project, "--full-refresh")
    assert discoveries(project) == 2
