"""For tests that start a sandbox, or a part of one, of their own."""

from __future__ import annotations

import random
import socket
from pathlib import Path

from sandbox.settings import HOST, Settings

# Below the ports that the system hands out to outgoing connections.
FIRST_PORT, LAST_PORT = 20_000, 32_000
STEP = 100


def free_port_base() -> int:
    """Return a port base of which all ports are free; parallel tests hardly ever get the same.

    Raises:
        RuntimeError: if there is none.
    """
    bases = list(range(FIRST_PORT, LAST_PORT, STEP))
    random.SystemRandom().shuffle(bases)
    for base in bases:
        settings = Settings(Path(), base)
        ports = (settings.postgres_port, settings.platforms_port, settings.snowflake_proxy_port)
        if all(_is_free(port) for port in ports):
            return base
    message = f"no free ports from {FIRST_PORT} to {LAST_PORT}"
    raise RuntimeError(message)


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True
