"""Whatever dies while two schedules run, the next run makes the warehouse equal its sources.

``RELIABILITY_ROUNDS`` says how often a process is killed: none in `make test`, fifty in
`make reliability`. ``RELIABILITY_SEED`` chooses the moments.
"""

from __future__ import annotations

import os
import random
from typing import TYPE_CHECKING, Any

import pytest
from kills import HOURLY, PROGRAMS, SERVICES, Runs, kill_at_random
from whole_warehouse import assert_equal_to_the_source, assert_platform_tables

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from workspace import Workspace

pytestmark = pytest.mark.pipeline

ROUNDS = int(os.environ.get("RELIABILITY_ROUNDS", "0"))
SEED = int(os.environ.get("RELIABILITY_SEED", "20261129"))
VICTIMS = ("target", "warehouse", "meltano", "tap-postgres", "dbt", "postgres", "tap-streaming",
           "platforms")  # fmt: skip
USUAL_SECONDS = 14.0
WITH_DBT_SECONDS = 35.0

assert set(VICTIMS) == {*PROGRAMS, *SERVICES}


def write_something(workspace: Workspace, chance: random.Random, time_passed: str) -> None:
    """Let time pass, and write to Postgres as applications do, some of it behind the bookmark."""
    workspace.succeed("sandbox", "advance", time_passed)
    salt = chance.randrange(1_000_000)
    with workspace.postgres() as connection:
        connection.execute(
            "update app.viewing_sessions set watched_seconds = watched_seconds + 1, "
            "updated_at = (select max(updated_at) from app.viewing_sessions) "
            f"where abs(hashtext(session_id::text || '{salt}')) % 40 = 0"
        )
        # The bookmark has passed these already: only their row versions are new.
        connection.execute(
            f"update app.ratings set comment = '{salt}' where updated_at > "
            "(select max(updated_at) - interval '5 minutes' from app.ratings)"
        )
        connection.execute(
            "delete from app.watchlist_items "
            f"where abs(hashtext(profile_id::text || title_id::text || '{salt}')) % 400 = 0"
        )


@pytest.mark.parametrize("number", range(ROUNDS))
def test_nothing_is_lost_or_doubled(
    harmed: Workspace,
    number: int,
    tmp_path: Path,
    record_property: Callable[[str, Any], None],
) -> None:
    workspace = harmed
    chance = random.Random(f"{SEED}/{number}")
    victim = VICTIMS[number % len(VICTIMS)]
    with_dbt = victim == "dbt"
    is_last = number == ROUNDS - 1
    # A day later the platforms' daily lists are read anew, so that all there is can be compared.
    write_something(workspace, chance, "1d" if is_last else "2h")
    runs = Runs(workspace, tmp_path, with_dbt)
    runs.start()
    killed = kill_at_random(runs, victim, chance, WITH_DBT_SECONDS if with_dbt else USUAL_SECONDS)
    codes = runs.finish()
    if killed.run in codes:
        assert codes[killed.run] != 0, f"a silent success: {runs.said(killed.run)[-3000:]}"
    for name in codes:
        assert "Traceback" not in runs.said(name) or codes[name] != 0

    again = ["meltano", "run", "--force", *HOURLY, "reconcile:deletions"]
    workspace.succeed(*again, *(["dbt:build"] if with_dbt else []))
    rows = assert_equal_to_the_source(workspace)
    if is_last:
        assert_platform_tables(workspace)
    record_property(
        "killed",
        f"{number:2} {killed.victim:13} after {killed.after_seconds:5.1f} s, run: "
        f"{killed.run or 'both':8} exit codes {codes['hourly']:3} and {codes['frequent']:3}, "
        f"then {rows:,} rows equal",
    )
