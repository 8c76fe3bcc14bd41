"""The world as the platforms show it now, noticing when its clock moves."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from sandbox.settings import SandboxError
from sandbox.world import World

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date, datetime
    from pathlib import Path

    from sandbox.platforms.core import Answer
    from sandbox.world.model import MediaType, TitleView
    from sandbox.world.title import Title

_SNAPSHOTS_KEPT = 3
_HISTORY = timedelta(days=30)
"""How far before the world's start changes are known; older ones are all done by then."""


def draw(*key: object) -> float:
    """Return a number in [0, 1) that depends on the key alone, the same in every process.

    Numbers of keys that differ in any part have nothing to do with each other; a checksum would
    not do, since it maps equal differences of keys to equal differences of numbers.
    """
    digest = hashlib.blake2b("/".join(map(str, key)).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") / 2**64


class Index:
    """A world's titles by the platforms' ids; does not depend on the clock."""

    def __init__(self, world: World) -> None:
        """Index all titles, also those not yet or no longer shown."""
        self.world = world
        titles = world.catalogue.titles
        self.tmdb: Mapping[tuple[MediaType, int], Title] = {
            (title.media_type, title.tmdb_id): title for title in titles
        }
        self.tvmaze: Mapping[int, Title] = {
            title.tvmaze_id: title for title in titles if title.tvmaze_id is not None
        }


class Snapshot:
    """What the platforms show at one instant. Views and answers are made once and kept.

    Attributes:
        index: The titles.
        clock: The instant.
        answers: Good answers given so far, by platform, path and query string.
    """

    def __init__(self, index: Index, clock: datetime) -> None:
        """Look at the world at an instant."""
        self.index = index
        self.clock = clock
        self.answers: dict[tuple[str, str, str], Answer] = {}
        self._views: dict[tuple[MediaType, int], TitleView | None] = {}

    @property
    def world(self) -> World:
        """The world looked at."""
        return self.index.world

    def of(self, title: Title) -> TitleView | None:
        """Return a title as shown now, or None if it is not there."""
        key = (title.media_type, title.tmdb_id)
        if key not in self._views:
            self._views[key] = title.at(self.clock)
        return self._views[key]

    def title(self, media_type: MediaType, tmdb_id: int) -> TitleView | None:
        """Return the title with an id of TMDB, or None."""
        title = self.index.tmdb.get((media_type, tmdb_id))
        return self.of(title) if title else None

    def show(self, tvmaze_id: int) -> TitleView | None:
        """Return the series with an id of TVmaze, or None."""
        title = self.index.tvmaze.get(tvmaze_id)
        return self.of(title) if title else None

    @cached_property
    def titles(self) -> Mapping[MediaType, Sequence[TitleView]]:
        """All titles shown now per media type."""
        found: dict[MediaType, list[TitleView]] = {"movie": [], "tv": []}
        for title in self.world.catalogue.titles:
            view = self.of(title)
            if view:
                found[title.media_type].append(view)
        return found

    @cached_property
    def shows(self) -> Mapping[int, TitleView]:
        """All series on TVmaze now by id, ascending."""
        views = ((key, self.show(key)) for key in sorted(self.index.tvmaze))
        return {key: view for key, view in views if view}

    def known_until(self, media_type: MediaType, tmdb_id: int) -> date:
        """Return the day up to which a title's data say what was shown: that of its last change.

        A platform's data do not follow the calendar by themselves; somebody edits them.
        """
        changed = self.index.tmdb[media_type, tmdb_id].updated_at(self.clock)
        return max(changed, self.world.start - _HISTORY).date()

    def updated(self, tvmaze_id: int) -> int:
        """Return when a series last changed on TVmaze, in epoch seconds."""
        return int(self.index.tvmaze[tvmaze_id].updated_at(self.clock).timestamp())


class Live:
    """The world file of a running sandbox, read again whenever it changes."""

    def __init__(self, world_file: Path) -> None:
        """Read the world.

        Raises:
            SandboxError: if there is no readable world file.
        """
        self._file = world_file
        self._signature: tuple[int, int, int] | None = None
        self._identity: tuple[object, ...] | None = None
        self._index: Index | None = None
        self._clock: datetime | None = None
        self._kept: OrderedDict[datetime, Snapshot] = OrderedDict()
        if not self._refresh():
            message = f"There is no readable world at {world_file}: run 'sandbox up' first."
            raise SandboxError(message)

    def clock(self) -> datetime:
        """Return the world's clock (UTC)."""
        self._refresh()
        assert self._clock is not None
        return self._clock

    def snapshot(self, behind: timedelta | None = None) -> Snapshot:
        """Return the world as it is, or as it was some time before its clock."""
        clock = self.clock()
        instant = clock - behind if behind else clock
        found = self._kept.get(instant)
        if found is None:
            assert self._index is not None
            found = self._kept[instant] = Snapshot(self._index, instant)
            while len(self._kept) > _SNAPSHOTS_KEPT:
                self._kept.popitem(last=False)
        self._kept.move_to_end(instant)
        return found

    def _refresh(self) -> bool:
        """Read the file if it is another than last time; keep what is known if it is unreadable."""
        try:
            found = self._file.stat()
            signature = (found.st_mtime_ns, found.st_size, found.st_ino)
            if signature == self._signature:
                return True
            world, clock = World.load(self._file)
        except (OSError, SandboxError):
            return self._index is not None
        identity = (world.seed, world.scale, world.titles, world.start)
        if identity != self._identity:
            self._index, self._identity = Index(world), identity
            self._kept.clear()
        self._clock, self._signature = clock, signature
        return True
