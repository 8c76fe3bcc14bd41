"""Mistakes that the user can mend."""


class TapError(Exception):
    """Says what is wrong, and where to set it right."""
