"""Builds the catalogue of a world."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sandbox.world.dictionaries import (
    BROADCASTERS,
    COUNTRIES,
    GENRES,
    LANGUAGES,
    SERVICES,
    WEB_CHANNELS,
)
from sandbox.world.model import Catalogue, Episode, Season, TitleView
from sandbox.world.title import Title

if TYPE_CHECKING:
    from datetime import datetime


def build_catalogue(seed: int, start: datetime) -> Catalogue:
    """Make all titles of the world that has this seed and start."""
    titles = [_provisional(seed, key, start) for key in range(1, 61)]
    return Catalogue(titles=titles, services=SERVICES, genres=GENRES, countries=COUNTRIES)


def _provisional(seed: int, key: int, start: datetime) -> Title:
    film = key <= 40
    seasons = (
        ()
        if film
        else tuple(
            Season(
                tmdb_id=key * 100 + number,
                tvmaze_id=key * 10 + number,
                number=number,
                name=f"Season {number}",
                premiere=start.date() - timedelta(days=400 - number * 100),
                end=start.date() - timedelta(days=350 - number * 100),
                overview="",
                vote_average=7.1,
                poster_path=None,
                episodes=tuple(
                    Episode(
                        tmdb_id=key * 1000 + number * 20 + n,
                        tvmaze_id=key * 900 + number * 20 + n,
                        number=n if n < 8 else None,
                        name=f"Episode {n}",
                        type="regular" if n < 8 else "significant_special",
                        airdate=start.date() - timedelta(days=400 - number * 100 - n * 7),
                        airtime="20:00",
                        runtime=44,
                        rating=7.5 if n % 2 else None,
                        vote_average=7.0,
                        vote_count=11,
                        summary=None,
                        still_path=None,
                    )
                    for n in range(1, 9)
                ),
            )
            for number in (1, 2)
        )
    )
    view = TitleView(
        media_type="movie" if film else "tv",
        tmdb_id=1000 + key if film else 1000 + key - 40,
        tvmaze_id=None if film else key - 40,
        imdb_id=f"tt{9000000 + key}" if key % 5 else None,
        tvdb_id=None if film or key % 4 == 0 else 300000 + key,
        tvrage_id=None,
        wikidata_id=f"Q{key * 31}" if key % 3 else None,
        title=f"Provisional {key}",
        original_title=f"Provisional {key}",
        overview="" if key % 9 == 0 else "A provisional title.",
        tagline="",
        status="Released" if film else "Returning Series",
        tvmaze_status="" if film else "Running",
        type="" if film else "Scripted",
        tvmaze_type="" if film else "Scripted",
        release_date=None if key % 11 == 0 else start.date() - timedelta(days=30 * key),
        end_date=None,
        in_production=not film,
        runtime=None if key % 13 == 0 else 95,
        average_runtime=44,
        genres=(GENRES["movie" if film else "tv"][key % 10],),
        tvmaze_genres=() if film or key % 7 == 0 else ("Drama",),
        original_language="en",
        spoken_languages=(LANGUAGES["English"],),
        origin_countries=("US",),
        popularity=100.0 / key + seed % 3,
        vote_average=7.123,
        vote_count=100 + key,
        rating=None if key % 4 == 0 else 7.2,
        weight=90 - key,
        budget=0,
        revenue=0,
        homepage="",
        poster_path="/p.jpg",
        backdrop_path=None,
        adult=False,
        softcore=False,
        video=False,
        collection=None,
        companies=(),
        networks=() if film else (BROADCASTERS[key % 11], WEB_CHANNELS[key % 6])[: key % 3],
        created_by=(),
        schedule_time="" if key % 4 == 0 else "20:00",
        schedule_days=("Monday",),
        dvd_country=None,
        seasons=seasons,
        offers={
            "US": {"flatrate": SERVICES[:2], "rent": SERVICES[-3:]},
            "DE": {"buy": SERVICES[-2:]},
        },
    )
    changes = [start + timedelta(days=d, hours=key % 24) for d in range(-30 + key % 10, 365, 10)]
    return Title(key, view, start - timedelta(days=400), None, changes)
