"""Does a day's build cost more when there is more history?

    .venv/bin/python tests/benchmarks/dbt_growth.py

Needs a sandbox that is up and loaded, ten minutes and 10 GB of disk. Its raw tables are copied, and
the sessions repeated in earlier quarters until there are 60,000, 600,000 and 6,000,000. All but the
last day is built from nothing, then the last day arrives and is built on top.

What grows is the history; the day, the people and the titles are the same at every size. With
`--people` the people and the day grow with the sessions, and the quarters do not.

Nothing else should run on the machine meanwhile.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "pipeline"))

from laboratory import Laboratory  # noqa: E402 - the path leads there

from sandbox.settings import Settings  # noqa: E402

if TYPE_CHECKING:
    from dbt_process import Result

HISTORIES = (60_000, 600_000, 6_000_000)
GOAL = 1.5
QUARTER_DAYS = 91
QUARTERS = 28
"""Quarters to spread copies over: dim_dates does not reach back for ever."""
WORTH_NAMING_SECONDS = 0.5
# A run looks again at the hours before the last one; here all runs are within them.
VARS = ("--vars", "{load_overlap_hours: 0}")
APP = "streaming_app"
IDS = {
    f"{APP}.users": ("user_id",),
    f"{APP}.profiles": ("profile_id", "user_id"),
    f"{APP}.subscriptions": ("subscription_id", "user_id"),
    f"{APP}.ratings": ("profile_id",),
    f"{APP}.watchlist_items": ("profile_id",),
    f"{APP}.viewing_sessions": ("session_id", "profile_id"),
}
SESSIONS = f"{APP}.viewing_sessions"
TIMES = ("started_at", "ended_at", "created_at", "updated_at", "_sdc_batched_at")


@dataclass
class Measured:
    """What one history cost.

    Attributes:
        sessions: Rows of history.
        full: Seconds of the build from nothing.
        day: Seconds of the build of one more day.
        quiet: Seconds of a build with nothing new.
        models: Seconds of each model in the build of one more day.
    """

    sessions: int
    full: float
    day: float
    quiet: float
    models: dict[str, float]


def fill(lab: Laboratory, sessions: int, *, people_grow: bool) -> int:
    """Multiply the raw tables; return how many sessions there are before the last day."""
    there = lab.value(f"select count(*) from raw.{SESSIONS}")
    copies = max(1, round(sessions / there))
    people = copies if people_grow else 1
    for table in lab.raw_tables():
        lab.copy(table, "false" if table.lower() in IDS else "true")
    for table in IDS:
        multiply(lab, table, people)
    for number in range(1, copies // people):
        repeat(lab, 1 + (number - 1) % QUARTERS, number)
    return int(lab.value(f"select count(*) from {{raw}}.{SESSIONS}"))


def multiply(lab: Laboratory, table: str, copies: int) -> None:
    """Copy a table with the ids of other people, all but the last day of it."""
    numbers = (
        f"(select value::integer as copy from table(flatten(array_generate_range(0, {copies}))))"
    )
    renamed = ", ".join(f"{name} || '-' || numbers.copy as {name}" for name in IDS[table])
    hashed = (
        ", sha2(email_sha256 || numbers.copy) as email_sha256" if table.endswith("users") else ""
    )
    lab.sql(
        f"create or replace table {{raw}}.{table} as "
        f"select originals.* replace ({renamed}{hashed}) from raw.{table} as originals "
        f"cross join {numbers} as numbers"
    )
    if table == SESSIONS:
        separate_last_day(lab)


def separate_last_day(lab: Laboratory) -> None:
    """Put the sessions of the last day aside; the others were loaded as they changed."""
    last = f"updated_at > dateadd('day', -1, (select max(updated_at) from raw.{SESSIONS}))"
    lab.sql(
        f"create or replace table {{raw}}.{APP}.last_day as "
        f"select * from {{raw}}.{SESSIONS} where {last}"
    )
    lab.sql(f"delete from {{raw}}.{SESSIONS} where {last}")
    lab.sql(f"update {{raw}}.{SESSIONS} set _sdc_batched_at = updated_at")


def repeat(lab: Laboratory, quarters: int, number: int) -> None:
    """Copy all sessions to an earlier quarter; a second of its own keeps it from repeating one."""
    seconds = quarters * QUARTER_DAYS * 86_400 + number
    earlier = ", ".join(f"dateadd('second', {-seconds}, {name}) as {name}" for name in TIMES)
    lab.sql(
        f"insert into {{raw}}.{SESSIONS} "
        f"select * replace (session_id || '-{number}' as session_id, {earlier}) "
        f"from {{raw}}.{SESSIONS} where split_part(session_id, '-', 7) = ''"
    )


def timed(lab: Laboratory, *arguments: str) -> tuple[float, list[Result]]:
    """Build, and return the seconds it took and what became of each node."""
    began = time.monotonic()
    results = lab.build(*arguments, *VARS)
    return time.monotonic() - began, results


def measure(lab: Laboratory, sessions: int, *, people_grow: bool) -> Measured:
    """Build a history, one more day, and nothing more."""
    sessions = fill(lab, sessions, people_grow=people_grow)
    full, _ = timed(lab)
    again = ("--exclude", "config.materialized:view", "resource_type:seed")
    lab.sql(f"update {{raw}}.{APP}.last_day set _sdc_batched_at = sysdate()")
    lab.sql(f"insert into {{raw}}.{SESSIONS} select * from {{raw}}.{APP}.last_day")
    day, results = timed(lab, *again)
    quiet, _ = timed(lab, *again)
    return Measured(sessions, full, day, quiet, {result.name: result.seconds for result in results})


def report(measured: list[Measured]) -> None:
    """Print the models that cost more with more history, and the ratio to the goal."""
    least, most = measured[0], measured[-1]
    print(
        f"\nmodels of the day's build that cost {WORTH_NAMING_SECONDS} s more with the most history"
    )
    grown = sorted(least.models, key=lambda name: least.models[name] - most.models[name])
    for name in grown:
        if most.models[name] - least.models[name] >= WORTH_NAMING_SECONDS:
            seconds = "  ".join(f"{each.models[name]:7.1f}" for each in measured)
            print(f"{name:44}  {seconds}")
    ratio = most.day / least.day
    met = "met" if ratio <= GOAL else "missed"
    print(f"\nthe day's build: {ratio:.2f} times the seconds, the goal of {GOAL} is {met}")


def main() -> None:
    """Measure each history in turn and print what it cost."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--sessions", type=int, nargs="+", default=list(HISTORIES))
    parser.add_argument("--people", action="store_true", help="let the people grow as well")
    given = parser.parse_args()
    python = ROOT / ".meltano" / "utilities" / "dbt" / "venv" / "bin" / "python"
    settings = Settings.from_environment()
    measured = []
    print("  sessions  built from nothing  one more day  nothing new")
    for sessions in given.sessions:
        with (
            tempfile.TemporaryDirectory() as folder,
            Laboratory(settings, ROOT / "transform", python, Path(folder), "GROWTH") as lab,
        ):
            found = measure(lab, sessions, people_grow=given.people)
        measured.append(found)
        print(
            f"{found.sessions:10,}  {found.full:16.1f} s  {found.day:10.1f} s"
            f"  {found.quiet:9.1f} s",
            flush=True,
        )
    report(measured)


if __name__ == "__main__":
    main()
