"""A Meltano project with tiny plugins, and the real CLI to run it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

PLUGINS = Path(__file__).parent / "project"
PLAIN = {"NO_COLOR": "1", "COLUMNS": "200"}

PROJECT = """
send_anonymous_usage_stats: false
default_environment: local
cli:
  disable_version_check: true
plugins:
  extractors:
  - name: tap-a
    namespace: tap_a
    executable: {plugins}/tap.py
    capabilities: [catalog, discover, state]
    config: {{stream: a}}
    settings: [{{name: stream}}]
  - name: tap-b
    inherit_from: tap-a
    config: {{stream: b}}
  loaders:
  - name: target-lines
    namespace: target_lines
    executable: {plugins}/target.py
    config: {{output: {output}}}
    settings: [{{name: output}}]
  mappers:
  - name: mapper
    namespace: mapper
    executable: {plugins}/mapper.py
    mappings:
    - name: shout
      config: {{}}
  utilities:
  - name: say
    namespace: say
    executable: echo
    commands: {{hello: hello}}
jobs:
- name: both
  tasks:
  - tap-a tap-b target-lines
environments:
- name: local
- name: bare
"""


class Project:
    """A throw-away Meltano project."""

    def __init__(self, folder: Path, zygote: subprocess.Popen[str]) -> None:
        """Write the project file."""
        self.folder = folder
        self.zygote = zygote
        self.output = folder / "loaded.txt"
        self.write(PROJECT.format(plugins=PLUGINS, output=self.output))

    def write(self, text: str) -> None:
        """Replace the project file."""
        (self.folder / "meltano.yml").write_text(text)

    def amend(self, old: str, new: str) -> None:
        """Replace a part of the project file that is there exactly once."""
        text = (self.folder / "meltano.yml").read_text()
        assert text.count(old) == 1
        self.write(text.replace(old, new))

    def meltano(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run the real CLI; standard error is part of the output."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith("MELTANO")}
        environment = {**kept, **PLAIN, **variables}
        if "PYTHONPATH" in variables:
            return self._afresh(arguments, environment)
        output = self.folder / "output.txt"
        command = {
            "arguments": arguments,
            "folder": str(self.folder),
            "variables": environment,
            "output": str(output),
        }
        commands, answers = self.zygote.stdin, self.zygote.stdout
        assert commands is not None
        assert answers is not None
        commands.write(json.dumps(command) + "\n")
        commands.flush()
        code = int(answers.readline())
        return subprocess.CompletedProcess(arguments, code, output.read_text())

    def _afresh(
        self, arguments: tuple[str, ...], environment: dict[str, str]
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(Path(sys.executable).with_name("meltano")), *arguments],
            cwd=self.folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start the real CLI, to be sent signals."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith("MELTANO")}
        return subprocess.Popen(
            [str(Path(sys.executable).with_name("meltano")), *arguments],
            cwd=self.folder,
            env={**kept, **PLAIN},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def loaded(self) -> list[str]:
        """Return the values that reached the loader, in order."""
        return self.output.read_text().split() if self.output.exists() else []


@pytest.fixture(scope="session")
def zygote() -> Iterator[subprocess.Popen[str]]:
    """Start the process that Meltano's command line is forked from."""
    with subprocess.Popen(
        [sys.executable, Path(__file__).with_name("meltano_zygote.py")],
        env={**os.environ, **PLAIN},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        yield process


@pytest.fixture
def project(tmp_path: Path, zygote: subprocess.Popen[str]) -> Project:
    return Project(tmp_path, zygote)
