"""The `sandbox` command."""

from __future__ import annotations

import csv
import json
import re
import shlex
import sys
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console
from rich.table import Table

from sandbox import environment, lifecycle
from sandbox.settings import SandboxError, Settings
from sandbox.world import World

if TYPE_CHECKING:
    from collections.abc import Sequence

DURATION = re.compile(r"(\d{1,6})([dhm])")
# A line that the terminal wraps can be read; columns squeezed into the terminal cannot.
WIDEST_LINE = 100_000
UNITS = {"d": "days", "h": "hours", "m": "minutes"}


class Duration(click.ParamType[timedelta]):
    """A whole number of days, hours or minutes, such as ``1d``, ``12h`` or ``30m``."""

    name = "duration"

    def convert(
        self,
        value: Any,
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> timedelta:
        """Read the duration, or fail with an example."""
        if isinstance(value, timedelta):
            return value
        match = DURATION.fullmatch(str(value))
        if match is None or int(match[1]) == 0:
            self.fail(f"'{value}' is not a duration; write 1d, 12h or 30m.", param, ctx)
        return timedelta(**{UNITS[match[2]]: int(match[1])})


class Instant(click.ParamType[datetime]):
    """A point in time, ISO 8601; without an offset it is UTC."""

    name = "instant"

    def convert(
        self,
        value: Any,
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> datetime:
        """Read the instant, or fail with an example."""
        if isinstance(value, datetime):
            return value
        try:
            instant = datetime.fromisoformat(str(value))
        except ValueError:
            self.fail(f"'{value}' is not an instant; write 2026-01-31T06:00Z.", param, ctx)
        instant = instant.replace(tzinfo=instant.tzinfo or UTC).astimezone(UTC)
        return instant.replace(minute=0, second=0, microsecond=0)


def world_options(command: Any) -> Any:
    """Add the options that choose a new world."""
    for option in (
        click.option("--clock", type=Instant(), help="When its time starts.  [default: now]"),
        click.option(
            "--scale",
            type=click.FloatRange(min=0, min_open=True),
            help="Multiplies users and viewing sessions.  [default: 1]",
        ),
        click.option(
            "--titles", type=int, help="Number of films and series, 100 to 20000.  [default: 1800]"
        ),
        click.option("--seed", type=click.IntRange(0, 2**31 - 1), help="Chooses the world."),
    ):
        command = option(command)
    return command


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.pass_context
def cli(context: click.Context) -> None:
    """Local stand-ins for Postgres, the platform APIs and a Snowflake account.

    Their state is kept in .sandbox/ beside meltano.yml (SANDBOX_HOME moves it), and they listen
    on loopback ports from 15400 (SANDBOX_PORT_BASE moves them).
    """
    context.obj = Settings.from_environment()


@cli.command()
@world_options
@click.pass_obj
def up(
    settings: Settings,
    seed: int | None,
    scale: float | None,
    titles: int | None,
    clock: datetime | None,
) -> None:
    """Start the stand-ins and wait until they answer."""
    lifecycle.up(settings, lifecycle.WorldOptions(seed, scale, titles, clock), click.echo)
    _print_status(settings)
    if not settings.is_default:
        click.echo('\nThis is not the default sandbox: first run  eval "$(sandbox env)"')


@cli.command()
@click.pass_obj
def down(settings: Settings) -> None:
    """Stop the stand-ins; their data stays."""
    lifecycle.down(settings)


@cli.command()
@click.pass_obj
def status(settings: Settings) -> None:
    """Show what runs, and the world's time. Fails if anything does not run."""
    if not _print_status(settings):
        sys.exit(1)


@cli.command()
@click.pass_obj
def reset(settings: Settings) -> None:
    """Stop the stand-ins and delete their data, and Meltano's bookmarks of it."""
    lifecycle.reset(settings)


@cli.command()
@click.argument("duration", type=Duration())
@click.pass_obj
def advance(settings: Settings, duration: timedelta) -> None:
    """Let the world's time pass by DURATION, such as 1d, 12h or 30m."""
    clock = lifecycle.advance(settings, duration)
    click.echo(f"It is now {clock:%Y-%m-%d %H:%M} UTC in the world.")


@cli.command()
@click.argument("query")
@click.option(
    "--format",
    "output",
    type=click.Choice(["table", "csv", "json"]),
    default="table",
    show_default=True,
)
@click.pass_obj
def sql(settings: Settings, query: str, output: str) -> None:
    """Ask the local Snowflake account; QUERY is Snowflake SQL."""
    from sandbox.warehouse import client  # noqa: PLC0415 - the connector takes a second to import

    lifecycle.require_up(settings)
    columns, rows = client.query(settings, query)
    _print_rows(columns, rows, output)


@cli.command()
@click.pass_obj
def env(settings: Settings) -> None:
    """Print the variables that lead Meltano to this sandbox, for  eval "$(sandbox env)"."""
    for name, value in environment.variables(settings).items():
        click.echo(f"export {name}={shlex.quote(value)}")


@cli.command()
@world_options
@click.pass_obj
def demo(
    settings: Settings,
    seed: int | None,
    scale: float | None,
    titles: int | None,
    clock: datetime | None,
) -> None:
    """Start the stand-ins, run the whole pipeline, and show what came out."""
    from sandbox.demo import run  # noqa: PLC0415 - the connector takes a second to import

    run(settings, lifecycle.WorldOptions(seed, scale, titles, clock))


def main() -> None:
    """Run the command; what the user or the disk did wrong is one line and exit code 1."""
    try:
        cli()
    except SandboxError as error:
        reason = str(error)
    except OSError as error:
        reason = f"{error.filename}: {error.strerror}." if error.filename else str(error)
    else:
        return
    click.echo(f"Error: {reason}", err=True)
    sys.exit(1)


def _print_status(settings: Settings) -> bool:
    table = Table("part", "address", "state", box=None, pad_edge=False)
    parts = lifecycle.status(settings)
    for part in parts:
        table.add_row(part.name, part.address, "up" if part.is_up else "down")
    Console().print(table)
    if settings.world_file.exists():
        world, now = World.load(settings.world_file)
        size = f"scale {world.scale:g}, {world.titles} titles"
        click.echo(f"World: {now:%Y-%m-%d %H:%M} UTC, {size}, seed {world.seed}")
    return all(part.is_up for part in parts)


def _print_rows(columns: Sequence[str], rows: Sequence[Sequence[Any]], output: str) -> None:
    if output == "json":
        records = [dict(zip(columns, row, strict=True)) for row in rows]
        click.echo(json.dumps(records, default=str, indent=2))
    elif output == "csv":
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(rows)
    else:
        table = Table(*columns, box=None, pad_edge=False)
        for row in rows:
            table.add_row(*("" if value is None else str(value) for value in row))
        Console(width=WIDEST_LINE, markup=False, emoji=False).print(table)
