"""Which titles this platform has, and every offer of each, past and to come.

It has the titles that have an IMDb id, since its answers always hold one; it knows that id even
while TMDB still lacks it. Where and when a title can be watched is the world's: the same days as
on TMDB, cut to the time in which the title is listed at all.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

from sandbox.platforms.live import draw
from sandbox.platforms.streaming_availability.dictionaries import (
    CHANNELS,
    OPTION_TYPES,
    PROVIDERS,
    TYPES,
)
from sandbox.world.offers import OfferPlan

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date

    from sandbox.world import Title, World
    from sandbox.world.offers import OfferWindow

TWICE_SHARE = 0.06
"""Share of offers that are listed twice, with different links (3 of 47 recorded options)."""
_SHORTEST_REVISION, _REVISION_SPREAD = 100 * 86400, 300 * 86400


@dataclass(frozen=True)
class Offer:
    """One way to watch a title in a country.

    Attributes:
        title: The title.
        country: ISO 3166-1 code, lower case.
        service: Id of the service.
        type: Type of the streaming option.
        addon: Id of the addon, if it takes one.
        copy: 0, or 1 for the second of two that differ in their link.
        begins: First instant.
        ends: Planned first instant without it, None if it stays.
    """

    title: Title
    country: str
    service: str
    type: str
    addon: str | None
    copy: int
    begins: datetime
    ends: datetime | None

    @property
    def gone_at(self) -> datetime | None:
        """First instant without it, be it planned or because the title was deleted."""
        deleted = self.title.deleted_at
        if self.ends is None or deleted is None:
            return self.ends or deleted
        return min(self.ends, deleted)

    @cached_property
    def key(self) -> str:
        """A text that names the offer, but for its copy, and is the same at all times."""
        parts = (self.title.key, self.country, self.service, self.type, self.addon)
        return "/".join(map(str, parts))

    def revision(self, instant: datetime) -> int:
        """Count the changes of link, languages, quality and price up to an instant."""
        period, phase = self._rhythm
        return (int(instant.timestamp()) - phase) // period

    def revised(self, first: int, last: int) -> Iterator[int]:
        """Yield when the offer's details changed, from ``first`` to ``last`` (epoch seconds)."""
        period, phase = self._rhythm
        number = -((phase - first) // period)
        while (at := phase + number * period) <= last:
            yield at
            number += 1

    @cached_property
    def _rhythm(self) -> tuple[int, int]:
        period = _SHORTEST_REVISION + int(_REVISION_SPREAD * draw("period", self.key))
        return period, int(period * draw("phase", self.key))


@dataclass(frozen=True, slots=True)
class Item:
    """What an offer lets one watch: a show, a season or an episode.

    Attributes:
        season: Number of the season, None for the show as a whole.
        episode: Number of the episode, None for all of them.
        day: First day of showing, None if that is no matter.
    """

    season: int | None = None
    episode: int | None = None
    day: date | None = None

    def begins(self, offer: Offer) -> datetime:
        """Return when an offer first held it."""
        if self.day is None:
            return offer.begins
        return max(offer.begins, datetime.combine(self.day, time(), UTC))


SHOW = Item()


def seasons_of(title: Title) -> list[Item]:
    """Return all seasons that a series will ever have."""
    seasons = title.complete.seasons
    return [Item(season.number, None, season.premiere) for season in seasons if season.premiere]


def episodes_of(title: Title) -> list[Item]:
    """Return all episodes that a series will ever have; specials are not on this platform."""
    return [
        Item(season.number, episode.number, episode.airdate or season.premiere)
        for season in title.complete.seasons
        if season.premiere
        for episode in season.episodes
        if episode.number is not None
    ]


def show_id(title: Title) -> str:
    """Return this platform's own id of a title: digits, unique over films and series."""
    return str(1000 + 7 * title.key)


class Shelf:
    """The titles of this platform; does not depend on the clock.

    Attributes:
        titles: All titles, also those not yet or no longer there.
        by_id: Titles by this platform's id.
        by_imdb: Titles by IMDb's id.
    """

    def __init__(self, world: World) -> None:
        """Index all titles that have an IMDb id."""
        self._world = world
        self.titles: Sequence[Title] = [t for t in world.catalogue.titles if t.complete.imdb_id]
        self.by_id: Mapping[str, Title] = {show_id(title): title for title in self.titles}
        self.by_imdb: Mapping[str, Title] = {
            title.complete.imdb_id: title for title in self.titles if title.complete.imdb_id
        }
        self._offers: dict[int, Mapping[str, Sequence[Offer]]] = {}

    def offers(self, title: Title) -> Mapping[str, Sequence[Offer]]:
        """Return all offers of a title, past and to come, by country in lower case."""
        found = self._offers.get(title.key)
        if found is None:
            found = self._offers[title.key] = self._offered(title)
        return found

    def _offered(self, title: Title) -> Mapping[str, Sequence[Offer]]:
        world = self._world
        plan = OfferPlan(world.seed, title.key, title.media_type, world.start.date())
        found: dict[str, list[Offer]] = {}
        for window in plan.windows:
            found.setdefault(window.country.lower(), []).extend(_offers(title, window))
        for offers in found.values():
            offers.sort(
                key=lambda o: (o.service, OPTION_TYPES.index(o.type), o.addon or "", o.copy)
            )
        return dict(sorted(found.items()))


@lru_cache(maxsize=2)
def shelf_of(world: World) -> Shelf:
    """Return the shelf of a world, made once."""
    return Shelf(world)


def _offers(title: Title, window: OfferWindow) -> Iterator[Offer]:
    home = PROVIDERS.get(window.service.provider_id)
    if home is None:
        return
    begins = max(window.begins or title.added_at, title.added_at)
    if window.ends is not None and window.ends <= begins:
        return
    ways: list[tuple[str, str, str | None]] = [(home, TYPES[window.monetization], None)]
    ways += [
        (seller, "addon", addon)
        for seller, addon, countries in CHANNELS.get(home, ())
        if window.country in countries
    ]
    country = window.country.lower()
    for service, kind, addon in ways:
        twice = draw("twice", title.key, country, service, kind, addon) < TWICE_SHARE
        for copy in range(1 + twice):
            yield Offer(title, country, service, kind, addon, copy, begins, window.ends)
