"""How tests are spread over the workers, and what a run shows in the end besides its result."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from xdist.scheduler import LoadScopeScheduling

if TYPE_CHECKING:
    import pytest

CHANGED = "a database and a warehouse that are changed"
MODELLED = "raw tables, for models of their own"
SHARING = {
    "tests/pipeline/test_bulk_loading.py": CHANGED,
    "tests/pipeline/test_deletions.py": CHANGED,
    "tests/pipeline/test_equality.py": CHANGED,
    "tests/pipeline/test_incremental_models.py": MODELLED,
    "tests/pipeline/test_malformed_messages.py": CHANGED,
    "tests/pipeline/test_planted_defects.py": MODELLED,
    "tests/pipeline/test_preflight.py": CHANGED,
    "tests/pipeline/test_runbook.py": CHANGED,
    "tests/pipeline/test_snowflake_setup.py": CHANGED,
    "tests/pipeline/test_source_columns.py": CHANGED,
    "tests/pipeline/test_state.py": CHANGED,
    "tests/pipeline/": "a loaded warehouse with marts",
    "tests/project/": "dbt's manifest",
}
"""What tests share that is costly to make, by the beginning of their ids; the first that fits."""


class ByModule(LoadScopeScheduling):
    """Keep the tests of a module on one worker, and modules that share something costly."""

    def _split_scope(self, nodeid: str) -> str:
        shared = (what for beginning, what in SHARING.items() if nodeid.startswith(beginning))
        return next(shared, nodeid.partition("::")[0])


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> ByModule:
    return ByModule(config, log)


LISTED = {
    "caught": "planted defects, and what notices them",
    "killed": "processes that were killed, and what the next run made of it",
    "malformed": "malformed messages, and what became of them",
}
"""Properties of tests that are shown when they have passed, and the heading of each."""


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """List what the tests of the planted defects, and of the kills, have seen."""
    seen = [
        item
        for report in terminalreporter.stats.get("passed", [])
        for item in report.user_properties
    ]
    for name, heading in LISTED.items():
        if lines := [value for property_name, value in seen if property_name == name]:
            terminalreporter.section(heading)
            for line in lines:
                terminalreporter.line(line)
