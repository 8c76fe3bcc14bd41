"""The declarations of the project, read once."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

if TYPE_CHECKING:
    from collections.abc import Callable

    Dbt = Callable[..., subprocess.CompletedProcess[str]]

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


# What profiles.yml reads.
CONNECTION = {
    "DBT_DATABASE": "ANALYTICS",
    "DBT_SCHEMA": "MARTS",
    "SNOWFLAKE_ACCOUNT": "none",
    "SNOWFLAKE_USER": "none",
    "SNOWFLAKE_ROLE": "none",
    "SNOWFLAKE_WAREHOUSE": "none",
    "SNOWFLAKE_PRIVATE_KEY_PATH": "none",
}
# dbt Cloud makes a profile of its own, by this name, and does not read profiles.yml.
DBT_CLOUD_PROFILE = """
user:
  target: default
  outputs:
    default:
      {type: snowflake, account: none, user: none, password: none, role: none, warehouse: none,
       database: ANALYTICS, schema: MARTS}
"""


def dbt_executable() -> Path | None:
    """Return the dbt that the project runs, or None when it is not installed."""
    given = os.environ.get("DBT_EXECUTABLE")
    path = (
        Path(given) if given else ROOT / ".meltano" / "utilities" / "dbt" / "venv" / "bin" / "dbt"
    )
    return path if path.exists() else None


@pytest.fixture(scope="session")
def dbt_target(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder that `dbt` writes its artifacts to."""
    return tmp_path_factory.mktemp("dbt") / "target"


@pytest.fixture(scope="session")
def dbt(dbt_target: Path) -> Dbt:
    """Return a function that runs dbt, or a program beside it, without a warehouse."""
    executable = dbt_executable()
    if executable is None:
        pytest.skip("dbt is not installed: run `meltano install`, or set DBT_EXECUTABLE to one")

    def run(
        *arguments: str,
        program: str = "dbt",
        project: Path | None = None,
        connection: dict[str, str] | None = None,
    ) -> subprocess.CompletedProcess[str]:
        target = dbt_target if project is None else project / "target"
        project = project or ROOT / "transform"
        connection = CONNECTION if connection is None else connection
        return subprocess.run(
            [executable.with_name(program), *arguments],
            env={
                "PATH": os.environ["PATH"],
                "NO_COLOR": "1",
                "DBT_PROJECT_DIR": str(project),
                "DBT_PROFILES_DIR": str(project),
                "DBT_TARGET_PATH": str(target),
                "DBT_LOG_PATH": str(target.with_name("logs")),
                "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
                "DBT_RAW_DATABASE": "RAW",
                **connection,
            },
            capture_output=True,
            text=True,
            check=False,
        )

    return run


@pytest.fixture(scope="session")
def dbt_python(dbt: Dbt) -> Path:
    """Return the interpreter that dbt is installed for."""
    executable = dbt_executable()
    assert dbt
    assert executable
    return executable.with_name("python")


@pytest.fixture(scope="session")
def manifest(
    dbt: Dbt, dbt_target: Path, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Any]:
    """Return what dbt makes of the project, parsed as in dbt Cloud: without profiles.yml."""
    profiles = tmp_path_factory.mktemp("profiles")
    (profiles / "profiles.yml").write_text(DBT_CLOUD_PROFILE)
    done = dbt(
        "--warn-error", "parse", "--no-partial-parse", "--no-use-colors",
        "--profiles-dir", str(profiles), "--profile", "user", "--target", "default",
        connection={},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    parsed: dict[str, Any] = json.loads((dbt_target / "manifest.json").read_text())
    return parsed


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
