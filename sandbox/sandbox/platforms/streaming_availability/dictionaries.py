"""Fixed dictionaries: services, addons, genres, languages and prices.

Ids are those of the official description and of the services' pages there. What the world has
and this platform does not cover (Google Play, Arte) is not listed, so its offers are missing here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sandbox.world.dictionaries import COUNTRIES, SERVICES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass(frozen=True, slots=True)
class Brand:
    """A service or an addon, as this platform names it.

    Attributes:
        id: Its id.
        name: Its name.
        home_page: Its address.
        color: Theme colour, ``#`` and six hex digits.
    """

    id: str
    name: str
    home_page: str
    color: str


BRANDS: Mapping[str, Brand] = {
    brand.id: brand
    for brand in (
        Brand("netflix", "Netflix", "https://www.netflix.com/", "#E50914"),
        Brand("prime", "Prime Video", "https://www.amazon.com/", "#00A8E1"),
        Brand("disney", "Disney+", "https://www.disneyplus.com/", "#01137c"),
        Brand("apple", "Apple TV", "https://tv.apple.com/", "#000000"),
        Brand("hulu", "Hulu", "https://www.hulu.com/", "#1DE883"),
        Brand("paramount", "Paramount+", "https://www.paramountplus.com/", "#0064FF"),
        Brand("hbo", "HBO Max", "https://www.hbomax.com/", "#002BE7"),
        Brand("peacock", "Peacock", "https://www.peacocktv.com/", "#000000"),
        Brand("plutotv", "Pluto TV", "https://pluto.tv/", "#000000"),
        Brand("tubi", "Tubi", "https://tubitv.com/", "#7408FF"),
        Brand("iplayer", "BBC iPlayer", "https://www.bbc.co.uk/iplayer", "#FF4C98"),
    )
}
"""Services by id."""

PROVIDERS: Mapping[int, str] = {
    8: "netflix",
    9: "prime",
    10: "prime",
    337: "disney",
    350: "apple",
    2: "apple",
    15: "hulu",
    531: "paramount",
    1899: "hbo",
    386: "peacock",
    300: "plutotv",
    73: "tubi",
    38: "iplayer",
}
"""TMDB's provider id to the service's id. A service and its shop are two providers there."""

TYPES: Mapping[str, str] = {
    "flatrate": "subscription",
    "free": "free",
    "ads": "free",
    "rent": "rent",
    "buy": "buy",
}
"""The world's monetization to the type of a streaming option."""

OPTION_TYPES = ("addon", "buy", "rent", "free", "subscription")

ADDONS: Mapping[tuple[str, str], Brand] = {
    ("hulu", "hbo"): Brand("hbo", "HBO Max", "https://www.hulu.com/hbo-max", "#002BE7"),
    ("prime", "hbomaxus"): Brand(
        "hbomaxus", "HBO Max", "https://www.amazon.com/channel/hbomaxus", "#002BE7"
    ),
    ("prime", "paramountplus"): Brand(
        "paramountplus",
        "Paramount+",
        "https://www.amazon.com/channel/paramountplus",
        "#0064FF",
    ),
}
"""Service and addon id to the addon, which is a channel of another service."""

CHANNELS: Mapping[str, Sequence[tuple[str, str, Sequence[str]]]] = {
    "hbo": (("hulu", "hbo", ("US",)), ("prime", "hbomaxus", ("US",))),
    "paramount": (("prime", "paramountplus", ("US", "GB", "DE", "FR", "CA")),),
}
"""Service to where else its subscription is sold: service, addon id, countries."""

WITH_TOP_LIST = ("netflix", "prime", "disney", "apple", "hbo", "crunchyroll")
WITH_UPCOMING = ("apple", "disney", "hbo", "netflix", "prime", "mubi")

GENRES: Mapping[str, str] = {
    "action": "Action",
    "adventure": "Adventure",
    "animation": "Animation",
    "comedy": "Comedy",
    "crime": "Crime",
    "documentary": "Documentary",
    "drama": "Drama",
    "family": "Family",
    "fantasy": "Fantasy",
    "history": "History",
    "horror": "Horror",
    "music": "Music",
    "mystery": "Mystery",
    "news": "News",
    "reality": "Reality",
    "romance": "Romance",
    "scifi": "Science Fiction",
    "talk": "Talk Show",
    "thriller": "Thriller",
    "war": "War",
    "western": "Western",
}
"""Genre id to English name."""

_GENRES_OF: Mapping[str, Sequence[str]] = {
    "Science Fiction": ("scifi",),
    "Action & Adventure": ("action", "adventure"),
    "Kids": ("family",),
    "Sci-Fi & Fantasy": ("scifi", "fantasy"),
    "Soap": ("drama",),
    "War & Politics": ("war",),
    "TV Movie": (),
}

LANGUAGES: Mapping[str, str] = {
    "en": "eng",
    "fr": "fra",
    "es": "spa",
    "de": "deu",
    "it": "ita",
    "ja": "jpn",
    "ko": "kor",
    "pt": "por",
    "hi": "hin",
    "cn": "zho",
    "zh": "zho",
    "sv": "swe",
    "da": "dan",
    "ru": "rus",
    "he": "heb",
    "fa": "fas",
    "ar": "ara",
    "th": "tha",
    "nl": "nld",
    "pl": "pol",
}
"""TMDB's language code to the three letters of a locale."""

REGIONS: Mapping[str, str] = {"por": "BRA", "spa": "419", "eng": "GBR"}
"""Region that a locale of a language may have: a country, or an area by its UN M49 number."""

PRICE_LEVELS: Mapping[str, float] = {
    "USD": 1.0,
    "GBP": 0.9,
    "EUR": 1.0,
    "BRL": 5.0,
    "INR": 40.0,
    "JPY": 130.0,
    "AUD": 1.5,
    "CAD": 1.3,
}
"""Currency to the number of its units that stands for one US dollar in a price list."""


def genres_of(names: Sequence[str]) -> list[str]:
    """Translate names of TMDB's genres to ids of this platform, each once."""
    found = [id_ for name in names for id_ in _GENRES_OF.get(name, (name.lower(),))]
    return list(dict.fromkeys(found))


def _offered(country: str) -> dict[str, list[tuple[str, str | None]]]:
    """Find the services of a country, most prominent first, with their types and addons."""
    found: dict[str, list[tuple[str, str | None]]] = {}
    here = [service for service in SERVICES if country in service.display_priorities]
    for service in sorted(here, key=lambda some: some.display_priorities[country]):
        home = PROVIDERS.get(service.provider_id)
        if home is None:
            continue
        ways = found.setdefault(home, [])
        ways += [(TYPES[kind], None) for kind in service.monetizations]
        for seller, addon, countries in CHANNELS.get(home, ()):
            if country in countries:
                found.setdefault(seller, []).append(("addon", addon))
    return found


OFFERED: Mapping[str, Mapping[str, Sequence[tuple[str, str | None]]]] = {
    code.lower(): _offered(code) for code in COUNTRIES
}
"""Country code in lower case to service to its types of options, addons with their id."""
