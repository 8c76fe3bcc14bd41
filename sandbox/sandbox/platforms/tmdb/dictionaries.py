"""TMDB's fixed texts: image sizes, and genre names in another language than English."""

from __future__ import annotations

from typing import Any

CONFIGURATION: dict[str, Any] = {
    "change_keys": [
        "adult",
        "air_date",
        "biography",
        "budget",
        "cast",
        "episode",
        "genres",
        "homepage",
        "images",
        "overview",
        "release_dates",
        "runtime",
        "season",
        "status",
        "tagline",
        "title",
        "translations",
        "videos",
    ],
    "images": {
        "base_url": "http://image.tmdb.org/t/p/",
        "secure_base_url": "https://image.tmdb.org/t/p/",
        "backdrop_sizes": ["w300", "w780", "w1280", "original"],
        "logo_sizes": ["w45", "w92", "w154", "w185", "w300", "w500", "original"],
        "poster_sizes": ["w92", "w154", "w185", "w342", "w500", "w780", "original"],
        "profile_sizes": ["w45", "w185", "h632", "original"],
        "still_sizes": ["w92", "w185", "w300", "original"],
    },
}

_GENRES_IN_GERMAN = {
    12: "Abenteuer",
    18: "Drama",
    35: "Komödie",
    36: "Historie",
    80: "Krimi",
    99: "Dokumentarfilm",
    10402: "Musik",
    10749: "Liebesfilm",
    10751: "Familie",
    10752: "Kriegsfilm",
    10770: "TV-Film",
}


def genre_names(language: str | None) -> dict[int, str]:
    """Return genre names that differ from English in a language (``de`` only), by genre id."""
    return _GENRES_IN_GERMAN if (language or "").split("-")[0] == "de" else {}
