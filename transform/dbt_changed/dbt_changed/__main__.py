"""The command ``dbt-changed``."""

from __future__ import annotations

import signal
import sys
import warnings
from pathlib import Path

import click
import snowflake.connector

from dbt_changed.build import build_changed
from dbt_changed.errors import DbtChangedError
from dbt_changed.project import Project, dbt_versions
from dbt_changed.warehouse import Warehouse, variable


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def cli() -> None:
    """Let dbt build what depends on sources that have changed, and nothing else.

    The connection comes from the variables that profiles.yml reads.
    """


@cli.command()
def build() -> None:
    """Build and test what depends on sources that have changed since the last build."""
    project = Project(Path(variable("DBT_PROJECT_DIR")))
    fingerprint = project.fingerprint(variable("DBT_RAW_DATABASE"), *dbt_versions())
    with Warehouse() as warehouse:
        build_changed(project, fingerprint, warehouse, click.echo)


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def main() -> None:
    """Run the command; end non-zero, without a stack trace, when dbt or Snowflake refuses."""
    signal.signal(signal.SIGTERM, _interrupt)
    # The connector calls what pyOpenSSL has deprecated; who runs this cannot mend it.
    warnings.filterwarnings("ignore", category=DeprecationWarning, module="snowflake")
    try:
        cli.main(standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except DbtChangedError as error:
        click.echo(f"dbt-changed: {error}", err=True)
        sys.exit(error.exit_code)
    except snowflake.connector.Error as error:
        click.echo(f"dbt-changed: {str(error).strip()}", err=True)
        sys.exit(1)
    except (KeyboardInterrupt, click.Abort):
        sys.exit(130)


if __name__ == "__main__":
    main()
