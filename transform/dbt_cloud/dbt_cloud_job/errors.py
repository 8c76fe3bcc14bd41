"""What ends the command with one line."""

from __future__ import annotations


class DbtCloudError(Exception):
    """Says what is wrong, and where to set it right."""


class TransientError(DbtCloudError):
    """May be gone when asked again.

    Attributes:
        wait: Seconds that dbt Cloud asks to wait, if it does.
        is_refused: Whether dbt Cloud has certainly not done what it was asked for.
    """

    def __init__(
        self, message: str, *, wait: float | None = None, is_refused: bool = False
    ) -> None:
        """Say what happened."""
        super().__init__(message)
        self.wait = wait
        self.is_refused = is_refused
