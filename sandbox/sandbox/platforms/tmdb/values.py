"""How TMDB writes single values."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import date

Body = dict[str, Any]

_NOT_SLUG = re.compile(r"[^a-z0-9]+")


def number(value: float) -> float:
    """Return a whole number as int, as TMDB's examples show some votes (53 of 600 rows)."""
    return int(value) if value == int(value) else value


def day(value: date | None) -> str:
    """Return a date as text, ``""`` if unknown."""
    return value.isoformat() if value else ""


def slug(text: str) -> str:
    """Return a name as it appears in addresses."""
    return _NOT_SLUG.sub("-", text.lower()).strip("-")


def hexadecimal(*key: object) -> str:
    """Return a made-up MongoDB id: 24 hex digits that depend on the key alone."""
    return hashlib.blake2b("/".join(map(str, key)).encode(), digest_size=12).hexdigest()
