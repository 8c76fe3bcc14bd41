"""What does a run cost that finds nothing new?

    .venv/bin/python tests/benchmarks/start_up.py

Needs a sandbox that is up and loaded, and two minutes. `meltano run tap-postgres tap-streaming
target-snowflake` is timed, in turn with and without the byte code that Python keeps of what it
imports: containers often have none, since PYTHONDONTWRITEBYTECODE is set there. Shares are told by
Meltano's log.

Nothing else should run on the machine meanwhile.
"""

from __future__ import annotations

import argparse
import datetime as dt
import statistics
import subprocess
import tempfile
from collections import defaultdict

from tables import BIN, ROOT, variables

from sandbox.settings import Settings

COMMAND = ("run", "tap-postgres", "tap-streaming", "target-snowflake")
MARKS = {
    "Running job with name": ("Meltano's start", "to the next pair"),
    "Block run completed": ("tap-postgres target-snowflake", "tap-streaming target-snowflake"),
}
"""What a line of the log ends: the first time, the second time."""


def run(**changed: str) -> dict[str, float]:
    """Run the command.

    Returns:
        Seconds by part, in the order of the run.
    """
    given = variables(Settings.from_environment())
    began = dt.datetime.now(dt.UTC)
    done = subprocess.run(
        [BIN / "meltano", *COMMAND],
        cwd=ROOT,
        env={**given, **changed},
        check=True,
        capture_output=True,
        text=True,
    )
    ended = dt.datetime.now(dt.UTC)
    parts: dict[str, float] = {}
    last = began
    for line in (done.stdout + done.stderr).splitlines():
        for mark, names in MARKS.items():
            if mark in line:
                at = dt.datetime.fromisoformat(line.split()[0])
                parts[names[names[0] in parts]] = (at - last).total_seconds()
                last = at
    parts["Meltano's end"] = (ended - last).total_seconds()
    parts["the whole"] = (ended - began).total_seconds()
    return parts


def main() -> None:
    """Run it and print a table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    kept: dict[str, list[float]] = defaultdict(list)
    without: dict[str, list[float]] = defaultdict(list)
    with tempfile.TemporaryDirectory() as empty:
        bare = {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONPYCACHEPREFIX": empty}
        run()
        for _ in range(given.rounds):
            for found, changed in ((kept, {}), (without, bare)):
                for part, seconds in run(**changed).items():
                    found[part].append(seconds)
    print("| | with byte code | without |\n|---|---|---|")
    for part, seconds in kept.items():
        print(
            f"| {part} | {statistics.median(seconds):.1f} s "
            f"| {statistics.median(without[part]):.1f} s |"
        )


if __name__ == "__main__":
    main()
