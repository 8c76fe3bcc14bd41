"""The declarations of the project, read once."""

from __future__ import annotations

import json
import subprocess
import sys
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent


class Declarations:
    """What meltano.yml and the files it includes declare."""

    root = ROOT

    @cached_property
    def files(self) -> dict[Path, dict[str, Any]]:
        """Return each declaration file, as it stands."""
        main = yaml.safe_load((ROOT / "meltano.yml").read_text())
        included = [path for glob in main["include_paths"] for path in sorted(ROOT.glob(glob))]
        return {
            path.relative_to(ROOT): yaml.safe_load(path.read_text())
            for path in [ROOT / "meltano.yml", *included]
        }

    @cached_property
    def merged(self) -> dict[str, Any]:
        """Return all files as the one document that Meltano makes of them."""
        document: dict[str, Any] = {}
        for content in self.files.values():
            for key, value in content.items():
                if key == "plugins":
                    for kind, plugins in value.items():
                        document.setdefault("plugins", {}).setdefault(kind, []).extend(plugins)
                elif isinstance(value, list):
                    document.setdefault(key, []).extend(value)
                else:
                    document[key] = value
        return document

    @property
    def plugins(self) -> dict[str, dict[str, Any]]:
        """Return every plugin by name."""
        return {
            plugin["name"]: plugin
            for plugins in self.merged["plugins"].values()
            for plugin in plugins
        }

    @property
    def environments(self) -> dict[str, dict[str, Any]]:
        """Return every environment by name."""
        return {environment["name"]: environment for environment in self.merged["environments"]}

    def environment_config(self, environment: str) -> dict[str, dict[str, Any]]:
        """Return the configuration that an environment gives to each plugin."""
        plugins = (self.environments[environment].get("config") or {}).get("plugins", {})
        return {
            plugin["name"]: plugin.get("config", {})
            for listed in plugins.values()
            for plugin in listed
        }


@pytest.fixture(scope="session")
def declarations() -> Declarations:
    return Declarations()


@pytest.fixture(scope="session")
def tap_streaming_about() -> dict[str, Any]:
    """Return what the tap says of itself."""
    return tap_streaming("--about", "--format=json")


@pytest.fixture(scope="session")
def tap_streaming_catalog() -> dict[str, Any]:
    """Return the catalog of all streams that the tap has."""
    return tap_streaming("--discover")


def tap_streaming(*arguments: str) -> dict[str, Any]:
    """Return the JSON that the tap prints."""
    done = subprocess.run(
        [BIN / "tap-streaming", *arguments],
        capture_output=True,
        text=True,
        check=True,
    )
    printed: dict[str, Any] = json.loads(done.stdout)
    return printed
