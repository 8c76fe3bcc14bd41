"""Where a sandbox lives and which ports it listens on.

One folder (``.sandbox/``) holds all state of one sandbox; one base port places its listeners.
Two sandboxes run side by side when both differ.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

DEFAULT_PORT_BASE = 15400
LOWEST_PORT_BASE, HIGHEST_PORT_BASE = 1024, 65400
HOST = "127.0.0.1"


class SandboxError(Exception):
    """A problem the user can act on; its text is one line that says what and what to do."""


@dataclass(frozen=True)
class Settings:
    """Folder and ports of one sandbox.

    Attributes:
        home: Folder that holds the state of all stand-ins.
        port_base: First of the hundred ports reserved for this sandbox.
    """

    home: Path
    port_base: int = DEFAULT_PORT_BASE

    @classmethod
    def from_environment(cls) -> Settings:
        """Read ``SANDBOX_HOME`` and ``SANDBOX_PORT_BASE``.

        Without ``SANDBOX_HOME`` the state is kept beside the nearest ``meltano.yml`` at or
        above the working directory, or else in the working directory.

        Raises:
            SandboxError: if ``SANDBOX_PORT_BASE`` is not a whole number from 1024 to 65400.
        """
        home = os.environ.get("SANDBOX_HOME")
        return cls(
            home=Path(home).resolve() if home else _project_folder() / ".sandbox",
            port_base=_port_base(os.environ.get("SANDBOX_PORT_BASE")),
        )

    @property
    def is_default(self) -> bool:
        """Whether this is the sandbox that the project's environment files describe."""
        return self.port_base == DEFAULT_PORT_BASE and self.home == _project_folder() / ".sandbox"

    @property
    def postgres_port(self) -> int:
        """TCP port of the Postgres server."""
        return self.port_base + 32

    @property
    def platforms_port(self) -> int:
        """TCP port of the HTTP server that plays all platform APIs."""
        return self.port_base + 80

    @property
    def snowflake_proxy_port(self) -> int:
        """TCP port of the CONNECT proxy that leads to the local Snowflake account."""
        return self.port_base + 43

    @property
    def world_file(self) -> Path:
        """Seed, scale, start and clock of the world (JSON)."""
        return self.home / "world.json"

    @property
    def postgres_folder(self) -> Path:
        """Data directory of the Postgres server."""
        return self.home / "postgres"

    @property
    def warehouse_folder(self) -> Path:
        """Databases of the local Snowflake account."""
        return self.home / "warehouse"

    @property
    def stage_folder(self) -> Path:
        """Files of the account's user stages."""
        return self.home / "stage"

    @property
    def ca_bundle(self) -> Path:
        """Public certificate authorities plus the sandbox's own (PEM)."""
        return self.home / "tls" / "ca-bundle.pem"

    @property
    def snowflake_private_key(self) -> Path:
        """Private key of the account's service user (PKCS#8 PEM, unencrypted)."""
        return self.home / "keys" / "snowflake.p8"

    @property
    def log_folder(self) -> Path:
        """One log file per stand-in."""
        return self.home / "logs"

    @property
    def run_folder(self) -> Path:
        """Process ids of the running stand-ins."""
        return self.home / "run"


def _project_folder() -> Path:
    here = Path.cwd().resolve()
    for folder in (here, *here.parents):
        if (folder / "meltano.yml").exists():
            return folder
    return here


def _port_base(text: str | None) -> int:
    if not text:
        return DEFAULT_PORT_BASE
    if text.isdecimal() and LOWEST_PORT_BASE <= int(text) <= HIGHEST_PORT_BASE:
        return int(text)
    message = (
        f"SANDBOX_PORT_BASE is '{text}': set it to a whole number from {LOWEST_PORT_BASE} "
        f"to {HIGHEST_PORT_BASE}."
    )
    raise SandboxError(message)
