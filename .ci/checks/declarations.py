"""What meltano.yml and the files that it includes declare."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import yaml

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Plugin(NamedTuple):
    """A plugin, or what an environment changes of one."""

    file: Path
    environment: str | None
    name: str
    declared: dict[str, Any]

    @property
    def settings(self) -> list[dict[str, Any]]:
        """The settings that it declares, without those of a plugin that it inherits from."""
        return list(self.declared.get("settings") or [])

    @property
    def config(self) -> dict[str, Any]:
        """The values that it is given."""
        return dict(self.declared.get("config") or {})


def files(root: Path) -> list[Path]:
    """List meltano.yml and what it includes.

    Args:
        root: The repository.

    Returns:
        Paths relative to the root.
    """
    main = yaml.safe_load((root / "meltano.yml").read_text())
    included = [path for glob in main["include_paths"] for path in sorted(root.glob(glob))]
    return [path.relative_to(root) for path in (root / "meltano.yml", *included)]


def plugins(root: Path) -> Iterator[Plugin]:
    """Yield every plugin, and every environment's changes, in the order of the files."""
    for file in files(root):
        document = yaml.safe_load((root / file).read_text()) or {}
        yield from _plugins(file, None, document)
        for environment in document.get("environments") or []:
            yield from _plugins(file, environment["name"], environment.get("config") or {})


def scalars(value: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """Yield every value that is no mapping or list, with the key that it stands under."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from scalars(item, str(key))
    elif isinstance(value, list):
        for item in value:
            yield from scalars(item, name)
    else:
        yield name, value


def _plugins(file: Path, environment: str | None, document: dict[str, Any]) -> Iterator[Plugin]:
    for listed in (document.get("plugins") or {}).values():
        for declared in listed:
            yield Plugin(file, environment, declared["name"], declared)
