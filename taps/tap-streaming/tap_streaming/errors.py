"""What the tap raises."""

from __future__ import annotations


class TapError(Exception):
    """A problem the user can act on; its text is one line that says what and what to do."""


class RefusedError(TapError):
    """The platform answered, and not with what was asked for.

    Attributes:
        status: HTTP status code.
    """

    def __init__(self, message: str, status: int) -> None:
        """Carry the status with the text."""
        super().__init__(message)
        self.status = status
