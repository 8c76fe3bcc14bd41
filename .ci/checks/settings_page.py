"""Writes docs/settings.md from the declarations: every setting, and what sets it.

``python -m checks.settings_page .`` writes it, as `make settings` does.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from checks import declarations

if TYPE_CHECKING:
    from collections.abc import Iterator

    from checks.declarations import Plugin

PAGE = "docs/settings.md"
TOLD_IN = ("README.md", ".env.example")
"""Where a person looks for what has to be set."""

_VARIABLE = re.compile(r"\$(?:\{(\w+)\}|(\w+))")
_LONGEST_VALUE = 60
_INTRODUCTION = """\
# Settings

Every setting of every plugin. The variable sets it, from the environment or `.env`, and goes
before the value that is declared; where that is a variable itself, set that one (`README.md` lists
them). Without a value the plugin's own default holds. This page is written from the declarations:
change those, then run `make settings`.
"""


def render(root: Path) -> str:
    """Return the page, the same for the same declarations.

    Args:
        root: The repository.
    """
    tables = (
        f"## {plugin.name}\n\nDeclared in `{plugin.file}`.\n\n{_table(plugin)}"
        for plugin in declarations.plugins(root)
        if plugin.environment is None and plugin.settings
    )
    return "\n".join([_INTRODUCTION, *tables])


def problems(root: Path) -> Iterator[str]:
    """Yield the settings and variables that no document tells of, and what to do about it.

    Args:
        root: The repository.
    """
    for plugin in declarations.plugins(root):
        for setting in plugin.settings:
            if not str(setting.get("description", "")).endswith("."):
                yield (
                    f"{plugin.file}: {plugin.name}.{setting['name']} is not described: "
                    "give it a description, a sentence with a full stop"
                )
    page = root / PAGE
    if not page.exists() or page.read_text() != render(root):
        yield f"{PAGE} does not say what the declarations say: run `make settings`"
    told = {name: set(re.findall(r"\w+", (root / name).read_text())) for name in TOLD_IN}
    for file in declarations.files(root):
        document = yaml.safe_load((root / file).read_text())
        for variable in sorted(_variables(document)):
            for name, words in told.items():
                if variable not in words:
                    yield f"{file} reads {variable}, and {name} does not tell of it: list it there"


def _variables(document: Any) -> set[str]:
    """Name the variables that are read, but for those that Meltano sets itself."""
    found = {
        braced or bare
        for _, value in declarations.scalars(document)
        for braced, bare in _VARIABLE.findall(str(value))
    }
    return {name for name in found if not name.startswith("MELTANO_")}


def _table(plugin: Plugin) -> str:
    lines = ["| setting | variable | value | meaning |", "|---|---|---|---|"]
    for setting in plugin.settings:
        name = setting["name"]
        value = plugin.config.get(name, setting.get("value"))
        meaning = (
            f"{setting.get('description', '')}{' Secret.' if setting.get('sensitive') else ''}"
        )
        variable = re.sub(r"\W", "_", f"{plugin.name}_{name}").upper()
        lines.append(f"| `{name}` | `{variable}` | {_shown(value)} | {_escaped(meaning)} |")
    return "\n".join([*lines, ""])


def _shown(value: Any) -> str:
    if value is None:
        return ""
    text = value if isinstance(value, str) else json.dumps(value)
    return "as declared" if len(text) > _LONGEST_VALUE else f"`{_escaped(text)}`"


def _escaped(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    repository = Path(sys.argv[1])
    (repository / PAGE).write_text(render(repository))
