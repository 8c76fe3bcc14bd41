"""Turns films and generated series into what the platforms would show once all is known."""

# ruff: noqa: PLR2004  (shares of an invented world)

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING

from sandbox.world import words
from sandbox.world.dictionaries import (
    BROADCASTERS,
    COUNTRIES,
    GENRES,
    LANGUAGES,
    WEB_CHANNELS,
)
from sandbox.world.model import Collection, Company, Country, Network, Person, TitleView
from sandbox.world.series import fill, one_of, scrambled
from sandbox.world.streams import stream

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import numpy as np

    from sandbox.world.films import Film
    from sandbox.world.model import Genre, MediaType
    from sandbox.world.series import Story

NO_IMDB_SHARE = {"movie": 0.03, "tv": 0.2}
"""Share of titles whose IMDb id the platforms do not know (TVmaze: 20 % of recorded shows)."""
NO_TVDB_SHARE = 0.19
"""Share of series without a TheTVDB id (recorded shows)."""
NO_TVRAGE_SHARE = 0.27
"""Share of series without a TVRage id (recorded shows)."""
NOT_ON_TVMAZE_SHARE = 0.04
"""Share of series that TVmaze does not have."""
SHARED_TMDB_ID_SHARE = 0.1
"""Share of series whose TMDB id is also that of a film."""
NO_RUNTIME_SHARE = 0.015
NO_RELEASE_DATE_SHARE = 0.01
NO_OVERVIEW_SHARE = 0.03
NO_GENRES_SHARE = 0.01
NO_POSTER_SHARE = 0.02
NO_TAGLINE_SHARE = 0.4
NO_BUDGET_SHARE = 0.45
NO_HOMEPAGE_SHARE = 0.7

_FILM_GENRES = {
    "Sci-Fi": "Science Fiction",
    "Musical": "Music",
    "Biography": "History",
    "Sport": "Drama",
}
_COUNTRY_CODES = {country.name: country.code for country in COUNTRIES.values()} | {
    "Italy": "IT",
    "Czech Republic": "CZ",
    "Ireland": "IE",
    "New Zealand": "NZ",
    "Mexico": "MX",
    "People's Republic of China": "CN",
    "Denmark": "DK",
    "Sweden": "SE",
    "Belgium": "BE",
    "South Africa": "ZA",
    "Hong Kong": "HK",
    "Netherlands": "NL",
    "South Korea": "KR",
    "Poland": "PL",
}
_LANGUAGE_NAMES = {
    "American English": "English",
    "Chinese": "Mandarin",
    "Standard Chinese": "Mandarin",
}
_SERIES_GENRES = (
    ("Drama", 0.5, "Drama"),
    ("Comedy", 0.35, "Comedy"),
    ("Crime", 0.25, "Crime"),
    ("Mystery", 0.2, "Mystery"),
    ("Sci-Fi & Fantasy", 0.2, "Science-Fiction"),
    ("Action & Adventure", 0.2, "Action"),
    ("Animation", 0.1, "Anime"),
    ("Kids", 0.06, "Children"),
    ("Family", 0.08, "Family"),
    ("Documentary", 0.1, "Nature"),
    ("War & Politics", 0.06, "War"),
)
_TYPES = (("Scripted", "Scripted"),) * 7 + (
    ("Documentary", "Documentary"),
    ("Reality", "Reality"),
    ("Talk Show", "Talk Show"),
)
_SEQUEL = re.compile(r"[ :]*(?:Part )?(?:[2-9]|II|III|IV|V|VI)\b.*$")
_ID_SPACE = 1 << 17


def film_tmdb_id(position: int) -> int:
    """Return the invented TMDB id of the film at this position, from 0."""
    return 1 + (position * 7_919 + 603) % _ID_SPACE


def film_views(seed: int, films: Sequence[Film]) -> Iterator[TitleView]:
    """Yield the complete view of each film."""
    collections = _collections(films)
    for position, film in enumerate(films):
        random = stream(seed, "film", position)
        draws: list[float] = random.random(12).tolist()
        slug = film.imdb_id
        countries = tuple(_COUNTRY_CODES[name] for name in film.countries if name in _COUNTRY_CODES)
        spoken = [_LANGUAGE_NAMES.get(name, name) for name in film.languages]
        languages = tuple(LANGUAGES[name] for name in dict.fromkeys(spoken) if name in LANGUAGES)
        genre = film.genres[0].lower()
        plot = one_of(words.FILM_PLOTS, random).format(
            genre=genre,
            year=film.year,
            director=film.director or "an unknown director",
            adjective=one_of(words.ADJECTIVES, random).lower(),
        )
        yield TitleView(
            media_type="movie",
            tmdb_id=film_tmdb_id(position),
            tvmaze_id=None,
            imdb_id=None if draws[0] < NO_IMDB_SHARE["movie"] else film.imdb_id,
            tvdb_id=None,
            tvrage_id=None,
            wikidata_id=f"Q{100_000 + scrambled(position)}" if draws[1] < 0.9 else None,
            title=film.name,
            original_title=film.name,
            overview="" if draws[2] < NO_OVERVIEW_SHARE else plot,
            tagline=""
            if draws[3] < NO_TAGLINE_SHARE
            else fill(one_of(words.TAGLINES, random), random),
            status="Released",
            tvmaze_status="",
            type="",
            tvmaze_type="",
            release_date=None if draws[4] < NO_RELEASE_DATE_SHARE else film.released,
            end_date=None,
            in_production=False,
            runtime=None if draws[5] < NO_RUNTIME_SHARE else film.runtime,
            average_runtime=None,
            genres=() if draws[6] < NO_GENRES_SHARE else _film_genres(film),
            tvmaze_genres=(),
            original_language=languages[0].code if languages else "en",
            spoken_languages=languages,
            origin_countries=countries[:2],
            popularity=0.0,
            vote_average=round(min(9.4, 1.2 + 0.8 * (film.critics or 6.0)), 3),
            vote_count=int(20 + film.reviews**1.8 * (0.6 + 0.8 * draws[7])),
            rating=None,
            weight=0,
            budget=0 if draws[8] < NO_BUDGET_SHARE else 500_000 * int(4 + 300 * draws[8] ** 3),
            revenue=film.box_office,
            homepage="" if draws[9] < NO_HOMEPAGE_SHARE else f"https://films.example.com/{slug}",
            poster_path=None if draws[10] < NO_POSTER_SHARE else f"/poster{position}.jpg",
            backdrop_path=None if draws[11] < 0.06 else f"/backdrop{position}.jpg",
            adult=False,
            softcore=False,
            video=False,
            collection=collections.get(position),
            companies=tuple(_film_company(name, countries) for name in film.companies[:4]),
            networks=(),
            created_by=(),
            schedule_time="",
            schedule_days=(),
            dvd_country=None,
            seasons=(),
            offers={},
        )


def series_views(seed: int, stories: Sequence[Story], films: Sequence[Film]) -> Iterator[TitleView]:
    """Yield the complete view of each series."""
    for position, story in enumerate(stories):
        random = stream(seed, "show", position)
        draws: list[float] = random.random(16).tolist()
        sure = random.random(len(_SERIES_GENRES))
        genre_rows = [row for row, x in zip(_SERIES_GENRES, sure, strict=True) if x < row[1]]
        genre_rows = genre_rows[:3] or [_SERIES_GENRES[0]]
        kind, tvmaze_kind = _TYPES[int(draws[0] * len(_TYPES))]
        networks = _networks(draws[1], draws[2], at_once=not story.airtime)
        home = next((network.country for network in networks if network.country), None)
        last = story.seasons[-1]
        shares_id = draws[3] < SHARED_TMDB_ID_SHARE and position * 4 < len(films)
        rating = round(5.8 + 3.2 * draws[4], 1)
        language = _language_of(home)
        yield TitleView(
            media_type="tv",
            tmdb_id=film_tmdb_id(position * 4 if shares_id else len(films) + position),
            tvmaze_id=None if draws[5] < NOT_ON_TVMAZE_SHARE else 1 + position * 5 // 2,
            imdb_id=None if draws[6] < NO_IMDB_SHARE["tv"] else f"tt{99_000_000 + position * 37}",
            tvdb_id=None if draws[7] < NO_TVDB_SHARE else 400_000 + position * 11,
            tvrage_id=None if draws[8] < NO_TVRAGE_SHARE else 20_000 + position * 3,
            wikidata_id=f"Q{9_000_000 + position * 13}" if draws[9] < 0.7 else None,
            title=story.name,
            original_title=story.name,
            overview="" if draws[10] < NO_OVERVIEW_SHARE else story.plot,
            tagline="" if draws[11] < 0.6 else fill(one_of(words.TAGLINES, random), random),
            status="Ended" if draws[12] < 0.7 else "Canceled",
            tvmaze_status="Ended",
            type="Miniseries" if len(story.seasons) == 1 and story.ends else kind,
            tvmaze_type=tvmaze_kind,
            release_date=story.seasons[0].premiere,
            end_date=last.end if story.ends else None,
            in_production=draws[13] < 0.8,
            runtime=story.minutes if draws[14] > 0.1 else None,
            average_runtime=story.minutes,
            genres=() if draws[15] < NO_GENRES_SHARE else _series_genres(genre_rows),
            tvmaze_genres=() if draws[15] < 0.06 else tuple(row[2] for row in genre_rows),
            original_language=language,
            spoken_languages=tuple(some for some in LANGUAGES.values() if some.code == language),
            origin_countries=(home.code,) if home else (),
            popularity=0.0,
            vote_average=round(rating + 0.2 * draws[13], 3),
            vote_count=int(10 + 3000 * draws[12] ** 3),
            rating=rating if draws[11] < 0.8 else None,
            weight=int(100 * draws[9]),
            budget=0,
            revenue=0,
            homepage="" if draws[8] < 0.5 else f"https://series.example.com/{position}",
            poster_path=None if draws[7] < NO_POSTER_SHARE else f"/show{position}.jpg",
            backdrop_path=None if draws[6] < 0.06 else f"/showback{position}.jpg",
            adult=False,
            softcore=False,
            video=False,
            collection=None,
            companies=(_series_company(position, home),),
            networks=networks,
            created_by=_creators(random, position),
            schedule_time=story.airtime,
            schedule_days=(story.weekday,) if story.weekday else (),
            dvd_country=COUNTRIES["US"] if draws[5] > 0.97 else None,
            seasons=story.seasons,
            offers={},
        )


def _genre(media_type: MediaType, name: str) -> Genre | None:
    return next((genre for genre in GENRES[media_type] if genre.name == name), None)


def _film_genres(film: Film) -> tuple[Genre, ...]:
    names = dict.fromkeys(_FILM_GENRES.get(name, name) for name in film.genres)
    return tuple(genre for name in names if (genre := _genre("movie", name)))


def _series_genres(rows: Sequence[tuple[str, float, str]]) -> tuple[Genre, ...]:
    return tuple(genre for row in rows if (genre := _genre("tv", row[0])))


def _collections(films: Sequence[Film]) -> Mapping[int, Collection]:
    members: dict[str, list[int]] = defaultdict(list)
    for position, film in enumerate(films):
        members[_SEQUEL.sub("", film.name)].append(position)
    groups = [(name, found) for name, found in members.items() if name and len(found) > 1]
    return {
        position: Collection(
            id=80_000 + number,
            name=f"{name} Collection",
            poster_path=f"/collection{number}.jpg" if number % 3 else None,
            backdrop_path=f"/collectionback{number}.jpg" if number % 4 else None,
        )
        for number, (name, found) in enumerate(groups)
        for position in found
    }


def _film_company(name: str, countries: Sequence[str]) -> Company:
    number = sum(ord(letter) * 31**place for place, letter in enumerate(name)) % 90_000
    return Company(
        id=1 + number,
        name=name,
        logo_path=f"/company{number}.png" if number % 3 else None,
        origin_country=countries[0] if countries and number % 5 else "",
    )


def _series_company(position: int, home: Country | None) -> Company:
    number = position % len(words.COMPANIES)
    logo = f"/company{number}.png" if number % 3 else None
    return Company(100_000 + number, words.COMPANIES[number], logo, home.code if home else "")


def _networks(which: float, mix: float, *, at_once: bool) -> tuple[Network, ...]:
    broadcaster = BROADCASTERS[int(which * len(BROADCASTERS))]
    channel = WEB_CHANNELS[int(which * len(WEB_CHANNELS))]
    if mix < 0.02:
        return ()
    if mix < 0.05:
        return (broadcaster, channel)
    return (channel,) if at_once else (broadcaster,)


def _language_of(home: Country | None) -> str:
    return home.language if home else "en"


def _creators(random: np.random.Generator, position: int) -> tuple[Person, ...]:
    return tuple(
        Person(
            id=500_000 + position * 3 + number,
            name=f"{one_of(words.GIVEN_NAMES, random)} {one_of(words.FAMILY_NAMES, random)}",
            credit_id=f"{position:012x}{number:012x}",
            gender=int(random.random() * 3),
            profile_path=None if random.random() < 0.5 else f"/person{position}{number}.jpg",
        )
        for number in range(int(random.random() * 3))
    )
