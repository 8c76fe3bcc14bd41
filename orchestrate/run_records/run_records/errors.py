"""Mistakes that the user can mend."""


class RunRecordsError(Exception):
    """Says what is wrong, and where to set it right."""
