"""What the numbers mean, in the words of the dbt project.

``definitions.json`` is written from dbt's manifest, so that the pages need no dbt; a test compares
the two, and ``UPDATE_DASHBOARD=1 .venv/bin/pytest tests/project/test_dashboard.py`` writes it anew.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TypedDict, cast

FILE = Path(__file__).with_name("definitions.json")


class Definition(TypedDict):
    """What a number means.

    Attributes:
        label: Its name for people.
        text: The definition, in a few sentences.
    """

    label: str
    text: str


@cache
def all_definitions() -> dict[str, Definition]:
    """Return the definitions by the name of the metric, of the mart, or of its column."""
    return cast("dict[str, Definition]", json.loads(FILE.read_text()))


def explained(name: str) -> str:
    """Return a definition as a line of Markdown.

    Args:
        name: A metric, a mart or ``mart.column``. One of a mart that is not built yet has no text.
    """
    known = all_definitions().get(name)
    return f"**{known['label']}**: {known['text']}" if known else f"`{name}`"
