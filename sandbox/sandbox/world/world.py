"""The world: everything the stand-ins show, as a function of seed, scale, start and clock."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from sandbox.settings import SandboxError
from sandbox.world.catalogue import build_library
from sandbox.world.changes import DAYS_AFTER_START
from sandbox.world.database import TABLES, Database

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from sandbox.world.catalogue import Library
    from sandbox.world.database import Change, Row
    from sandbox.world.model import Catalogue, MediaType, Window
    from sandbox.world.title import Title

VERSION = 1
DEFAULT_TITLES = 1800
TRENDING_LENGTH = 20


class World:
    """One consistent world that Postgres and the platform APIs both show.

    Attributes:
        seed: Chooses the world.
        scale: Multiplies users and viewing sessions; 1.0 is 5,000 users.
        start: Clock at creation, a full hour in UTC.
        titles: Number of films and series, those included that come or go later.
    """

    def __init__(
        self, seed: int, scale: float, start: datetime, titles: int = DEFAULT_TITLES
    ) -> None:
        """Make the world; nothing is generated until asked for."""
        self.seed = seed
        self.scale = scale
        self.titles = titles
        self.start = start.astimezone(UTC).replace(minute=0, second=0, microsecond=0)

    @classmethod
    def load(cls, path: Path) -> tuple[World, datetime]:
        """Read a world and its clock from ``world.json``.

        Raises:
            SandboxError: if the file is missing or not a world of this version.
        """
        try:
            found = json.loads(path.read_text(encoding="utf-8"))
            if found["version"] != VERSION:
                message = f"{path} is of another version: run 'sandbox reset'."
                raise SandboxError(message)
            titles = int(found.get("titles", DEFAULT_TITLES))
            world = cls(int(found["seed"]), float(found["scale"]), _parsed(found["start"]), titles)
            return world, _parsed(found["clock"])
        except FileNotFoundError:
            message = f"{path} does not exist: run 'sandbox up'."
            raise SandboxError(message) from None
        except (OSError, ValueError, KeyError, TypeError) as error:
            message = f"{path} cannot be read ({error!r}): run 'sandbox reset'."
            raise SandboxError(message) from error

    def save(self, path: Path, clock: datetime) -> None:
        """Write ``world.json`` in one step, so that readers never see half of it."""
        content = {
            "version": VERSION,
            "seed": self.seed,
            "scale": self.scale,
            "titles": self.titles,
            "start": _printed(self.start),
            "clock": _printed(clock),
        }
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f"{path.name}.{os.getpid()}.new")
        draft.write_text(json.dumps(content) + "\n", encoding="utf-8")
        draft.replace(path)

    @cached_property
    def catalogue(self) -> Catalogue:
        """Titles, services, genres and countries."""
        return self.library.catalogue

    @cached_property
    def library(self) -> Library:
        """The catalogue with what stands behind it."""
        return build_library(self.seed, self.start, self.titles)

    @cached_property
    def database(self) -> Database:
        """The service's own database at any clock."""
        return Database(self.seed, self.scale, self.start, self.library)

    def rows_at(self, clock: datetime) -> Mapping[str, Iterable[Row]]:
        """Return all rows of all tables at ``clock``, tables in an order foreign keys allow.

        Values are plain Python: text for uuid, enum, inet and jsonb (JSON text), lists for
        arrays, ``Decimal`` for numeric, aware datetimes in UTC.
        """
        self.check(clock)
        return {table: self.database.rows(table, clock) for table in TABLES}

    def rows_at_start(self) -> Mapping[str, Iterable[Row]]:
        """Return all rows of all tables at the world's start."""
        return self.rows_at(self.start)

    def changes_between(self, after: datetime, until: datetime) -> Iterable[Change]:
        """Yield what happens to the rows in ``(after, until]``, in an order foreign keys allow.

        One step or many lead to the same rows. Rows that come and go in between are left out,
        as is what a user's deletion takes along (``on delete cascade``).

        Raises:
            SandboxError: if a clock lies outside the world's time.
        """
        self.check(after)
        self.check(until)
        return self.database.changes(after, until)

    @property
    def end(self) -> datetime:
        """Last instant of the world."""
        return self.start + timedelta(days=DAYS_AFTER_START)

    def check(self, clock: datetime) -> None:
        """Raise unless the world reaches to ``clock``.

        Raises:
            SandboxError: if it lies before the start or more than 365 days after it.
        """
        if not self.start <= clock <= self.end:
            message = (
                f"The world lasts from {_printed(self.start)} to {_printed(self.end)}; "
                f"{_printed(clock)} is outside: run 'sandbox reset' for a new one."
            )
            raise SandboxError(message)

    def trending(self, media_type: MediaType, window: Window, clock: datetime) -> Sequence[Title]:
        """Return the 20 titles with the most activity, first the busiest.

        Args:
            media_type: Films or series.
            window: Activity of the last ``day`` or ``week``.
            clock: The ranking changes at midnight UTC; all of it is there at ``clock``.
        """
        days = 1 if window == "day" else 7
        activity = self.library.heat.trending(clock.toordinal() - 1, days)
        there = [
            (-float(activity[title.key - 1]), title.key, title)
            for title in self.catalogue.titles
            if title.media_type == media_type and title.at(clock) is not None
        ]
        return [title for _, _, title in sorted(there)[:TRENDING_LENGTH]]


def _parsed(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def _printed(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
