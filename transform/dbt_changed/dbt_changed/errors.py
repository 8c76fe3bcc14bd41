"""What ends the command with one line."""

from __future__ import annotations


class DbtChangedError(Exception):
    """Says what is wrong, and where to set it right.

    Attributes:
        exit_code: What the command ends with.
    """

    def __init__(self, message: str, exit_code: int = 1) -> None:
        """Say what happened."""
        super().__init__(message)
        self.exit_code = exit_code
