"""Secrets come from the environment: none stands in a file.

Two checks. The declarations know which settings are secret, so a value there has to be a
variable, whatever it looks like. A scanner (bc-detect-secrets) knows what keys and tokens look
like, wherever they stand. Neither shows what it has found.
"""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING, Any

from detect_secrets.core.scan import scan_line
from detect_secrets.core.secrets_collection import SecretsCollection
from detect_secrets.settings import default_settings

from checks import declarations

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

STAND_IN = "sandbox"
"""The only secret that the local stand-ins take, and nobody else does."""

LOCAL_ENVIRONMENTS = ("local", "ci")
SCANNED = ("*.yml", "*.yaml", "*.toml", "load/*.sql", "*.sh", ".env*", "Makefile", ".ci/*")
MODELS = "transform/"
"""Where `_key` ends the name of a column, and so says nothing of a secret."""

_TELLING_NAME = re.compile(
    r"(password|passphrase|secret|token|salt|api_?key|private_?key|credentials?)$",
    re.IGNORECASE,
)
_REFERENCE = re.compile(r"\$\{\w+\}|\$\w+")
_NO_SECRETS = [r"uses: [\w./-]+@[0-9a-f]{40}\b", "://user:password@host"]
"""Lines with the commit of an action, and with an example."""

_ADVICE = (
    "secrets come from variables (`${NAME}`); take it out, and replace it where it is valid, "
    "since git keeps it"
)


def problems(root: Path) -> Iterator[str]:
    """Yield where a secret stands, and what to do about it.

    Args:
        root: The repository.
    """
    yield from _declared(root)
    yield from _scanned(root)


def _declared(root: Path) -> Iterator[str]:
    plugins = list(declarations.plugins(root))
    secret: dict[str, set[str]] = {}
    for plugin in plugins:
        for setting in plugin.settings:
            name = setting["name"]
            if setting.get("sensitive"):
                secret.setdefault(plugin.name, set()).add(name)
            elif _TELLING_NAME.search(name):
                yield (
                    f"{plugin.file}: {plugin.name}.{name} is secret by its name: "
                    "declare it with `sensitive: true`"
                )
    for plugin in plugins:
        known = secret.get(str(plugin.declared.get("inherit_from", plugin.name)), set())
        given = [(s["name"], s.get("value")) for s in plugin.settings]
        given += [
            pair
            for name, value in [*plugin.config.items(), ("env", plugin.declared.get("env"))]
            for pair in declarations.scalars(value, name)
        ]
        for name, value in given:
            if (name in known or _TELLING_NAME.search(name)) and not _may_stand(value, plugin):
                yield f"{plugin.file}: {plugin.name}.{name} is written out: {_ADVICE}"


def _may_stand(value: Any, plugin: declarations.Plugin) -> bool:
    if value in (None, "") or _REFERENCE.fullmatch(str(value)):
        return True
    return plugin.environment in LOCAL_ENVIRONMENTS and value == STAND_IN


def _scanned(root: Path) -> Iterator[str]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", *SCANNED],
        cwd=root,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    names = [name for name in listed if (root / name).is_file()]
    for are_models in (False, True):
        with default_settings() as settings:
            filters = settings.filters
            filters["detect_secrets.filters.regex.should_exclude_line"] = {"pattern": _NO_SECRETS}
            filters["detect_secrets.filters.regex.should_exclude_secret"] = {
                "pattern": [f"^{STAND_IN}$"]
            }
            if are_models:
                settings.disable_plugins("KeywordDetector")
            for name in names:
                if name.startswith(MODELS) == are_models:
                    for line, kind in sorted(_hits(root, name)):
                        yield f"{name}, line {line}: {kind}: {_ADVICE}"


def _hits(root: Path, name: str) -> Iterator[tuple[int, str]]:
    """Yield the line and the kind of each secret in a file."""
    found = SecretsCollection(root=str(root))
    found.scan_file(name)
    yield from ((hit.line_number, hit.type) for _, hit in found)
    # Of YAML it scans the values only. A line by itself is all entropy to it, words included.
    if name.endswith((".yml", ".yaml")):
        for number, line in enumerate((root / name).read_text().splitlines(), 1):
            if line.lstrip().startswith("#"):
                hits = (hit.type for hit in scan_line(line))
                yield from ((number, kind) for kind in hits if "Entropy" not in kind)
