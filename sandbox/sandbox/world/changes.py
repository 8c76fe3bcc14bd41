"""When the platforms' data of a title changes, and what changes then."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING

from sandbox.world.streams import stream, weighted
from sandbox.world.title import ANNOUNCED_DAYS, WITHHOLDABLE, Change

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    import numpy as np

    from sandbox.world.model import TitleView

DAYS_BEFORE_START = 30
DAYS_AFTER_START = 365
"""The world ends so many days after its start."""
EDITS_PER_YEAR = {"movie": 11.0, "tv": 16.0}
"""Mean number of edits of a title's facts by the platform's editors."""
LATE_FACT_SHARE = 0.02
"""Share of titles per withholdable fact whose fact gets known only within the window."""
DELETED_SHARE = 0.03
"""Share of titles that the platforms delete within a year after the start."""
NEW_FILM_SHARE = 0.05
"""Share of films that the platforms add within the window."""

_EDIT_KINDS = ("votes", "overview-edited", "tagline-edited")
_EDIT_WEIGHTS = (0.8, 0.13, 0.07)


@dataclass(frozen=True, slots=True)
class Lifetime:
    """When the platforms show a title, and every change in the window.

    Attributes:
        added_at: First shown.
        deleted_at: Deleted for good, if ever.
        changes: Ascending, no two at the same second.
    """

    added_at: datetime
    deleted_at: datetime | None
    changes: tuple[Change, ...]


def plan_changes(seed: int, key: int, complete: TitleView, start: datetime) -> Lifetime:
    """Draw all changes of one title."""
    random = stream(seed, "changes", key)
    begin = start - timedelta(days=DAYS_BEFORE_START)
    end = start + timedelta(days=DAYS_AFTER_START)
    span = (end - begin).total_seconds()
    added_at = _added_at(random, complete, begin, span)
    deleted_at = None
    if random.random() < DELETED_SHARE:
        deleted_at = _moment(start, random.random() * DAYS_AFTER_START * 86400)
        deleted_at = deleted_at if deleted_at > added_at else None
    edits = int(random.poisson(EDITS_PER_YEAR[complete.media_type] * span / 86400 / 365))
    kinds = weighted(_EDIT_WEIGHTS, random.random(edits))
    changes = [
        Change(_moment(begin, x * span), _EDIT_KINDS[kind])
        for x, kind in zip(random.random(edits).tolist(), kinds.tolist(), strict=True)
    ]
    for fact in WITHHOLDABLE:
        draws = random.random(2)
        if draws[0] < LATE_FACT_SHARE:
            changes.append(Change(_moment(begin, draws[1] * span), fact))
    changes += _story_changes(complete)
    changes.append(Change(added_at, "added"))
    if deleted_at is not None:
        changes.append(Change(deleted_at, "deleted"))
    last = deleted_at or end
    kept = (c for c in changes if max(begin, added_at) <= c.at <= last)
    by_second: dict[datetime, Change] = {}
    for change in sorted(kept, key=lambda c: (c.at, c.kind)):
        at = change.at
        while at in by_second:
            at += timedelta(seconds=1)
        by_second[at] = Change(at, change.kind)
    ordered = sorted(by_second.values(), key=lambda c: c.at)
    if deleted_at is not None:
        ordered = [change for change in ordered if change.at <= deleted_at]
    return Lifetime(added_at, deleted_at, tuple(ordered))


def _added_at(
    random: np.random.Generator, complete: TitleView, begin: datetime, span: float
) -> datetime:
    draws = random.random(2)
    if complete.media_type == "movie":
        if draws[0] < NEW_FILM_SHARE:
            return _moment(begin, draws[1] * span * 0.95)
        return _moment(begin, -86400 * (30 + 3000 * draws[1]))
    first = complete.seasons[0].premiere or begin.date()
    planned = _evening(first) - timedelta(days=60 + int(120 * draws[1]))
    return planned if planned < begin else max(planned, _moment(begin, draws[0] * 86400))


def _story_changes(complete: TitleView) -> Sequence[Change]:
    changes = []
    for season in complete.seasons:
        if season.premiere is not None:
            announced = _evening(season.premiere) - timedelta(days=ANNOUNCED_DAYS, hours=7)
            changes.append(Change(announced, "season"))
        days = sorted({episode.airdate for episode in season.episodes if episode.airdate})
        changes += [Change(_evening(day) + timedelta(days=1, hours=2), "episode") for day in days]
    if complete.end_date is not None:
        changes.append(Change(_evening(complete.end_date) + timedelta(days=8), "ended"))
    return changes


def _evening(day: date) -> datetime:
    return datetime.combine(day, time(20), UTC)


def _moment(origin: datetime, seconds: float) -> datetime:
    return origin + timedelta(seconds=int(seconds))
