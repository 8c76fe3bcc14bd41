"""A working copy of the project with a sandbox of its own, run by the real commands."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import psycopg
import yaml
from meltano.core.venv_service import fingerprint

from sandbox import environment
from sandbox.settings import HOST, Settings
from sandbox.testing import free_port_base
from sandbox.warehouse import client

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
FINGERPRINT = ".meltano_plugin_fingerprint"
SCALE = "0.1"
TITLES = "500"
CLOCK = "2026-11-02T06:00Z"
LOAD = ("meltano", "run", "tap-postgres", "tap-streaming", "target-snowflake")
LITERAL = (*LOAD, "dbt:build")


class Workspace:
    """A copy of the project's declarations, with a sandbox and bookmarks of its own."""

    def __init__(self, folder: Path, settings: Settings | None = None) -> None:
        """Copy the files that a production machine would hold.

        Args:
            folder: An empty folder.
            settings: The sandbox to work with; without it, one of the copy's own.
        """
        self.folder = folder
        listed = subprocess.run(
            [
                "git",
                "ls-files",
                "--cached",
                "--others",
                "--exclude-standard",
                "meltano.yml",
                "extract",
                "load",
                "transform",
                "analyze",
                "orchestrate",
                "plugins",
                "taps",
            ],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        ).stdout.splitlines()
        for name in listed:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
        self._link_plugins()
        self.settings = settings or Settings(folder / ".sandbox", free_port_base())
        kept = {
            k: v for k, v in os.environ.items() if not k.startswith(("MELTANO", "TAP_", "DBT_"))
        }
        self.variables = {
            **kept,
            **environment.variables(self.settings),
            "NO_COLOR": "1",
            "COLUMNS": "200",
        }

    def _link_plugins(self) -> None:
        """Use the plugins that are installed here: a second copy costs a minute of two cores.

        Meltano knows an installed plugin by the hash of what pip was asked for, with its paths.
        """
        installed = yaml.safe_load((ROOT / "meltano.yml").read_text())["include_paths"]
        for file in (path for pattern in installed for path in ROOT.glob(pattern)):
            declared = yaml.safe_load(file.read_text()).get("plugins", {})
            for kind, plugins in declared.items():
                for plugin in plugins:
                    if "pip_url" in plugin:
                        self._link_plugin(f"{kind}/{plugin['name']}/venv", plugin["pip_url"])

    def _link_plugin(self, venv: str, pip_url: str) -> None:
        own = self.folder / ".meltano" / venv
        own.mkdir(parents=True)
        for entry in (ROOT / ".meltano" / venv).iterdir():
            if entry.name != FINGERPRINT:
                (own / entry.name).symlink_to(entry)
        asked = pip_url.replace("$MELTANO_PROJECT_ROOT", str(self.folder))
        (own / FINGERPRINT).write_text(fingerprint(asked.split()))

    def run(self, *command: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run a command of the working copy; standard error is part of the output."""
        return subprocess.run(
            [BIN / command[0], *command[1:]],
            cwd=self.folder,
            env={**self.variables, **variables},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )

    def succeed(self, *command: str, **variables: str) -> str:
        """Run a command that has to end with 0, and return its output."""
        done = self.run(*command, **variables)
        assert done.returncode == 0, done.stdout[-6000:]
        return done.stdout

    @property
    def dbt_python(self) -> Path:
        """The interpreter of the dbt plugin."""
        return self.folder / ".meltano" / "utilities" / "dbt" / "venv" / "bin" / "python"

    def query(self, sql: str) -> tuple[list[str], list[tuple[Any, ...]]]:
        """Ask the local Snowflake account."""
        columns, rows = client.query(self.settings, sql)
        return list(columns), [tuple(row) for row in rows]

    def postgres(self) -> psycopg.Connection[Any]:
        """Connect to the sandbox's database."""
        return psycopg.connect(
            host=HOST,
            port=self.settings.postgres_port,
            dbname="streaming",
            user="streaming_app",
            password="sandbox",
        )
