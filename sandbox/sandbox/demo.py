"""`make demo`: the whole pipeline on this machine, and a summary that a person wants to read."""

from __future__ import annotations

import json
import time
from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from sandbox import lifecycle, pipeline
from sandbox.settings import SandboxError
from sandbox.summary import TableState, most_watched, raw_tables

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sandbox.settings import Settings

NEXT_STEPS = """\
What to do next
  .venv/bin/sandbox advance 1d    let a day pass in the world, then: make demo
  .venv/bin/sandbox sql "select * from analytics.streaming.dim_titles limit 5"
  make dashboard                  look at it in a browser
  make report                     how the last runs went
  .venv/bin/meltano schedule list
  .venv/bin/sandbox down          stop the stand-ins; the data stays
Into production: docs/operations.md"""


def run(settings: Settings, options: lifecycle.WorldOptions) -> None:
    """Start the stand-ins, run the pipeline as its users do, and show what came out.

    Args:
        settings: Folder and ports of the sandbox, which sits in the project's folder.
        options: The world to make, if there is none yet.

    Raises:
        SandboxError: if a step fails.
    """
    if not (settings.home.parent / "meltano.yml").exists():
        message = f"{settings.home.parent} holds no meltano.yml: run the demo in the project."
        raise SandboxError(message)
    console = Console(highlight=False, soft_wrap=True, markup=False, emoji=False)
    with _working(console, "Starting Postgres, the platform APIs and a Snowflake account") as say:
        started = time.monotonic()
        world, clock = lifecycle.up(settings, options, say)
        before = raw_tables(settings)
        _done(console, "sandbox up", time.monotonic() - started)
    console.print(f"$ meltano run {' '.join(pipeline.BLOCKS)}")
    started = time.monotonic()
    with _working(console, "Starting Meltano") as say:
        for block in pipeline.run(settings, say, settings.log_folder / "demo.log"):
            _done(console, block.name, block.seconds)
    _done(console, "the whole run", time.monotonic() - started)
    after = raw_tables(settings)
    console.print()
    _print_streams(console, before, after)
    _print_models(console, settings)
    console.print(f"\nThe ten most watched titles until {clock:%d %B %Y} (scale {world.scale:g})")
    _print_most_watched(console, settings)
    console.print(f"\n{NEXT_STEPS}")


@contextmanager
def _working(console: Console, what: str) -> Iterator[Callable[[str], None]]:
    """Show what is being done: a spinner on a terminal, a line each elsewhere."""
    if console.is_terminal:
        with console.status(what) as status:
            yield status.update
    else:
        console.print(what)
        yield lambda words: console.print(f"    {words}")


def _done(console: Console, what: str, seconds: float) -> None:
    console.print(f"  {what:<36} {seconds:6.1f} s")


def _print_streams(
    console: Console,
    before: dict[str, TableState],
    after: dict[str, TableState],
) -> None:
    table = Table("raw table", box=None, pad_edge=False)
    table.add_column("rows", justify="right")
    table.add_column("in this run", justify="right")
    for name, state in after.items():
        table.add_row(name.lower(), f"{state.rows:,}", state.difference(before.get(name)))
    console.print(table)
    if before == after:
        console.print(
            "\nNothing new: the sources have not changed since the last run, "
            "and no row in the warehouse has either.",
        )


def _print_models(console: Console, settings: Settings) -> None:
    file = settings.home.parent / "transform" / "target" / "run_results.json"
    results = json.loads(file.read_text())["results"]
    kinds = Counter(result["unique_id"].partition(".")[0] for result in results)
    # An exposure or a saved query is listed among the results, and nothing is done for it.
    good = ("success", "pass", "no-op")
    failed = [result for result in results if result["status"] not in good]
    console.print(
        f"\ndbt: {kinds['model']} models built and {kinds['test']} data tests run, "
        + (f"{len(failed)} with warnings" if failed else "all passed"),
    )


def _print_most_watched(console: Console, settings: Settings) -> None:
    table = Table("", "title", "kind", box=None, pad_edge=False)
    for heading in ("hours", "plays", "viewers"):
        table.add_column(heading, justify="right")
    for rank, title in enumerate(most_watched(settings), start=1):
        table.add_row(
            str(rank),
            title.name,
            title.kind,
            f"{title.hours:,.0f}",
            f"{title.plays:,}",
            f"{title.viewers:,}",
        )
    console.print(table)
