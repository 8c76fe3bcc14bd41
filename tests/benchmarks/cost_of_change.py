"""Does a sync cost more when the table holds more?

    .venv/bin/python tests/benchmarks/cost_of_change.py

Needs a sandbox that is up, half an hour and 20 GB of disk. Two tables of 1M and 10M rows are
loaded. Then, in turn, a thousand rows of each change at random places and are loaded; a hundred are
deleted and found by `reconcile`, which compares all keys. Medians over the rounds, with `meltano
run` included.

Nothing else should run on the machine meanwhile.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections import defaultdict
from typing import TYPE_CHECKING

from tables import ALONE, SCHEMA, Tables, compare

from sandbox.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable

CHANGED, DELETED = 1000, 100


def timed(work: Callable[[], None]) -> float:
    """Return the seconds that something takes."""
    began = time.monotonic()
    work()
    return time.monotonic() - began


def some(name: str, rows: int, among: int, schema: str = SCHEMA) -> str:
    """Return the condition for so many rows at random places of a table."""
    percent = min(100.0, 200.0 * rows / among)
    return (
        f"session_id in (select session_id from {schema}.{name} "
        f"tablesample bernoulli ({percent}) order by random() limit {rows})"
    )


def main() -> None:
    """Run it and print a table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rows", type=int, nargs=2, default=(1_000_000, 10_000_000))
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    tables = Tables(Settings.from_environment())
    sizes = {f"sessions_{rows}": rows for rows in given.rows}
    found: dict[str, dict[str, list[float]]] = {name: defaultdict(list) for name in sizes}
    for name, rows in sizes.items():
        tables.fill(name, rows)
        found[name]["first load"].append(timed(lambda name=name: tables.load(name, fresh=True)))
        compare(tables.sent(name), tables.arrived(name))
        print(name, found[name]["first load"], flush=True)
    for _ in range(given.rounds):
        for name, rows in sizes.items():
            found[name]["nothing new"].append(timed(lambda name=name: tables.load(name)))
            tables.postgres.execute(
                f"update {SCHEMA}.{name} set bitrate_kbps = 1, updated_at = now() "
                f"where {some(name, CHANGED, rows)}"
            )
            found[name][f"{CHANGED:,} changed"].append(timed(lambda name=name: tables.load(name)))
    for name, rows in sizes.items():
        # `reconcile` compares every table of the schema that is loaded.
        tables.postgres.execute(f"alter table {SCHEMA}.{name} set schema {ALONE}")
        for _ in range(given.rounds):
            found[name]["compared, same"].append(timed(lambda: tables.reconcile(ALONE)))
            tables.postgres.execute(
                f"delete from {ALONE}.{name} where {some(name, DELETED, rows, ALONE)}"
            )
            found[name][f"compared, {DELETED} deleted"].append(
                timed(lambda: tables.reconcile(ALONE))
            )
        tables.postgres.execute(f"alter table {ALONE}.{name} set schema {SCHEMA}")
        compare(tables.sent(name), tables.arrived(name))
    tables.drop()
    report(found)


def report(found: dict[str, dict[str, list[float]]]) -> None:
    """Print the medians, as a table for the documentation."""
    small, large = found
    print(f"\n| | {small} | {large} | ratio |\n|---|---|---|---|")
    for step in found[small]:
        few, many = (statistics.median(found[name][step]) for name in (small, large))
        print(f"| {step} | {few:.1f} s | {many:.1f} s | {many / few:.2f} |")


if __name__ == "__main__":
    main()
