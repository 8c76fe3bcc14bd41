"""Offers of one title as Watchmode's rows: one per service, country, way of paying and quality."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.platforms.live import draw
from sandbox.platforms.watchmode.dictionaries import (
    ENABLED_REGIONS,
    OFFER_TYPES,
    SOURCES,
    Body,
    Source,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sandbox.world.model import TitleView

NO_DEEP_LINKS = "Deeplinks available for paid plans only."
NO_EPISODE_LINKS = "Episode links available for paid plans only."
_4K_SHARE = 0.25
"""Share of offers that come in 4K: as their only quality of a subscription, or as one more."""
_LACKING_SHARE = 0.15
"""Share of a series' offers that lack its last season."""
_PRICES = {
    ("movie", "rent"): {"SD": 2.99, "HD": 3.99, "4K": 4.99},
    ("movie", "buy"): {"SD": 9.99, "HD": 12.99, "4K": 16.99},
    ("tv", "rent"): {"SD": 0.99, "HD": 1.49, "4K": 1.99},
    ("tv", "buy"): {"SD": 1.99, "HD": 2.99, "4K": 3.99},
}
_CHEAPER = 1.0


def offers(view: TitleView) -> Iterator[tuple[str, str, Source]]:
    """Yield country, type and service of what the account may see of a title's offers."""
    for country in ENABLED_REGIONS:
        for monetization, services in view.offers.get(country, {}).items():
            for service in services:
                yield country, OFFER_TYPES[monetization], SOURCES[service.provider_id]


def source_rows(view: TitleView, number: int, regions: Sequence[str] = ()) -> list[Body]:
    """Return a title's offers, in some regions only if any are given.

    Args:
        view: The title.
        number: Watchmode's id of it.
        regions: Codes of countries.
    """
    return [
        row
        for country, kind, source in offers(view)
        if not regions or country in regions
        for row in _rows(view, number, country, kind, source)
    ]


def episode_source_rows(rows: Sequence[Body], season: int) -> list[Body]:
    """Return the offers of an episode: those of the series that reach to its season."""
    return [
        {
            **{key: row[key] for key in row if key not in ("seasons", "episodes", "price")},
            "web_url": NO_EPISODE_LINKS,
            "price": None,
        }
        for row in rows
        if season <= (row["seasons"] or 0)
    ]


def _rows(view: TitleView, number: int, country: str, kind: str, source: Source) -> Iterator[Body]:
    chance = draw("offer", number, country, kind, source.id)
    link = f"https://watch.example.com/{country.lower()}/{source.id}/{number}"
    seasons, episodes = _extent(view, chance)
    for quality in _formats(kind, chance):
        yield {
            "source_id": source.id,
            "name": source.name,
            "type": kind,
            "region": country,
            "ios_url": NO_DEEP_LINKS,
            "android_url": NO_DEEP_LINKS,
            "web_url": link,
            "format": quality,
            "price": _price(view, kind, quality, chance),
            "seasons": seasons,
            "episodes": episodes,
        }


def _formats(kind: str, chance: float) -> tuple[str, ...]:
    if kind in ("rent", "buy"):
        return ("SD", "HD", "4K") if chance < _4K_SHARE else ("SD", "HD")
    return ("4K",) if chance < _4K_SHARE else ("HD",)


def _price(view: TitleView, kind: str, quality: str, chance: float) -> float | None:
    prices = _PRICES.get((view.media_type, kind))
    if prices is None:
        return None
    cheaper = _CHEAPER if view.media_type == "movie" and chance * 10 % 1 < _4K_SHARE else 0.0
    return round(prices[quality] - cheaper, 2)


def _extent(view: TitleView, chance: float) -> tuple[int | None, int | None]:
    """Return how many seasons and episodes of a series an offer holds."""
    if view.media_type == "movie":
        return None, None
    counts = [
        sum(item.number is not None and item.vote_count > 0 for item in season.episodes)
        for season in view.seasons
    ]
    shown = [count for count in counts if count]
    if len(shown) > 1 and chance > 1 - _LACKING_SHARE:
        shown = shown[:-1]
    return len(shown), sum(shown)
