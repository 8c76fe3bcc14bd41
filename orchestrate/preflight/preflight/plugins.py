"""What Meltano gives its plugins in the active environment, asked of Meltano itself.

So there is no second list of variables: whatever sets a plugin's setting, an environment file,
``.env`` or a variable, is what is checked.
"""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


class NoProjectError(Exception):
    """Says in one line why Meltano cannot be asked."""


@dataclass(frozen=True)
class Plugin:
    """A plugin with its settings; see the module ``meltano_run_addon.describe``."""

    name: str
    namespace: str
    executable: str
    is_needed: bool
    is_set: bool
    problems: list[str]
    config: dict[str, Any] = field(repr=False)
    extras: dict[str, Any]
    variables: dict[str, str]

    @property
    def is_ready(self) -> bool:
        """Whether it has what it needs to be tried."""
        return not self.problems

    def set_by(self, *settings: str) -> str:
        """Name the variables that set some settings."""
        return ", ".join(self.variables.get(name, name) for name in settings)


@dataclass(frozen=True)
class State:
    """Where Meltano keeps bookmarks, and which runs are going on.

    Attributes:
        must_be_shared: Whether the environment demands that other machines find it.
        database: Address of Meltano's own database, with its password.
    """

    must_be_shared: bool
    database: str = field(repr=False)


@dataclass(frozen=True)
class Pipeline:
    """The plugins of the project in one environment."""

    environment: str
    advice: str | None
    state: State
    plugins: list[Plugin]

    def of(self, namespace: str) -> list[Plugin]:
        """Return the plugins of a kind that can be tried."""
        return [
            plugin for plugin in self.plugins if plugin.is_ready and plugin.namespace == namespace
        ]


def ask_meltano() -> Pipeline:
    """Ask Meltano about the project that this runs in.

    Raises:
        NoProjectError: if there is none, or Meltano does not answer.
    """
    root = os.environ.get("MELTANO_PROJECT_ROOT")
    if not root:
        message = "run it as `meltano invoke preflight`, or `make preflight`"
        raise NoProjectError(message)
    # Meltano keeps a link to itself there; the add-on is installed beside it.
    python = Path(root, ".meltano", "run", "bin").resolve().with_name("python")
    if not python.exists():
        message = "Meltano's own environment is not found: run it as `meltano invoke preflight`"
        raise NoProjectError(message)
    done = subprocess.run(
        [python, "-m", "meltano_run_addon.describe"],
        cwd=root,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        lines = done.stderr.strip().splitlines() or ["no reason given"]
        message = f"Meltano cannot describe the project: {lines[-1]}"
        raise NoProjectError(message)
    described = json.loads(done.stdout)
    plugins = [Plugin(**plugin) for plugin in described.pop("plugins")]
    state = State(**described.pop("state"))
    return Pipeline(**described, state=state, plugins=plugins)
