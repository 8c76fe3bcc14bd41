"""``python -m sandbox.warehouse``: serve the local Snowflake account until SIGTERM."""

from __future__ import annotations

import logging
import sys

from sandbox.process import serve_until_stopped
from sandbox.warehouse.service import serve

if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("snowflake").setLevel(logging.WARNING)
    sys.exit(serve_until_stopped(serve))
