"""Watchmode's own ids of services, genres, regions and channels.

Ids of services and genres are Watchmode's where an answer of it was recorded, else invented.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sandbox.world.dictionaries import BROADCASTERS, COUNTRIES, GENRES, SERVICES, WEB_CHANNELS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sandbox.world.model import Monetization, Network

Body = dict[str, Any]

ENABLED_REGIONS = ("US", "GB", "DE")
"""The countries of the account; the free plan has three. Offers elsewhere are not shown to it."""
_TIER_ONE = ("US", "GB", "CA", "AU")
_WEB_CHANNEL_IDS = 100
_DOUBLED_REGIONS = 6
"""Services in more countries than this name some of them twice, once in lower case (recorded)."""


@dataclass(frozen=True, slots=True)
class Source:
    """A service as Watchmode has it.

    Attributes:
        id: Watchmode's source id.
        name: Watchmode's name, often another than TMDB's.
        type: ``sub``, ``free`` or ``purchase``; offers of the latter are ``rent`` or ``buy``.
        regions: Codes of the countries served.
    """

    id: int
    name: str
    type: str
    regions: Sequence[str]


_NAMES: Mapping[int, tuple[int, str]] = {
    8: (203, "Netflix"),
    9: (26, "Amazon Prime"),
    337: (372, "Disney+"),
    350: (371, "AppleTV+"),
    15: (157, "Hulu"),
    531: (444, "Paramount+"),
    1899: (387, "HBO MAX"),
    386: (389, "Peacock Premium"),
    300: (391, "Pluto TV"),
    73: (296, "Tubi TV"),
    38: (601, "BBC iPlayer"),
    234: (602, "ARTE"),
    2: (349, "iTunes"),
    3: (140, "Google Play"),
    10: (24, "Amazon"),
}
OFFER_TYPES: Mapping[Monetization, str] = {
    "flatrate": "sub",
    "free": "free",
    "ads": "free",
    "rent": "rent",
    "buy": "buy",
}
SOURCES: Mapping[int, Source] = {
    service.provider_id: Source(
        *_NAMES[service.provider_id],
        type="purchase"
        if "rent" in service.monetizations
        else OFFER_TYPES[service.monetizations[0]],
        regions=tuple(service.display_priorities),
    )
    for service in SERVICES
}
"""Services by TMDB's provider id."""

_GENRE_IDS = {
    "Action": 1,
    "Adventure": 2,
    "Animation": 3,
    "Comedy": 4,
    "Crime": 5,
    "Documentary": 6,
    "Drama": 7,
    "Family": 8,
    "Fantasy": 9,
    "History": 10,
    "Horror": 11,
    "Music": 12,
    "Mystery": 13,
    "Romance": 14,
    "Science Fiction": 15,
    "TV Movie": 16,
    "Thriller": 17,
    "War": 18,
    "Western": 19,
    "Soap": 20,
    "Kids": 21,
    "News": 22,
    "Reality": 23,
    "Talk": 24,
    "Action & Adventure": 39,
    "Sci-Fi & Fantasy": 40,
    "War & Politics": 41,
}
_NOT_OF_TMDB = {33: "Anime"}
GENRE_IDS: Mapping[int, int] = {
    genre.id: _GENRE_IDS[genre.name] for genres in GENRES.values() for genre in genres
}
"""Watchmode's genre id by TMDB's."""


def genre_rows() -> list[Body]:
    """Return the genres; one is unknown to TMDB."""
    names = {genre.id: genre.name for genres in GENRES.values() for genre in genres}
    rows = [
        {"id": number, "name": names[tmdb_id], "tmdb_id": tmdb_id}
        for tmdb_id, number in GENRE_IDS.items()
    ]
    rows += [{"id": key, "name": name, "tmdb_id": None} for key, name in _NOT_OF_TMDB.items()]
    return sorted(rows, key=lambda row: row["id"])


def source_rows(regions: Sequence[str], types: Sequence[str]) -> list[Body]:
    """Return the services in any of some regions and of any of some types; none given: all."""
    kinds = {"purchase" if kind in ("rent", "buy") else kind for kind in types}
    return [
        _source_row(source)
        for source in SOURCES.values()
        if (not regions or set(regions) & set(source.regions))
        and (not kinds or source.type in kinds)
    ]


def _source_row(source: Source) -> Body:
    name = source.name.lower().replace(" ", "").replace("+", "plus")
    doubled = source.regions[::3] if len(source.regions) > _DOUBLED_REGIONS else ()
    has_app = source.id % 4 > 0
    return {
        "id": source.id,
        "name": source.name,
        "type": source.type,
        "logo_100px": f"https://cdn.example.com/provider_logos/{name}_100px.png",
        "ios_appstore_url": f"https://apps.example.com/app/{name}" if has_app else None,
        "android_playstore_url": f"https://play.example.com/apps/{name}" if has_app else None,
        "android_scheme": name,
        "ios_scheme": name,
        "regions": [*source.regions, *(code.lower() for code in doubled)],
    }


def region_rows() -> list[Body]:
    """Return the countries, and which of them the account may ask for."""
    return [
        {
            "country": code,
            "name": country.name,
            "flag": f"https://cdn.example.com/misc_images/icons/flag{code}.png",
            "data_tier": 1 if code in _TIER_ONE else 2,
            "plan_enabled": code in ENABLED_REGIONS,
        }
        for code, country in COUNTRIES.items()
    ]


def network_id(network: Network) -> int:
    """Return Watchmode's id of a channel."""
    return network.tvmaze_id + (_WEB_CHANNEL_IDS if network.is_web else 0)


def network_rows() -> list[Body]:
    """Return the channels; global ones have no country."""
    return [
        {
            "id": network_id(network),
            "name": network.name,
            "origin_country": network.country.code if network.country else None,
            "tmdb_id": network.tmdb_id,
        }
        for network in (*BROADCASTERS, *WEB_CHANNELS)
    ]
