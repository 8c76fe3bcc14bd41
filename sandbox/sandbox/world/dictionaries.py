"""Fixed dictionaries: genres, countries, languages, services and networks.

Genre ids and names are TMDB's, provider ids those of TMDB's provider dictionary
(https://developer.themoviedb.org/reference). Networks and companies are invented.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.world.model import Country, Genre, Language, Network, Service

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sandbox.world.model import MediaType, Monetization

GENRES: Mapping[MediaType, Sequence[Genre]] = {
    "movie": tuple(
        Genre(number, name)
        for number, name in (
            (28, "Action"),
            (12, "Adventure"),
            (16, "Animation"),
            (35, "Comedy"),
            (80, "Crime"),
            (99, "Documentary"),
            (18, "Drama"),
            (10751, "Family"),
            (14, "Fantasy"),
            (36, "History"),
            (27, "Horror"),
            (10402, "Music"),
            (9648, "Mystery"),
            (10749, "Romance"),
            (878, "Science Fiction"),
            (10770, "TV Movie"),
            (53, "Thriller"),
            (10752, "War"),
            (37, "Western"),
        )
    ),
    "tv": tuple(
        Genre(number, name)
        for number, name in (
            (10759, "Action & Adventure"),
            (16, "Animation"),
            (35, "Comedy"),
            (80, "Crime"),
            (99, "Documentary"),
            (18, "Drama"),
            (10751, "Family"),
            (10762, "Kids"),
            (9648, "Mystery"),
            (10763, "News"),
            (10764, "Reality"),
            (10765, "Sci-Fi & Fantasy"),
            (10766, "Soap"),
            (10767, "Talk"),
            (10768, "War & Politics"),
            (37, "Western"),
        )
    ),
}

COUNTRIES: Mapping[str, Country] = {
    country.code: country
    for country in (
        Country("US", "United States", "United States", "America/New_York", "en", "USD"),
        Country("GB", "United Kingdom", "United Kingdom", "Europe/London", "en", "GBP"),
        Country("DE", "Germany", "Deutschland", "Europe/Berlin", "de", "EUR"),
        Country("FR", "France", "France", "Europe/Paris", "fr", "EUR"),
        Country("ES", "Spain", "España", "Europe/Madrid", "es", "EUR"),
        Country("BR", "Brazil", "Brasil", "America/Sao_Paulo", "pt", "BRL"),
        Country("IN", "India", "India", "Asia/Kolkata", "en", "INR"),
        Country("JP", "Japan", "日本", "Asia/Tokyo", "ja", "JPY"),
        Country("AU", "Australia", "Australia", "Australia/Sydney", "en", "AUD"),
        Country("CA", "Canada", "Canada", "America/Toronto", "en", "CAD"),
    )
}

LANGUAGES: Mapping[str, Language] = {
    name: Language(code, name, own)
    for code, name, own in (
        ("en", "English", "English"),
        ("fr", "French", "Français"),
        ("es", "Spanish", "Español"),
        ("de", "German", "Deutsch"),
        ("it", "Italian", "Italiano"),
        ("ja", "Japanese", "日本語"),
        ("ko", "Korean", "한국어/조선말"),
        ("pt", "Portuguese", "Português"),
        ("hi", "Hindi", "हिन्दी"),
        ("cn", "Cantonese", "广州话 / 廣州話"),
        ("zh", "Mandarin", "普通话"),
        ("sv", "Swedish", "svenska"),
        ("da", "Danish", "Dansk"),
        ("ru", "Russian", ""),
        ("he", "Hebrew", "עִבְרִית"),
        ("fa", "Persian", "فارسی"),
        ("ar", "Arabic", "العربية"),
        ("th", "Thai", "ภาษาไทย"),
        ("nl", "Dutch", "Nederlands"),
        ("pl", "Polish", "Polski"),
    )
}

_SUBSCRIPTION: tuple[Monetization, ...] = ("flatrate",)
_SHOP: tuple[Monetization, ...] = ("rent", "buy")
_EVERYWHERE = tuple(COUNTRIES)
_BOTH: tuple[MediaType, ...] = ("movie", "tv")


def _service(
    provider_id: int,
    name: str,
    monetizations: tuple[Monetization, ...],
    countries: Sequence[str] = _EVERYWHERE,
    media_types: tuple[MediaType, ...] = _BOTH,
) -> Service:
    return Service(
        provider_id=provider_id,
        name=name,
        logo_path=f"/provider{provider_id}.jpg",
        display_priorities={
            code: (provider_id * 7 + position * 3) % 40 for position, code in enumerate(countries)
        },
        monetizations=monetizations,
        media_types=media_types,
    )


SERVICES: Sequence[Service] = (
    _service(8, "Netflix", _SUBSCRIPTION),
    _service(9, "Amazon Prime Video", _SUBSCRIPTION),
    _service(337, "Disney Plus", _SUBSCRIPTION),
    _service(350, "Apple TV+", _SUBSCRIPTION),
    _service(15, "Hulu", _SUBSCRIPTION, ("US",)),
    _service(531, "Paramount Plus", _SUBSCRIPTION, ("US", "GB", "DE", "FR", "BR", "AU", "CA")),
    _service(1899, "HBO Max", _SUBSCRIPTION, ("US", "ES", "FR", "BR")),
    _service(386, "Peacock Premium", _SUBSCRIPTION, ("US",)),
    _service(300, "Pluto TV", ("ads",), ("US", "GB", "DE", "FR", "ES", "BR", "CA")),
    _service(73, "Tubi TV", ("ads",), ("US", "AU", "CA")),
    _service(38, "BBC iPlayer", ("free",), ("GB",)),
    _service(234, "Arte", ("free",), ("DE", "FR"), ("movie", "tv")),
    _service(2, "Apple TV", _SHOP),
    _service(3, "Google Play Movies", _SHOP),
    _service(10, "Amazon Video", _SHOP, ("US", "GB", "DE", "FR", "JP", "CA")),
)


def _network(
    number: int, name: str, country: str | None, site: str | None, *, is_web: bool = False
) -> Network:
    return Network(
        tmdb_id=7000 + number,
        tvmaze_id=number,
        name=name,
        country=COUNTRIES[country] if country else None,
        official_site=site,
        is_web=is_web,
        logo_path=f"/network{number}.png" if number % 4 else None,
    )


BROADCASTERS: Sequence[Network] = (
    _network(1, "Channel Meridian", "US", "https://meridian.example.com"),
    _network(2, "Atlas Broadcasting", "US", None),
    _network(3, "Harbour Television", "GB", "https://harbour.example.org"),
    _network(4, "Erstes Nordlicht", "DE", "https://nordlicht.example.net"),
    _network(5, "Canal Lumière", "FR", None),
    _network(6, "Teleoeste", "ES", "https://teleoeste.example.com"),
    _network(7, "Rede Aurora", "BR", None),
    _network(8, "Indus Screen", "IN", "https://indus.example.net"),
    _network(9, "Sakura Hoso", "JP", None),
    _network(10, "Southern Cross Nine", "AU", "https://cross.example.com"),
    _network(11, "Maple Network", "CA", "https://maple.example.org"),
)

WEB_CHANNELS: Sequence[Network] = (
    _network(1, "Brightwave", None, "https://brightwave.example.com", is_web=True),
    _network(2, "Loop Originals", None, None, is_web=True),
    _network(3, "Northstar Stream", None, "https://northstar.example.net", is_web=True),
    _network(4, "Papaya Play", "BR", "https://papaya.example.com", is_web=True),
    _network(5, "Kiosk+", "DE", None, is_web=True),
    _network(6, "Velvet Room", "US", "https://velvet.example.org", is_web=True),
)
