"""A film or series and how it looks at any instant."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sandbox.world.model import MediaType, TitleView


class Title:
    """A film or series of the world, from before it appears to after it is gone.

    Attributes:
        key: Number of the title in the catalogue, from 1; stable for a seed.
        media_type: ``movie`` or ``tv``.
        tmdb_id: TMDB's id, unique within its media type.
        tvmaze_id: TVmaze's id, if it is there.
        added_at: When the platforms first showed it.
        deleted_at: When the platforms deleted it for good, if ever.
        changes: Instants at which the platforms' data changed, ascending, from 30 days before
            the world's start to 365 days after it. ``added_at`` and ``deleted_at`` are among
            them when they fall into that window. Changes of offers are not.
    """

    def __init__(
        self,
        key: int,
        view: TitleView,
        added_at: datetime,
        deleted_at: datetime | None,
        changes: Sequence[datetime],
    ) -> None:
        """Hold what is known; only the catalogue makes titles."""
        self.key = key
        self.media_type: MediaType = view.media_type
        self.tmdb_id = view.tmdb_id
        self.tvmaze_id = view.tvmaze_id
        self.added_at = added_at
        self.deleted_at = deleted_at
        self.changes = changes
        self._view = view

    def at(self, clock: datetime) -> TitleView | None:
        """Return what the platforms show, or ``None`` before it is added and after it is gone."""
        if clock < self.added_at or (self.deleted_at is not None and clock >= self.deleted_at):
            return None
        return self._view

    def updated_at(self, clock: datetime) -> datetime:
        """Return the last change at or before ``clock`` (``added_at`` if there was none)."""
        position = bisect_right(self.changes, clock)
        return self.changes[position - 1] if position else self.added_at

    def changed_between(self, after: datetime, until: datetime) -> bool:
        """Tell whether a change lies in ``(after, until]``."""
        return bisect_right(self.changes, until) > bisect_right(self.changes, after)
