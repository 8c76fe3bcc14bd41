"""``python -m sandbox.warehouse``: serve the local Snowflake account until SIGTERM."""

from __future__ import annotations

import logging
import sys

from sandbox.settings import SandboxError, Settings
from sandbox.warehouse.service import serve


def main() -> int:
    """Return the process's exit code."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("snowflake").setLevel(logging.WARNING)
    try:
        serve(Settings.from_environment())
    except SandboxError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
