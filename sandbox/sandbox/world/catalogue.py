"""Builds the catalogue of a world: real films, generated series, and how they change."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np

from sandbox.world.changes import DAYS_AFTER_START, DAYS_BEFORE_START, plan_changes
from sandbox.world.dictionaries import COUNTRIES, GENRES, SERVICES
from sandbox.world.films import known_films
from sandbox.world.heat import Heat, News
from sandbox.world.model import Catalogue
from sandbox.world.offers import OfferPlan
from sandbox.world.series import make_stories
from sandbox.world.streams import stream
from sandbox.world.title import Plan, Title
from sandbox.world.views import film_views, series_views

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date, datetime

    from sandbox.world.films import Film
    from sandbox.world.model import TitleView
    from sandbox.world.series import Story

NEWS_DAYS = 12
"""Days that a title stays in the news after an event."""


@dataclass(frozen=True)
class Library:
    """The catalogue and what only this package needs to know about it.

    Attributes:
        catalogue: What everyone sees.
        films: Facts of the films, in the order of the first titles.
        stories: Facts of the series, in the order of the titles after the films.
        heat: Popularity by day; its index is a title's key minus one.
    """

    catalogue: Catalogue
    films: Sequence[Film]
    stories: Sequence[Story]
    heat: Heat


def build_library(seed: int, start: datetime, titles: int) -> Library:
    """Make all titles of the world that has this seed, start and number of titles.

    Five of six are films, as far as there are real ones; the others are series.
    """
    films = known_films(titles * 5 // 6)
    stories = make_stories(seed, start.date(), titles - len(films))
    views = [*film_views(seed, films), *series_views(seed, stories, films)]
    lifetimes = [plan_changes(seed, key, view, start) for key, view in enumerate(views, 1)]
    news = _news(views, [lifetime.added_at for lifetime in lifetimes], start.date())
    heat = Heat(seed, _prominence(seed, len(films), len(stories)), news)
    made = []
    for key, (view, lifetime) in enumerate(zip(views, lifetimes, strict=True), 1):
        plan = Plan(
            seed=seed,
            window_start=start - timedelta(days=DAYS_BEFORE_START),
            added_at=lifetime.added_at,
            deleted_at=lifetime.deleted_at,
            changes=lifetime.changes,
            offers_at=OfferPlan(seed, key, view.media_type, start.date()).at,
            heat_at=_heat_of(heat, key - 1),
        )
        made.append(Title(key, view, plan))
    catalogue = Catalogue(titles=tuple(made), services=SERVICES, genres=GENRES, countries=COUNTRIES)
    return Library(catalogue, films, stories, heat)


def _heat_of(heat: Heat, index: int) -> Callable[[datetime], float]:
    return lambda instant: heat.of_title(index, instant.toordinal())


def _prominence(
    seed: int, films: int, stories: int
) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    random = stream(seed, "prominence")
    return np.concatenate(
        [np.arange(films) / films + 0.7 * random.random(films), 0.05 + 1.2 * random.random(stories)]
    )


def _news(views: Sequence[TitleView], added: Sequence[datetime], start: date) -> list[News]:
    first = start.toordinal() - 120
    last = start.toordinal() + DAYS_AFTER_START
    news = []
    for index, (view, added_at) in enumerate(zip(views, added, strict=True)):
        days = [added_at.toordinal()]
        days += [
            episode.airdate.toordinal()
            for season in view.seasons
            for episode in season.episodes
            if episode.airdate
        ]
        news += [
            News(index, day, day + NEWS_DAYS) for day in sorted(set(days)) if first <= day <= last
        ]
    return news
