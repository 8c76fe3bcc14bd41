"""Run the platform APIs' stand-in: ``python -m sandbox.platforms``."""

from __future__ import annotations

import sys

from sandbox.platforms.server import serve
from sandbox.process import serve_until_stopped

if __name__ == "__main__":
    sys.exit(serve_until_stopped(serve))
