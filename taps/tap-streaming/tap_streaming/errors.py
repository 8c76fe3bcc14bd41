"""What the tap raises."""

from __future__ import annotations


class TapError(Exception):
    """A problem the user can act on; its text is one line that says what and what to do."""
