"""The command ``tap-postgres-bulk``."""

from __future__ import annotations

import sys

import psycopg

from tap_postgres_bulk.errors import TapError
from tap_postgres_bulk.fingerprint import fingerprint, is_asked


def main() -> None:
    """Run the tap; end non-zero, without a stack trace, on a mistake the user can mend."""
    try:
        if is_asked(sys.argv):
            sys.stdout.write(fingerprint(sys.argv[1:]) + "\n")
        else:
            _sync()
    except BrokenPipeError:
        sys.exit(1)
    except (TapError, psycopg.Error) as error:
        sys.stderr.write(f"{str(error).strip()}\n")
        sys.exit(1)


def _sync() -> None:
    import sqlalchemy.exc  # noqa: PLC0415 - a second of imports that a fingerprint does without

    from tap_postgres_bulk.tap import TapPostgresBulk  # noqa: PLC0415

    try:
        TapPostgresBulk.cli()
    except (TapError, psycopg.Error) as error:
        TapPostgresBulk.logger.critical("%s", str(error).strip())
        sys.exit(1)
    except sqlalchemy.exc.DBAPIError as error:
        TapPostgresBulk.logger.critical("%s", str(error.orig).strip())
        sys.exit(1)


if __name__ == "__main__":
    main()
