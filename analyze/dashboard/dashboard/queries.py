"""The questions: a file of SQL for each, in a folder for each page.

A file begins with comments: what the answer is, then ``-- definitions:`` with the metrics and the
columns of marts that say what its numbers mean. Values are named ``:like_this`` and are bound,
never written into the text; ``:marts`` stands for the schema of the marts.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

FOLDER = Path(__file__).with_name("sql")
SCHEMA = "marts"
_DEFINITIONS = "definitions:"
_PLACEHOLDER = re.compile(r"(?<![:\w]):([a-z_]\w*)")
_TABLE = re.compile(rf":{SCHEMA}\.(\w+)")


@dataclass(frozen=True)
class Query:
    """A question.

    Attributes:
        name: Page and name, as in ``overview/active_users``.
        about: What the answer is, in a sentence or two.
        definitions: Metrics and ``mart.column`` that say what its numbers mean.
        text: The SQL, with placeholders.
    """

    name: str
    about: str
    definitions: tuple[str, ...]
    text: str

    @property
    def tables(self) -> frozenset[str]:
        """Marts that it reads."""
        return frozenset(_TABLE.findall(self.text))

    def bound(self, schema: str, values: Mapping[str, object]) -> tuple[str, list[object]]:
        """Return the SQL with ``?`` for each value, and the values in their order.

        Args:
            schema: Database and schema of the marts; an identifier of the configuration.
            values: One for each placeholder.

        Raises:
            KeyError: if a value is missing.
        """
        order: list[object] = []

        def place(found: re.Match[str]) -> str:
            if found[1] == SCHEMA:
                return schema
            order.append(values[found[1]])
            return "?"

        return _PLACEHOLDER.sub(place, self.text), order

    def shown(self, schema: str, values: Mapping[str, object]) -> str:
        """Return the SQL with the values written out, to be read and copied, not to be run here."""

        def place(found: re.Match[str]) -> str:
            return schema if found[1] == SCHEMA else _literal(values[found[1]])

        return _PLACEHOLDER.sub(place, self.text)


@cache
def find(name: str) -> Query:
    """Return the query of a name.

    Args:
        name: Page and name, as in ``overview/active_users``.

    Raises:
        FileNotFoundError: if there is none.
    """
    about: list[str] = []
    definitions: list[str] = []
    lines = (FOLDER / f"{name}.sql").read_text().splitlines()
    while lines and lines[0].startswith("-- "):
        said = lines.pop(0).removeprefix("-- ")
        if said.startswith(_DEFINITIONS):
            definitions += said.removeprefix(_DEFINITIONS).replace(",", " ").split()
        else:
            about.append(said)
    return Query(name, " ".join(about), tuple(definitions), "\n".join(lines).strip())


def of_page(page: str) -> list[Query]:
    """Return the queries of a page, by the name of its folder."""
    return [find(f"{page}/{path.stem}") for path in sorted((FOLDER / page).glob("*.sql"))]


def pages() -> list[str]:
    """Return the names of the folders: one for each page."""
    return sorted(path.name for path in FOLDER.iterdir() if path.is_dir())


def _literal(value: object) -> str:
    """Return a value as SQL has it."""
    if isinstance(value, (int, float)):
        return str(value)
    quoted = str(value).replace("'", "''")
    return f"'{quoted}'"
