"""The command ``tap-postgres-bulk``."""

from __future__ import annotations

import sys

import psycopg
import sqlalchemy.exc

from tap_postgres_bulk.errors import TapError
from tap_postgres_bulk.tap import TapPostgresBulk


def main() -> None:
    """Run the tap; end non-zero, without a stack trace, on a mistake the user can mend."""
    try:
        TapPostgresBulk.cli()
    except BrokenPipeError:
        sys.exit(1)
    except (TapError, psycopg.Error) as error:
        TapPostgresBulk.logger.critical("%s", str(error).strip())
        sys.exit(1)
    except sqlalchemy.exc.DBAPIError as error:
        TapPostgresBulk.logger.critical("%s", str(error.orig).strip())
        sys.exit(1)


if __name__ == "__main__":
    main()
