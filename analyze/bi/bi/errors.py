"""What a person can mend."""

from __future__ import annotations


class BiError(Exception):
    """Says what in the dbt project, or in the call, cannot be used, and what to do."""
