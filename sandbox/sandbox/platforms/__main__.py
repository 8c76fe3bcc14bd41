"""Run the platform APIs' stand-in: ``python -m sandbox.platforms``."""

from __future__ import annotations

import sys

from sandbox.platforms.server import serve
from sandbox.settings import SandboxError, Settings


def main() -> int:
    """Serve until stopped; a user's mistake is one line on standard error and status 1."""
    try:
        serve(Settings.from_environment())
    except SandboxError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
