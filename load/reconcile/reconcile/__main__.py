"""The command ``reconcile``."""

from __future__ import annotations

import sys

import click
import psycopg
import snowflake.connector

from reconcile.deletions import Skipped, mark_deletions
from reconcile.errors import ReconcileError
from reconcile.raw import Raw
from reconcile.source import Source


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def cli() -> None:
    """Compare raw tables in Snowflake with the Postgres tables that they were loaded from.

    Connections come from the environment: libpq's PGHOST, PGPORT, PGDATABASE, PGUSER, PGPASSWORD
    and PGSSLMODE, and SNOWFLAKE_ACCOUNT, _USER, _ROLE, _WAREHOUSE, _DATABASE, _PRIVATE_KEY_PATH and
    _PRIVATE_KEY_PASSPHRASE.
    """


@cli.command()
@click.option(
    "--schema", envvar="RECONCILE_SCHEMA", required=True, help="Schema of the tables in Postgres."
)
@click.option(
    "--raw-schema", envvar="RECONCILE_RAW_SCHEMA", required=True, help="Schema of the raw tables."
)
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
    """Mark raw rows that have been deleted in Postgres, with _sdc_deleted_at."""
    refused = []
    with Source(schema) as source, Raw(raw_schema) as raw:
        for outcome in mark_deletions(
            source, raw, most_deleted_percent=most_deleted_percent, dry_run=dry_run
        ):
            if isinstance(outcome, Skipped):
                click.echo(f"{outcome.table}: not compared, since {outcome.reason}")
                continue
            click.echo(
                f"{outcome.table}: {outcome.rows:,} rows, {outcome.keys_compared:,} compared by "
                f"key, {outcome.deleted:,} {'would be ' if dry_run else ''}marked as deleted"
            )
            if outcome.refused:
                refused.append(outcome.refused)
    if refused:
        raise ReconcileError("\n".join(refused))


def main() -> None:
    """Run the command; end non-zero, without a stack trace, on a mistake the user can mend."""
    try:
        cli()
    except (ReconcileError, psycopg.Error, snowflake.connector.Error) as error:
        click.echo(f"reconcile: {str(error).strip()}", err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
