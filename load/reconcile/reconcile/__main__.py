"""The command ``reconcile``."""

from __future__ import annotations

import datetime as dt
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
import psycopg
import snowflake.connector

from reconcile.deletions import Comparison, Skipped, compare_tables
from reconcile.equality import Equality, compare_versions
from reconcile.errors import ReconcileError
from reconcile.raw import Raw
from reconcile.source import Source

if TYPE_CHECKING:
    from collections.abc import Callable


def of_schemas(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options that say what is compared."""
    schema = click.option(
        "--schema",
        envvar="RECONCILE_SCHEMA",
        required=True,
        help="Schema of the tables in Postgres.",
    )
    raw_schema = click.option(
        "--raw-schema",
        envvar="RECONCILE_RAW_SCHEMA",
        required=True,
        help="Schema of the raw tables.",
    )
    return schema(raw_schema(command))


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def cli() -> None:
    """Compare raw tables in Snowflake with the Postgres tables that they were loaded from.

    Connections come from the environment: libpq's PGHOST, PGPORT, PGDATABASE, PGUSER, PGPASSWORD
    and PGSSLMODE, and SNOWFLAKE_ACCOUNT, _USER, _ROLE, _WAREHOUSE, _DATABASE, _PRIVATE_KEY_PATH and
    _PRIVATE_KEY_PASSPHRASE.
    """


@cli.command()
@of_schemas
@click.option(
    "--most-deleted-percent",
    envvar="RECONCILE_MOST_DELETED_PERCENT",
    type=click.IntRange(0, 100),
    default=10,
    show_default=True,
    help="Refuse to mark a larger part of a table: it may be the wrong database.",
)
@click.option("--dry-run", is_flag=True, help="Count, and mark nothing.")
def deletions(schema: str, raw_schema: str, most_deleted_percent: int, *, dry_run: bool) -> None:
    """Mark raw rows that have been deleted in Postgres, with _sdc_deleted_at.

    All tables are compared before any row is marked. If too much of one is gone, none is.
    """
    with Source(schema) as source, Raw(raw_schema) as raw:
        found = []
        for outcome in compare_tables(source, raw, most_deleted_percent=most_deleted_percent):
            click.echo(_line(outcome))
            found.append(outcome)
        compared = [outcome for outcome in found if isinstance(outcome, Comparison)]
        if refused := [outcome.refused for outcome in compared if outcome.refused]:
            message = (
                f"{'; '.join(refused)}. So no row was marked in any table. Is this the database "
                "that they came from? If so, allow more with --most-deleted-percent."
            )
            raise ReconcileError(message)
        marked = 0
        for comparison in compared:
            marked += 0 if dry_run else raw.mark_deleted(comparison.table, comparison.gone)
        click.echo(f"{marked:,} rows marked as deleted")
    if failed := [o.name for o in found if isinstance(o, Skipped) and o.is_failure]:
        message = f"could not compare {', '.join(failed)}; see above"
        raise ReconcileError(message)


def _line(outcome: Comparison | Skipped) -> str:
    """Tell about a table."""
    if isinstance(outcome, Skipped):
        return f"{outcome.name}: not compared, since {outcome.reason}"
    return (
        f"{outcome.table.name}: {outcome.rows:,} rows, {outcome.keys_compared:,} compared by key, "
        f"{len(outcome.gone):,} deleted"
    )


@cli.command()
@of_schemas
@click.option(
    "--replication-key",
    envvar="RECONCILE_REPLICATION_KEY",
    default="updated_at",
    show_default=True,
    help="Column that tells a row's version.",
)
@click.option(
    "--grace-minutes",
    envvar="RECONCILE_GRACE_MINUTES",
    type=click.IntRange(0),
    default=180,
    show_default=True,
    help="A row may be missing that was changed so long before the newest one loaded, or later.",
)
def compare(schema: str, raw_schema: str, replication_key: str, grace_minutes: int) -> None:
    """Compare rows and their versions, and change nothing; end with 1 if they differ.

    What was found about each table is added to the file RUN_RECONCILIATIONS_FILE, if that variable
    is set: a JSON object per line.
    """
    results = os.environ.get("RUN_RECONCILIATIONS_FILE")
    grace = dt.timedelta(minutes=grace_minutes)
    found = []
    with Source(schema) as source, Raw(raw_schema) as raw:
        for equality in compare_versions(source, raw, version_column=replication_key, grace=grace):
            click.echo(_verdict(equality))
            if results:
                with Path(results).open("a", encoding="utf-8") as file:
                    file.write(json.dumps(_result(equality)) + "\n")
            found.append(equality)
    if differing := [equality.name for equality in found if equality.differences]:
        message = f"{', '.join(differing)} differ; see above"
        raise ReconcileError(message)
    if failed := [equality.name for equality in found if equality.is_failure]:
        message = f"could not compare {', '.join(failed)}; see above"
        raise ReconcileError(message)


def _verdict(equality: Equality) -> str:
    """Tell about a table."""
    if equality.reason:
        return f"{equality.name}: not compared, since {equality.reason}"
    line = (
        f"{equality.name}: {equality.status}; {equality.source_rows:,} rows at the source "
        f"({equality.too_new:,} too new to compare), {equality.raw_rows:,} in the warehouse "
        f"({equality.unmarked:,} to be marked as deleted), {equality.differing:,} of "
        f"{equality.buckets:,} buckets differ"
    )
    if not equality.differences:
        return line
    parts = {
        "lost": equality.lost,
        "stale": equality.stale,
        "only in the warehouse": equality.surplus,
    }
    told = ", ".join(f"{number:,} {what}" for what, number in parts.items() if number)
    keys = ", ".join("|".join(key) for key in equality.examples)
    return f"{line}; {told}, such as {keys}"


def _result(equality: Equality) -> dict[str, object]:
    """Return what the record of a run keeps of a table: no keys."""
    return {
        "table_name": equality.name,
        "compared_at": dt.datetime.now(dt.UTC).replace(tzinfo=None).isoformat(),
        "source_rows": equality.source_rows,
        "warehouse_rows": equality.raw_rows,
        "differences": equality.differences,
        "status": equality.status,
    }


def main() -> None:
    """Run the command; end non-zero, without a stack trace, on a mistake the user can mend."""
    try:
        cli()
    except (ReconcileError, psycopg.Error, snowflake.connector.Error) as error:
        click.echo(f"reconcile: {str(error).strip()}", err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
