"""Where a title can be watched: offers of services per country, as windows of days."""

# ruff: noqa: PLR2004  (shares of an invented world)

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import cached_property
from typing import TYPE_CHECKING

from sandbox.world.dictionaries import COUNTRIES, SERVICES
from sandbox.world.model import MONETIZATIONS
from sandbox.world.streams import stream

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np

    from sandbox.world.model import MediaType, Monetization, Offers, Service

NOWHERE_SHARE = 0.04
"""Share of titles that no service offers anywhere."""
COUNTRY_SHARE = 0.8
"""Share of countries in which a title's services have it."""
PERMANENT_SHARE = 0.6
"""Share of offers that neither begin nor end within two years of the start."""
_ALWAYS, _FOREVER = date.min.toordinal(), date.max.toordinal()
_SUBSCRIPTIONS = tuple(service for service in SERVICES if "flatrate" in service.monetizations)
_OPEN = tuple(s for s in SERVICES if "ads" in s.monetizations or "free" in s.monetizations)
_SHOPS = tuple(service for service in SERVICES if "rent" in service.monetizations)


@dataclass(frozen=True, slots=True)
class OfferWindow:
    """The time in which a service offers a title in a country in one way.

    Attributes:
        country: ISO 3166-1 code.
        monetization: How it is offered.
        service: Who offers it.
        first_day: First day of the offer (proleptic ordinal, UTC).
        end_day: First day without it.
    """

    country: str
    monetization: Monetization
    service: Service
    first_day: int
    end_day: int

    @property
    def begins(self) -> datetime | None:
        """First instant of the offer, None if it was always there."""
        return None if self.first_day == _ALWAYS else _midnight(self.first_day)

    @property
    def ends(self) -> datetime | None:
        """First instant without the offer, None if it stays."""
        return None if self.end_day == _FOREVER else _midnight(self.end_day)


class OfferPlan:
    """All offers of one title, past and to come.

    Offers begin and end at midnight UTC, with no regard to the title's change instants.
    """

    def __init__(self, seed: int, key: int, media_type: MediaType, start: date) -> None:
        """Remember the key; windows are drawn when first asked for."""
        self._seed = seed
        self._key = key
        self._media_type = media_type
        self._start = start.toordinal()
        self._cached: tuple[int, Offers] | None = None

    def at(self, clock: datetime) -> Offers:
        """Return the offers of the clock's day; the same object until they change."""
        day = clock.toordinal()
        epoch = bisect_right(self._edges, day)
        if self._cached is None or self._cached[0] != epoch:
            self._cached = (epoch, _arranged(self.windows, day))
        return self._cached[1]

    @cached_property
    def _edges(self) -> list[int]:
        return sorted({day for w in self.windows for day in (w.first_day, w.end_day)})

    @cached_property
    def windows(self) -> tuple[OfferWindow, ...]:
        """All offers of the title, by country."""
        random = stream(self._seed, "offers", self._key)
        windows: list[OfferWindow] = []
        if random.random() < NOWHERE_SHARE:
            return ()
        homes = {int(len(_SUBSCRIPTIONS) * x**1.4) for x in random.random(1 + self._key % 3)}
        opens = {int(len(_OPEN) * x) for x in random.random(self._key % 2)}
        shops = set(range(len(_SHOPS))) if random.random() < 0.75 else set()
        for country in COUNTRIES:
            chosen = [_SUBSCRIPTIONS[i] for i in sorted(homes)] + [_OPEN[i] for i in sorted(opens)]
            chosen += [_SHOPS[i] for i in sorted(shops)]
            for service in chosen:
                here = country in service.display_priorities
                if here and random.random() < COUNTRY_SHARE:
                    first, end = self._span(random)
                    windows += [
                        OfferWindow(country, monetization, service, first, end)
                        for monetization in service.monetizations
                        if self._media_type in service.media_types
                    ]
        return tuple(windows)

    def _span(self, random: np.random.Generator) -> tuple[int, int]:
        draws = random.random(3)
        if draws[0] < PERMANENT_SHARE:
            return _ALWAYS, _FOREVER
        first = self._start - 600 + int(900 * draws[1])
        return first, first + 90 + int(500 * draws[2])


def _midnight(day: int) -> datetime:
    return datetime.combine(date.fromordinal(day), time(), UTC)


def _arranged(windows: Sequence[OfferWindow], day: int) -> Offers:
    found: dict[str, dict[Monetization, list[Service]]] = {}
    for window in windows:
        if window.first_day <= day < window.end_day:
            kinds = found.setdefault(window.country, {})
            kinds.setdefault(window.monetization, []).append(window.service)
    return {
        country: {
            kind: sorted(kinds[kind], key=lambda s: (s.display_priorities[country], s.provider_id))
            for kind in MONETIZATIONS
            if kind in kinds
        }
        for country, kinds in sorted(found.items())
    }
