"""A film or series and how it looks at any instant."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sandbox.world.streams import fraction

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from sandbox.world.model import Episode, MediaType, Offers, Season, TitleView

ANNOUNCED_DAYS = 30
"""Days before its first episode at which the platforms list a season."""
SUMMARY_DAYS = 7
"""Days before its showing at which an episode gets its summary and picture."""
WITHHOLDABLE = ("imdb_id", "overview", "runtime", "poster_path")
"""Facts that the platforms may learn only later, each by a change of that name."""


@dataclass(frozen=True, slots=True)
class Change:
    """One change of the platforms' data.

    Attributes:
        at: When.
        kind: ``added``, ``deleted``, ``votes``, ``overview-edited``, ``tagline-edited``,
            ``season``, ``episode``, ``ended`` or a fact of :data:`WITHHOLDABLE` that got known.
    """

    at: datetime
    kind: str


@dataclass(frozen=True, slots=True)
class Plan:
    """How one title changes.

    Attributes:
        seed: The world's seed.
        window_start: What is older than this shows as it was then.
        added_at: When the platforms first showed the title.
        deleted_at: When they deleted it for good, if ever.
        changes: All changes, ascending, no two at the same instant.
        offers_at: Gives the offers of an instant.
        heat_at: Gives the popularity score of an instant.
    """

    seed: int
    window_start: datetime
    added_at: datetime
    deleted_at: datetime | None
    changes: Sequence[Change]
    offers_at: Callable[[datetime], Offers]
    heat_at: Callable[[datetime], float]


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

    def __init__(self, key: int, complete: TitleView, plan: Plan) -> None:
        """Hold the title as it looks when everything is known, and how it got there."""
        self.key = key
        self.media_type: MediaType = complete.media_type
        self.tmdb_id = complete.tmdb_id
        self.tvmaze_id = complete.tvmaze_id
        self.added_at = plan.added_at
        self.deleted_at = plan.deleted_at
        self.changes: Sequence[datetime] = tuple(change.at for change in plan.changes)
        self.complete = complete
        self._plan = plan
        self._cached: tuple[int, TitleView] | None = None

    def at(self, clock: datetime) -> TitleView | None:
        """Return what the platforms show, or ``None`` before it is added and after it is gone."""
        if clock < self.added_at or (self.deleted_at is not None and clock >= self.deleted_at):
            return None
        revision = bisect_right(self.changes, clock)
        offers = self._plan.offers_at(clock)
        if self._cached is None or self._cached[0] != revision:
            self._cached = (revision, replace(self._revised(revision), offers=offers))
        elif self._cached[1].offers is not offers:
            self._cached = (revision, replace(self._cached[1], offers=offers))
        return self._cached[1]

    def updated_at(self, clock: datetime) -> datetime:
        """Return the last change at or before ``clock`` (``added_at`` if there was none)."""
        position = bisect_right(self.changes, clock)
        return self.changes[position - 1] if position else self.added_at

    def changed_between(self, after: datetime, until: datetime) -> bool:
        """Tell whether a change lies in ``(after, until]``."""
        return bisect_right(self.changes, until) > bisect_right(self.changes, after)

    def _revised(self, revision: int) -> TitleView:
        plan = self._plan
        seen = [change.kind for change in plan.changes[:revision]]
        coming = {change.kind for change in plan.changes[revision:]}
        instant = plan.changes[revision - 1].at if revision else plan.window_start
        complete = self.complete
        noise = 2 * fraction(plan.seed, "votes", self.key, revision) - 1
        age_days = (instant - plan.window_start).total_seconds() / 86400
        view = replace(
            complete,
            imdb_id=None if "imdb_id" in coming else complete.imdb_id,
            overview="" if "overview" in coming else complete.overview,
            runtime=None if "runtime" in coming else complete.runtime,
            poster_path=None if "poster_path" in coming else complete.poster_path,
            popularity=round(plan.heat_at(instant), 4),
            vote_average=_clamped(complete.vote_average + 0.02 * noise, 3),
            vote_count=round(complete.vote_count * (1 + 0.0004 * age_days)),
            seasons=_listed_seasons(complete.seasons, instant),
        )
        edits = seen.count("overview-edited")
        if edits and view.overview:
            view = replace(view, overview=f"{view.overview} (Edited {edits} times.)")
        if "tagline-edited" in coming:
            view = replace(view, tagline="")
        if view.media_type == "tv":
            view = _with_state_of_series(view, instant, ended="ended" not in coming)
        return view


def _with_state_of_series(view: TitleView, instant: datetime, *, ended: bool) -> TitleView:
    today = instant.date()
    started = view.release_date is not None and view.release_date <= today
    average = _average_runtime(view.seasons)
    if not started:
        return replace(
            view,
            status="In Production" if view.seasons else "Planned",
            tvmaze_status="In Development",
            in_production=True,
            release_date=view.release_date if view.seasons else None,
            end_date=None,
            vote_average=0.0,
            vote_count=0,
            rating=None,
            average_runtime=average,
        )
    if view.end_date is not None and view.end_date < today and ended:
        return replace(view, average_runtime=average)
    return replace(
        view,
        status="Returning Series",
        tvmaze_status="Running" if view.in_production or view.end_date else "To Be Determined",
        in_production=True,
        end_date=None,
        average_runtime=average,
    )


def _average_runtime(seasons: Sequence[Season]) -> int | None:
    minutes = [
        episode.runtime
        for season in seasons
        for episode in season.episodes
        if episode.runtime is not None
    ]
    return round(sum(minutes) / len(minutes)) if minutes else None


def _listed_seasons(seasons: Sequence[Season], instant: datetime) -> tuple[Season, ...]:
    today = instant.date()
    listed = []
    for season in seasons:
        if season.premiere is None or (season.premiere - today).days > ANNOUNCED_DAYS:
            continue
        if season.end is not None and (today - season.end).days > 1:
            listed.append(season)
            continue
        episodes = tuple(_known_episode(episode, instant) for episode in season.episodes)
        aired = [episode.vote_average for episode in episodes if episode.vote_average]
        average = round(sum(aired) / len(aired), 1) if aired else 0.0
        listed.append(replace(season, episodes=episodes, vote_average=average))
    return tuple(listed)


def _known_episode(episode: Episode, instant: datetime) -> Episode:
    if episode.airdate is None:
        return episode
    days_ahead = (episode.airdate - instant.date()).days
    if days_ahead < 0:
        return episode
    known = replace(episode, rating=None, vote_average=0.0, vote_count=0)
    if days_ahead > SUMMARY_DAYS:
        known = replace(known, summary=None, still_path=None)
    return known


def _clamped(value: float, digits: int) -> float:
    return round(min(10.0, max(0.0, value)), digits)
