"""One line per check, as it is made."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

LONGEST_REASON = 300


class Report:
    """Tells and counts what was checked.

    Attributes:
        counts: Number of lines by their first word.
    """

    def __init__(self, say: Callable[[str], None], secrets: frozenset[str] = frozenset()) -> None:
        """Start without lines.

        Args:
            say: Writes a line.
            secrets: Never written, whatever an error message quotes.
        """
        self._say = say
        self._secrets = secrets
        self.counts: Counter[str] = Counter()

    def ok(self, subject: str, what: str) -> None:
        """Tell what is as it should be."""
        self._tell("ok", f"{subject}: {what}")

    def skip(self, subject: str, why: str) -> None:
        """Tell what was not checked, and does not have to be."""
        self._tell("skip", f"{subject}: {why}")

    def warn(self, subject: str, what: str, fix: str) -> None:
        """Tell what works, but not well."""
        self._tell("warn", f"{subject}: {what}; fix: {fix}")

    def fail(self, subject: str, what: str, fix: str) -> None:
        """Tell what would make a run fail, and what mends it."""
        self._tell("FAIL", f"{subject}: {what}; fix: {fix}")

    @property
    def has_failed(self) -> bool:
        """Whether a run would fail."""
        return bool(self.counts["FAIL"])

    def summary(self) -> str:
        """Return the last line."""
        parts = [f"{self.counts[word]} {word}" for word in ("ok", "skip", "warn", "FAIL")]
        return f"{self.counts.total()} checks: {', '.join(parts)}"

    def _tell(self, word: str, text: str) -> None:
        for secret in self._secrets:
            text = text.replace(secret, "***")
        self.counts[word] += 1
        self._say(f"{word:<4}  {text}")


def reason(error: BaseException) -> str:
    """Return an error's text as a part of a line."""
    return re.sub(r"\s+", " ", str(error)).strip().rstrip(".")[:LONGEST_REASON]
