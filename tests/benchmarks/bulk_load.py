"""How fast does a Postgres table get into the warehouse, next to dlt?

    .venv/bin/python tests/benchmarks/bulk_load.py
    .venv/bin/python tests/benchmarks/bulk_load.py --rows 10000000 --only bulk dlt-connectorx

Needs a sandbox that is up. The table is `viewing_sessions` (17 columns, one of them jsonb),
repeated with other ids until it has the rows that are asked for. Each contestant reads it whole and
merges it into an empty table, in turn, so many rounds; medians are shown. A run counts only if the
rows arrived: numbers of rows and of keys, sums and the last time are compared with Postgres.

- `bulk`: this project, `meltano run tap-postgres target-snowflake`, Meltano's start counted, into
  the sandbox's account, which is DuckDB in another process.
- `dlt-...`: dlt from PyPI with one of its backends, `merge` into a DuckDB file, in one process.
- `records`: as `bulk`, with `bulk: false`, which is the stock tap. It and `dlt-sqlalchemy` go row
  by row, and load `--record-rows` rows.

CPU seconds are those of all processes at work, Postgres and the account included. Memory is the
peak of what they hold together, Postgres not included, and the account from where it stood before.
Nothing else should run on the machine meanwhile.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import psutil
from tables import BIN, SCHEMA, SUMS, Tables, compare

from sandbox.lifecycle import services
from sandbox.postgres import server
from sandbox.settings import HOST, Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

DLT = Path(__file__).with_name("bulk_load_dlt.py")
DLT_PACKAGES = (
    "dlt[duckdb]==1.31.0", "connectorx==0.4.6", "pyarrow==26.0.1", "pandas", "pytz",
    "sqlalchemy==2.0.51", "psycopg2-binary==2.9.12",
)  # fmt: skip
BACKENDS = ("connectorx", "pyarrow", "sqlalchemy")
BY_ROW = ("records", "dlt-sqlalchemy")
TABLE = "viewing_sessions"
SAMPLE_SECONDS = 0.25
WORTH_NAMING_SECONDS = 0.3


@dataclass(frozen=True)
class Run:
    """What one load cost.

    Attributes:
        seconds: By the clock.
        cpu: CPU seconds of all processes.
        memory: Peak in bytes.
        rows: That arrived.
        shares: CPU seconds by program.
    """

    seconds: float
    cpu: float
    memory: int
    rows: int
    shares: dict[str, float]


class Watch:
    """Adds up what some processes and their children use while a command runs."""

    def __init__(self, servers: Iterable[psutil.Process], holding: psutil.Process) -> None:
        """Choose the processes.

        Args:
            servers: Their CPU time counts from now on.
            holding: The one of them whose memory counts too.
        """
        self._servers = list(servers)
        self._holding = holding
        self._cpu: dict[tuple[int, float], tuple[str, float]] = {}
        self._peak = 0
        self._ended = threading.Event()

    def __enter__(self) -> Self:
        self._before = self._times()
        self._held = self._holding.memory_info().rss
        self._thread = threading.Thread(target=self._sample)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    @property
    def shares(self) -> dict[str, float]:
        """CPU seconds by program."""
        found: dict[str, float] = defaultdict(float)
        for key, (name, seconds) in self._times().items():
            found[name] += seconds - self._before.get(key, ("", 0))[1]
        for name, seconds in self._cpu.values():
            found[name] += seconds
        return found

    @property
    def memory(self) -> int:
        """Peak in bytes."""
        return self._peak

    def _times(self) -> dict[tuple[int, float], tuple[str, float]]:
        found = {}
        for parent in self._servers:
            for process in (parent, *parent.children(recursive=True)):
                try:
                    times = process.cpu_times()
                    # The backends of Postgres end with their connections.
                    ended = times.children_user + times.children_system
                    found[process.pid, process.create_time()] = (
                        "Snowflake's stand-in" if parent == self._holding else "Postgres",
                        times.user + times.system + ended,
                    )
                except psutil.NoSuchProcess:
                    continue
        return found

    def _sample(self) -> None:
        while not self._ended.wait(SAMPLE_SECONDS):
            total = max(0, self._holding.memory_info().rss - self._held)
            for process in psutil.Process().children(recursive=True):
                try:
                    times = process.cpu_times()
                    key = process.pid, process.create_time()
                    self._cpu[key] = (program(process), times.user + times.system)
                    total += process.memory_info().rss
                except psutil.NoSuchProcess:
                    continue
            self._peak = max(self._peak, total)


def program(process: psutil.Process) -> str:
    """Name what a process runs."""
    names = [Path(word).name for word in process.cmdline()[:2]]
    return next((name for name in names if not name.startswith("python")), "python")


class Bench:
    """The contestants."""

    def __init__(self, tables: Tables, folder: Path) -> None:
        """Prepare.

        Args:
            tables: Where the table is.
            folder: For dlt and its files.
        """
        self.tables = tables
        self.settings = tables.settings
        self.folder = folder

    def measure(self, run: Callable[[], tuple[Any, ...]], expected: tuple[Any, ...]) -> Run:
        """Time a contestant.

        Raises:
            SystemExit: if other rows arrived than were sent.
        """
        account = next(s for s in services(self.settings) if s.name == "snowflake")
        holding = account.running_process(self.settings)
        pid = server.process_id(self.settings)
        assert holding
        assert pid
        watch = Watch([holding, psutil.Process(pid)], holding)
        began = time.monotonic()
        with watch:
            # The sums are asked for in the end of a run, and cost a tenth of a second.
            arrived = run()
        seconds = time.monotonic() - began
        compare(expected, arrived)
        shares = watch.shares
        return Run(seconds, sum(shares.values()), watch.memory, int(arrived[0]), shares)

    def ours(self, *, bulk: bool) -> tuple[Any, ...]:
        """Load with this project."""
        self.tables.forget()
        self.tables.load(TABLE, bulk=bulk, fresh=True)
        return self.tables.arrived(TABLE)

    def dlt(self, backend: str) -> tuple[Any, ...]:
        """Load with dlt."""
        done = subprocess.run(
            [self.folder / "dlt" / "bin" / "python", DLT, backend, SCHEMA, SUMS],
            env={
                "PATH": os.environ["PATH"],
                "HOME": str(self.folder),
                "DLT_DATA_DIR": str(self.folder / "data"),
                "POSTGRES_URL": (
                    "postgresql+psycopg2://streaming_app:sandbox"
                    f"@{HOST}:{self.settings.postgres_port}/streaming"
                ),
            },
            cwd=self.folder,
            check=True,
            capture_output=True,
            text=True,
        )
        return tuple(json.loads(done.stdout.splitlines()[-1]))

    def install_dlt(self) -> None:
        """Put dlt into an environment of its own."""
        python = self.folder / "dlt" / "bin" / "python"
        subprocess.run([sys.executable, "-m", "venv", self.folder / "dlt"], check=True)
        subprocess.run(
            [BIN / "uv", "pip", "install", "--quiet", "--python", python, *DLT_PACKAGES], check=True
        )
        subprocess.run([python, "-m", "compileall", "-q", self.folder / "dlt"], check=False)


def main() -> None:
    """Run the contestants and print a table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--record-rows", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3)
    names = ("bulk", *(f"dlt-{backend}" for backend in BACKENDS), "records")
    parser.add_argument("--only", nargs="+", choices=names, default=names)
    given = parser.parse_args()
    found: dict[str, list[Run]] = defaultdict(list)
    with tempfile.TemporaryDirectory() as folder:
        tables = Tables(Settings.from_environment())
        bench = Bench(tables, Path(folder))
        if any(name.startswith("dlt") for name in given.only):
            bench.install_dlt()
        contestants: dict[str, Callable[[], tuple[Any, ...]]] = {
            "bulk": lambda: bench.ours(bulk=True),
            **{
                f"dlt-{backend}": lambda backend=backend: bench.dlt(backend) for backend in BACKENDS
            },
            "records": lambda: bench.ours(bulk=False),
        }
        for rows, chosen in (
            (given.rows, [name for name in given.only if name not in BY_ROW]),
            (given.record_rows, [name for name in given.only if name in BY_ROW]),
        ):
            if not chosen:
                continue
            tables.fill(TABLE, rows)
            expected = tables.sent(TABLE)
            for _ in range(given.rounds):
                for name in chosen:
                    found[name].append(bench.measure(contestants[name], expected))
                    print(name, f"{found[name][-1].seconds:.1f} s", flush=True)
        tables.drop()
    report(found)


def report(found: dict[str, list[Run]]) -> None:
    """Print the medians, as a table for the documentation."""
    print("\n| | rows | seconds | rows a second | CPU seconds | peak memory |")
    print("|---|---|---|---|---|---|")
    for name, runs in found.items():
        seconds = statistics.median(run.seconds for run in runs)
        cpu = statistics.median(run.cpu for run in runs)
        memory = statistics.median(run.memory for run in runs)
        rows = runs[0].rows
        print(
            f"| {name} | {rows:,} | {seconds:.1f} | {rows / seconds:,.0f} | {cpu:.1f} "
            f"| {memory / 1e6:,.0f} MB |"
        )
    for name, runs in found.items():
        shares = ", ".join(
            f"{program} {seconds:.1f}"
            for program, seconds in sorted(runs[-1].shares.items(), key=lambda share: -share[1])
            if seconds > WORTH_NAMING_SECONDS
        )
        print(f"\n{name}, CPU seconds of the last run: {shares}")


if __name__ == "__main__":
    main()
