"""The command ``dbt-cloud-job``."""

from __future__ import annotations

import os
import signal
import sys

import click

from dbt_cloud_job.api import Account, Api
from dbt_cloud_job.errors import DbtCloudError
from dbt_cloud_job.watch import Patience, run_job


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def cli() -> None:
    """Start jobs in dbt Cloud.

    The token comes from the variable DBT_CLOUD_TOKEN, never from the command line.
    """


@cli.command()
@click.option("--url", envvar="DBT_CLOUD_URL", required=True, help="Access URL of the account.")
@click.option(
    "--account-id", envvar="DBT_CLOUD_ACCOUNT_ID", type=int, required=True, help="Its number."
)
@click.option(
    "--job-id", envvar="DBT_CLOUD_JOB_ID", type=int, required=True, help="The job's number."
)
@click.option(
    "--timeout-seconds",
    envvar="DBT_CLOUD_TIMEOUT_SECONDS",
    type=click.FloatRange(min=0, min_open=True),
    default=3600,
    show_default=True,
    help="Stop waiting, and fail, after so long.",
)
@click.option(
    "--poll-seconds",
    envvar="DBT_CLOUD_POLL_SECONDS",
    type=click.FloatRange(min=0, min_open=True),
    default=10,
    show_default=True,
    help="Look so often, and wait so long before the first repetition of a call that failed.",
)
@click.option(
    "--cancel-on-timeout/--no-cancel-on-timeout",
    envvar="DBT_CLOUD_CANCEL_ON_TIMEOUT",
    default=False,
    show_default=True,
    help="Cancel a run that is waited for no longer.",
)
def run(
    url: str,
    account_id: int,
    job_id: int,
    timeout_seconds: float,
    poll_seconds: float,
    *,
    cancel_on_timeout: bool,
) -> None:
    """Start a job, show its progress, and fail if it fails or is cancelled."""
    token = _token()
    api = Api(Account(url, account_id, token), pause=min(poll_seconds, 5), say=click.echo)
    run_job(api, job_id, Patience(timeout_seconds, poll_seconds, cancel_on_timeout), click.echo)


def _token() -> str:
    token = os.environ.get("DBT_CLOUD_TOKEN", "").strip()
    if not token:
        message = "set DBT_CLOUD_TOKEN to a service token of dbt Cloud"
        raise DbtCloudError(message)
    return token


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def main() -> None:
    """Run the command; end non-zero, without a stack trace, when the job or a call fails."""
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        cli.main(standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except DbtCloudError as error:
        click.echo(f"dbt-cloud-job: {error}", err=True)
        sys.exit(1)
    except (KeyboardInterrupt, click.Abort):
        sys.exit(130)


if __name__ == "__main__":
    main()
