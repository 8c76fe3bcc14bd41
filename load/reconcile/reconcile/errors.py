"""Mistakes that the user can mend."""


class ReconcileError(Exception):
    """Says what is wrong, and where to set it right."""
