"""Which titles to read: those of a list of ids, if one is given."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tap_streaming.errors import TapError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

KINDS = ("movie", "tv", "tvmaze")
"""Number spaces of ids: TMDB's films, TMDB's series, TVmaze's shows."""
_ID = re.compile(rf"({'|'.join(KINDS)})[/-](\d{{1,18}})")
HOW_TO_WRITE = "write movie/603 or tv/1396 (TMDB's ids) or tvmaze/82"


class TitleIds:
    """The ids in the settings ``title_ids`` and ``title_ids_file``.

    Ids of one platform do not limit what is read of a platform with another number space.
    """

    def __init__(self, config: Mapping[str, Any]) -> None:
        """Read the settings and the file.

        Args:
            config: The tap's settings.

        Raises:
            TapError: if the file cannot be read, or something is no id.
        """
        self._ids: dict[str, set[int]] = {kind: set() for kind in KINDS}
        for place, text in _given(config):
            found = _ID.fullmatch(text)
            if found is None:
                message = f"{place} is {text[:50]!r}, which is no title id; {HOW_TO_WRITE}"
                raise TapError(message)
            self._ids[found[1]].add(int(found[2]))

    def of(self, kind: str) -> list[int] | None:
        """Return the ids of one kind, ascending; None if the titles are not chosen by id.

        Args:
            kind: One of :data:`KINDS`. A list with films or series chooses both.
        """
        space = ("tvmaze",) if kind == "tvmaze" else ("movie", "tv")
        if not any(self._ids[one] for one in space):
            return None
        return sorted(self._ids[kind])

    def fingerprint(self, *kinds: str) -> str | None:
        """Return a short text that is another one for other ids; None if there are none."""
        ids = [f"{kind}/{number}" for kind in kinds for number in self.of(kind) or ()]
        return hashlib.sha256(",".join(ids).encode()).hexdigest()[:16] if ids else None


def _given(config: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield each id with where it stands, for messages."""
    for place, text in enumerate(config.get("title_ids") or (), 1):
        yield f"item {place} of the setting title_ids", str(text).strip()
    name = config.get("title_ids_file")
    if not name:
        return
    path = Path(name).expanduser()
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text"
        message = f"cannot read {path} ({reason}): check the setting title_ids_file"
        raise TapError(message) from None
    for number, line in enumerate(lines, 1):
        text = line.partition("#")[0].strip()
        if text:
            yield f"line {number} of {path}", text
