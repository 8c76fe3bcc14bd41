"""The command ``run-records``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from run_records import volumes
from run_records.alerts import Alert, alerts
from run_records.errors import RunRecordsError
from run_records.files import waiting
from run_records.report import report as lines_of
from run_records.webhook import UndeliveredError, Webhook

if TYPE_CHECKING:
    from collections.abc import Sequence

    from run_records.files import RunRecord
    from run_records.warehouse import Warehouse

folder_option = click.option(
    "--folder",
    envvar="RUN_RECORDS_FOLDER",
    type=click.Path(path_type=Path),
    required=True,
    help="Where runs leave their records.",
)
schema_option = click.option(
    "--schema", envvar="RUN_RECORDS_SCHEMA", required=True, help="Schema of the table of records."
)
# No option: what is typed is seen by others.
webhook_option = click.option("--webhook", envvar="ALERT_WEBHOOK_URL", hidden=True, default="")


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def cli() -> None:
    """Load the records of runs, tell people when something is wrong, and show the last runs.

    Snowflake is reached by SNOWFLAKE_ACCOUNT, _USER, _ROLE, _WAREHOUSE, _DATABASE,
    _PRIVATE_KEY_PATH and _PRIVATE_KEY_PASSPHRASE; alerts go to ALERT_WEBHOOK_URL, if it is set.
    """


@cli.command()
@folder_option
@schema_option
@webhook_option
def load(folder: Path, schema: str, webhook: str) -> None:
    """Load the records that are not loaded yet, and send the alerts that they ask for."""
    records = waiting(folder)
    refused: dict[str, str] = {}
    try:
        with _warehouse(schema) as warehouse:
            warehouse.create_table()
            for record in records:
                _tell_with_history(record, warehouse, webhook)
                if reason := warehouse.load(record):
                    refused[record.run_id] = reason
                else:
                    record.forget()
    except Exception:
        # The warehouse may be what is down: whoever has to know is told without its history.
        _tell(waiting(folder), webhook)
        raise
    click.echo(f"{len(records) - len(refused)} records loaded")
    if refused:
        run_id, reason = next(iter(refused.items()))
        message = (
            f"Snowflake refused {len(refused)} records in {folder}, that of {run_id}: {reason}"
        )
        raise RunRecordsError(message)


@cli.command()
@folder_option
@webhook_option
def alert(folder: Path, webhook: str) -> None:
    """Send the alerts about failures, without the warehouse; load nothing."""
    _tell(waiting(folder), webhook)


@cli.command()
@folder_option
@schema_option
@click.option(
    "--environment", envvar="MELTANO_ENVIRONMENT", required=True, help="Meltano's environment."
)
@click.option("--runs", type=click.IntRange(1), default=10, show_default=True, help="How many.")
def report(folder: Path, schema: str, environment: str, runs: int) -> None:
    """Show the last runs: how they ended, what they loaded, what dbt said."""
    with _warehouse(schema) as warehouse:
        loaded = {record.run_id: record for record in warehouse.newest(environment, runs)}
    here = {
        record.run_id: record for record in waiting(folder) if record.environment == environment
    }
    records = sorted((loaded | here).values(), key=lambda record: record.started_at, reverse=True)
    for line in lines_of(records[:runs]):
        click.echo(line)


def _tell_with_history(record: RunRecord, warehouse: Warehouse, webhook: str) -> None:
    if not webhook:
        return
    since = record.started_at - volumes.LOOK_BACK
    history = warehouse.history(record.environment, record.command, since)
    stale_before = warehouse.stale_before(record.environment, since)
    for found in alerts(record, history, stale_before):
        _send(found, record, webhook)


def _tell(records: Sequence[RunRecord], webhook: str) -> None:
    for record in records if webhook else ():
        for found in alerts(record, None, frozenset()):
            _send(found, record, webhook)


def _send(found: Alert, record: RunRecord, webhook: str) -> None:
    """Send an alert; one that does not arrive is told in the log, and ends nothing."""
    if found.kind in record.told:
        return
    try:
        Webhook(webhook).send(found)
    except UndeliveredError as error:
        click.echo(f"run-records: the alert '{found.title}' was not delivered: {error}", err=True)
    else:
        click.echo(f"told: {found.title}")
        record.note_told(found.kind)


def _warehouse(schema: str) -> Warehouse:
    # Not before it is needed: the connector takes most of a second.
    from run_records.warehouse import Warehouse  # noqa: PLC0415

    return Warehouse(schema)


def main() -> None:
    """Run the command; end non-zero, without a stack trace, on a mistake the user can mend."""
    try:
        cli()
    except RunRecordsError as error:
        click.echo(f"run-records: {error}", err=True)
        sys.exit(1)
    except Exception as error:
        if not type(error).__module__.startswith("snowflake.connector"):
            raise
        click.echo(f"run-records: {str(error).strip()}", err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
