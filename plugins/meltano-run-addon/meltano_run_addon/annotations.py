"""What plugins and environments declare for the parts of the add-on."""

from __future__ import annotations

from typing import Any


def declared(owner: object, part: str) -> dict[str, Any]:
    """Return what ``annotations`` hold for a part of the add-on.

    Args:
        owner: A plugin or an environment, or None where there is none.
        part: Such as ``preflight`` or ``messages``.

    Returns:
        Its values by their names; empty if nothing is declared.
    """
    annotations = getattr(owner, "_annotations", None)
    return (annotations.data.get(part) or {}) if annotations else {}
