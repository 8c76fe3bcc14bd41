"""How tests are spread over the workers, and what a run shows in the end besides its result."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from xdist.scheduler import LoadScopeScheduling

if TYPE_CHECKING:
    import pytest

SHARING = {
    "tests/pipeline/": "a loaded warehouse",
    "tests/project/": "dbt's manifest",
}
"""What tests share that is costly to make, by the beginning of their ids."""


class ByModule(LoadScopeScheduling):
    """Keep the tests of a module on one worker, and modules that share something costly."""

    def _split_scope(self, nodeid: str) -> str:
        shared = (what for beginning, what in SHARING.items() if nodeid.startswith(beginning))
        return next(shared, nodeid.partition("::")[0])


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> ByModule:
    return ByModule(config, log)


CAUGHT = "caught"
"""Property of a test that tells what noticed a planted defect."""


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """List the planted defects, and which test of the dbt project notices each."""
    caught = [
        value
        for report in terminalreporter.stats.get("passed", [])
        for name, value in report.user_properties
        if name == CAUGHT
    ]
    if caught:
        terminalreporter.section("planted defects, and what notices them")
        for line in caught:
            terminalreporter.line(line)
