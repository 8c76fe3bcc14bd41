"""An add-on for `meltano run`: fan-in of extractors, a check before the start, a record after.

Meltano loads the two setting definitions below through its ``meltano.settings`` entry points,
and with them this module, which is what installs the add-on. Meltano 4.4 has no other place
where a package can take part in ``meltano run``.
"""

from __future__ import annotations

import importlib
from importlib.metadata import version as installed_version

import structlog
from meltano.core.setting_definition import SettingDefinition, SettingKind

from meltano_run_addon.settings import FAN_IN, PREFLIGHT

__all__ = ["FAN_IN_SETTING", "PREFLIGHT_SETTING", "install", "is_known_version"]

KNOWN_VERSIONS = ("4.4",)
PARTS = (
    "fan_in",
    "preflight",
    "starting",
    "catalogs",
    "messages",
    "logs",
    "recording",
    "system_database",
)
"""Modules whose ``install`` hooks them into Meltano, in this order."""

FAN_IN_SETTING = SettingDefinition(
    name=FAN_IN,
    kind=SettingKind.BOOLEAN,
    value=True,
    label="Fan-in",
    description="Whether several extractors in a row share the loader that follows them.",
)
PREFLIGHT_SETTING = SettingDefinition(
    name=PREFLIGHT,
    kind=SettingKind.BOOLEAN,
    value=True,
    label="Preflight",
    description="Whether `meltano run` checks the plugins' settings before it starts any of them.",
)


def is_known_version(version: str) -> bool:
    """Tell whether the add-on was tested with this version of Meltano.

    Args:
        version: A release such as ``4.4.1``.

    Returns:
        True if its first two numbers are among ``KNOWN_VERSIONS``.
    """
    return ".".join(version.split(".")[:2]) in KNOWN_VERSIONS


def install(version: str) -> bool:
    """Hook the add-on into Meltano, or warn in one line and change nothing.

    Args:
        version: The version of Meltano that runs.

    Returns:
        Whether the add-on was installed.
    """
    if not is_known_version(version):
        structlog.stdlib.get_logger("meltano_run_addon").warning(
            f"meltano-run-addon knows Meltano {', '.join(KNOWN_VERSIONS)}, not {version}: "
            "it changes nothing. Name the loader after each extractor, or use a job.",
        )
        return False
    # Not before: what these import may have moved in a version that is not known.
    for name in PARTS:
        importlib.import_module(f"meltano_run_addon.{name}").install()
    return True


install(installed_version("meltano"))
