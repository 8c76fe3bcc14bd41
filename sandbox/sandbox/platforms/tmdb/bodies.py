"""TMDB's bodies for one title, in the shapes of its recorded answers.

Oddities kept: ``""`` for unknown dates, texts and origins; ``null`` images; whole votes as
integers; runtime 0 for unknown; ``episode_run_time`` mostly empty; genres as ids in lists and
as objects in details; ``softcore`` in bodies of 2026 only (it appeared between 2025-12-24 and
2026-06-13); no IMDb id in a series' detail.
"""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import chain
from typing import TYPE_CHECKING

from sandbox.platforms.live import draw
from sandbox.platforms.tmdb.credits import episode_people
from sandbox.platforms.tmdb.seasons import seasons
from sandbox.platforms.tmdb.values import Body, day, hexadecimal, number, slug

if TYPE_CHECKING:
    from sandbox.platforms.live import Snapshot
    from sandbox.world.model import Episode, MediaType, Season, Service, TitleView

_SOFTCORE_SINCE = datetime(2026, 4, 1, tzinfo=UTC)


def marks(view: TitleView, snapshot: Snapshot) -> Body:
    """Return the marks of restricted titles."""
    if snapshot.clock < _SOFTCORE_SINCE:
        return {"adult": view.adult}
    return {"adult": view.adult, "softcore": view.softcore}


def row(view: TitleView, snapshot: Snapshot, *, typed: bool = False) -> Body:
    """Return a title as a row of a list, with its media type where lists may mix them."""
    body: Body = {
        **marks(view, snapshot),
        "backdrop_path": view.backdrop_path,
        "genre_ids": [genre.id for genre in view.genres],
        "id": view.tmdb_id,
        "original_language": view.original_language,
        "overview": view.overview,
        "popularity": view.popularity,
        "poster_path": view.poster_path,
        "vote_average": number(view.vote_average),
        "vote_count": view.vote_count,
    }
    if typed:
        body["media_type"] = view.media_type
    if view.media_type == "movie":
        body |= {
            "title": view.title,
            "original_title": view.original_title,
            "release_date": day(view.release_date),
            "video": view.video,
        }
    else:
        body |= {
            "name": view.title,
            "original_name": view.original_title,
            "first_air_date": day(view.release_date),
            "origin_country": list(view.origin_countries),
        }
    return body


def detail(view: TitleView, snapshot: Snapshot) -> Body:
    """Return a title's detail without appended parts."""
    common: Body = {
        **marks(view, snapshot),
        "backdrop_path": view.backdrop_path,
        "genres": [{"id": genre.id, "name": genre.name} for genre in view.genres],
        "homepage": view.homepage,
        "id": view.tmdb_id,
        "origin_country": list(view.origin_countries),
        "original_language": view.original_language,
        "overview": view.overview,
        "popularity": view.popularity,
        "poster_path": view.poster_path,
        "production_companies": [
            {
                "id": company.id,
                "logo_path": company.logo_path,
                "name": company.name,
                "origin_country": company.origin_country,
            }
            for company in view.companies
        ],
        "production_countries": [
            {"iso_3166_1": code, "name": _country_name(snapshot, code)}
            for code in view.origin_countries
        ],
        "spoken_languages": [
            {
                "english_name": language.english_name,
                "iso_639_1": language.code,
                "name": language.name,
            }
            for language in view.spoken_languages
        ],
        "status": view.status,
        "tagline": view.tagline,
        "vote_average": number(view.vote_average),
        "vote_count": view.vote_count,
    }
    return common | (_film(view) if view.media_type == "movie" else _series(view, snapshot))


def _film(view: TitleView) -> Body:
    collection = view.collection
    return {
        "belongs_to_collection": collection
        and {
            "id": collection.id,
            "name": collection.name,
            "poster_path": collection.poster_path,
            "backdrop_path": collection.backdrop_path,
        },
        "budget": view.budget,
        "imdb_id": view.imdb_id,
        "original_title": view.original_title,
        "release_date": day(view.release_date),
        "revenue": view.revenue,
        "runtime": view.runtime or 0,
        "title": view.title,
        "video": view.video,
    }


def _series(view: TitleView, snapshot: Snapshot) -> Body:
    today = snapshot.known_until("tv", view.tmdb_id)
    regular = [season for season in seasons(view) if season.number > 0]
    told = [(season, episode) for season in regular for episode in season.episodes]
    dated = [(season, item) for season, item in told if item.airdate is not None]
    dated.sort(key=lambda pair: (pair[1].airdate, pair[0].number, pair[1].number))
    aired = [pair for pair in dated if pair[1].airdate and pair[1].airdate <= today]
    coming = dated[len(aired) :]
    runtimes = draw("episode_run_time", view.tmdb_id) < 0.3 and view.runtime  # noqa: PLR2004
    return {
        "created_by": [
            {
                "id": person.id,
                "credit_id": person.credit_id,
                "name": person.name,
                "original_name": person.name,
                "gender": person.gender,
                "profile_path": person.profile_path,
            }
            for person in view.created_by
        ],
        "episode_run_time": [runtimes] if runtimes else [],
        "first_air_date": day(view.release_date),
        "in_production": view.in_production,
        "languages": [language.code for language in view.spoken_languages],
        "last_air_date": day(aired[-1][1].airdate) if aired else None,
        "last_episode_to_air": _episode(view, *aired[-1]) if aired else None,
        "name": view.title,
        "next_episode_to_air": _episode(view, *coming[0]) if coming else None,
        "networks": networks(view),
        "number_of_episodes": len(told),
        "number_of_seasons": len(regular),
        "original_name": view.original_title,
        "seasons": [
            {
                "air_date": day(season.premiere) or None,
                "episode_count": len(season.episodes),
                "id": season.tmdb_id,
                "name": season.name,
                "overview": season.overview,
                "poster_path": season.poster_path,
                "season_number": season.number,
                "vote_average": number(season.vote_average),
            }
            for season in seasons(view)
        ],
        "type": view.type,
    }


def networks(view: TitleView) -> list[Body]:
    """Return a series' channels; global ones have the origin ``""``."""
    return [
        {
            "id": network.tmdb_id,
            "logo_path": network.logo_path,
            "name": network.name,
            "origin_country": network.country.code if network.country else "",
        }
        for network in view.networks
    ]


def _episode(view: TitleView, season: Season, episode: Episode) -> Body:
    last = season.number > 0 and season.episodes[-1].tmdb_id == episode.tmdb_id
    return {
        "id": episode.tmdb_id,
        "name": episode.name,
        "overview": episode.summary or "",
        "vote_average": number(episode.vote_average),
        "vote_count": episode.vote_count,
        "air_date": day(episode.airdate),
        "episode_number": episode.number,
        "episode_type": "finale" if last else "standard",
        "production_code": "",
        "runtime": episode.runtime,
        "season_number": season.number,
        "show_id": view.tmdb_id,
        "still_path": episode.still_path,
    }


def season_body(view: TitleView, season: Season) -> Body:
    """Return a season with its episodes."""
    return {
        "_id": hexadecimal("season", season.tmdb_id),
        "air_date": day(season.premiere) or None,
        "episodes": [
            {**_episode(view, season, episode), **episode_people(view, episode)}
            for episode in season.episodes
        ],
        "name": season.name,
        "networks": networks(view),
        "overview": season.overview,
        "id": season.tmdb_id,
        "poster_path": season.poster_path,
        "season_number": season.number,
        "vote_average": number(season.vote_average),
    }


def external_ids(view: TitleView) -> Body:
    """Return a title's ids elsewhere; social handles may be null or ``""``."""
    handle = slug(view.title).replace("-", "")
    known = draw("social", view.media_type, view.tmdb_id)
    body: Body = {"imdb_id": view.imdb_id}
    if view.media_type == "tv":
        body |= {
            "freebase_mid": None,
            "freebase_id": None,
            "tvdb_id": view.tvdb_id,
            "tvrage_id": view.tvrage_id,
        }
    return body | {
        "wikidata_id": view.wikidata_id,
        "facebook_id": handle if known < 0.4 else ("" if known < 0.5 else None),  # noqa: PLR2004
        "instagram_id": handle if known < 0.3 else None,  # noqa: PLR2004
        "twitter_id": handle if known < 0.35 else None,  # noqa: PLR2004
    }


def watch_providers(view: TitleView) -> Body:
    """Return a title's offers: an object keyed by country, without prices."""
    page = f"https://www.themoviedb.org/{view.media_type}/{view.tmdb_id}-{slug(view.title)}/watch"
    return {
        "results": {
            country: {
                "link": f"{page}?locale={country}",
                **{
                    monetization: [_offer(service, country) for service in services]
                    for monetization, services in offers.items()
                },
            }
            for country, offers in view.offers.items()
        }
    }


def _offer(service: Service, country: str) -> Body:
    return {
        "logo_path": service.logo_path,
        "provider_id": service.provider_id,
        "provider_name": service.name,
        "display_priority": service.display_priorities[country],
    }


def provider_rows(snapshot: Snapshot, media_type: MediaType, region: str | None) -> list[Body]:
    """Return the dictionary of services for a media type, in one region or all."""
    return [
        {
            "display_priorities": dict(service.display_priorities),
            "display_priority": min(service.display_priorities.values(), default=0),
            "logo_path": service.logo_path,
            "provider_name": service.name,
            "provider_id": service.provider_id,
        }
        for service in snapshot.world.catalogue.services
        if media_type in service.media_types
        and (region is None or region in service.display_priorities)
    ]


def region_rows(snapshot: Snapshot) -> list[Body]:
    """Return the countries in which there are offers."""
    countries = snapshot.world.catalogue.countries
    served = chain.from_iterable(
        service.display_priorities for service in snapshot.world.catalogue.services
    )
    return [
        {
            "iso_3166_1": code,
            "english_name": countries[code].name,
            "native_name": countries[code].native_name,
        }
        for code in sorted(set(served) & countries.keys())
    ]


def _country_name(snapshot: Snapshot, code: str) -> str:
    country = snapshot.world.catalogue.countries.get(code)
    return country.name if country else code
