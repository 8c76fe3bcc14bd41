"""A Meltano project with tiny plugins, and the real CLI to run it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

PLUGINS = Path(__file__).parent / "project"

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

    def __init__(self, folder: Path) -> None:
        """Write the project file."""
        self.folder = folder
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
        environment = {k: v for k, v in os.environ.items() if not k.startswith("MELTANO")}
        return subprocess.run(
            [str(Path(sys.executable).with_name("meltano")), *arguments],
            cwd=self.folder,
            env={**environment, "NO_COLOR": "1", "COLUMNS": "200", **variables},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )

    def loaded(self) -> list[str]:
        """Return the values that reached the loader, in order."""
        return self.output.read_text().split() if self.output.exists() else []


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)
