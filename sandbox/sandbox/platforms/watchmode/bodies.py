"""Watchmode's bodies for one title, in the shapes of its recorded answers.

Oddities kept: names of genres in another order than their ids; null channels of films; whole
ratings as integers; ``""`` for no trailer; specials as the last season, without a number; a null
TMDB id of some titles, which then have no ``tmdb_type`` either.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.platforms.live import draw
from sandbox.platforms.tmdb.credits import aggregate_credits_body, credits_body
from sandbox.platforms.tmdb.seasons import seasons as tmdb_seasons
from sandbox.platforms.watchmode.dictionaries import GENRE_IDS, Body, network_id
from sandbox.platforms.watchmode.offers import episode_source_rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sandbox.platforms.live import Snapshot
    from sandbox.world.model import TitleView
    from sandbox.world.title import Title

_FIRST_ID = {"movie": 1_000_000, "tv": 3_000_000}
_ID_STEP = 7
_FIRST_PERSON_ID = 7_000_000
_NO_TMDB_ID_SHARE = 0.02
_NO_CRITICS_SHARE = 0.15
_NO_TRAILER_SHARE = 0.2
_SIMILAR = 12
_US_RATINGS = {"movie": ("G", "PG", "PG-13", "R"), "tv": ("TV-PG", "TV-14", "TV-MA", None)}
_CDN = "https://cdn.example.com"


def title_id(title: Title) -> int:
    """Return Watchmode's id of a title, unique over films and series."""
    return _FIRST_ID[title.media_type] + _ID_STEP * title.key


def kind(view: TitleView) -> str:
    """Return Watchmode's word for what a title is."""
    if view.media_type == "movie":
        return "movie"
    return "tv_miniseries" if view.type == "Miniseries" else "tv_series"


def list_row(view: TitleView, number: int) -> Body:
    """Return a title as a row of a list."""
    return {
        "id": number,
        "title": view.title,
        "year": view.release_date.year if view.release_date else None,
        "imdb_id": view.imdb_id,
        **tmdb_ids(view, number),
        "type": kind(view),
    }


def detail(view: TitleView, number: int, snapshot: Snapshot) -> Body:
    """Return a title's detail without appended parts."""
    rated = view.vote_count > 0
    critics = rated and draw("critics", number) >= _NO_CRITICS_SHARE
    ratings = _US_RATINGS[view.media_type]
    trailer = draw("trailer", number) >= _NO_TRAILER_SHARE
    return {
        "id": number,
        "title": view.title,
        "original_title": view.original_title,
        "plot_overview": view.overview,
        "type": kind(view),
        "runtime_minutes": view.runtime,
        "year": view.release_date.year if view.release_date else None,
        "end_year": view.end_date.year if view.end_date else None,
        "release_date": view.release_date.isoformat() if view.release_date else None,
        "imdb_id": view.imdb_id,
        **tmdb_ids(view, number),
        "genres": [GENRE_IDS[genre.id] for genre in view.genres],
        "genre_names": sorted(genre.name for genre in view.genres),
        "user_rating": _number(round(view.vote_average, 1)) if rated else None,
        "critic_score": round(view.vote_average * 10) if critics else None,
        "us_rating": ratings[int(draw("us rating", number) * len(ratings))],
        "poster": _image("posters", number, "poster_w185"),
        "posterMedium": _image("posters", number, "poster_w342"),
        "posterLarge": _image("posters", number, "poster_w780"),
        "backdrop": _image("backdrops", number, "bd_w780") if view.backdrop_path else None,
        "original_language": view.original_language,
        "similar_titles": list(_similar(view, snapshot)),
        "networks": [network_id(one) for one in view.networks] if view.networks else None,
        "network_names": [network.name for network in view.networks],
        "relevance_percentile": _percentile(view.popularity, 3.0),
        "popularity_percentile": _percentile(view.popularity, 5.0),
        "trailer": f"https://videos.example.com/watch?v={number}" if trailer else "",
        "trailer_thumbnail": _image("video_thumbnails", number, "pthumbnail_320")
        if trailer
        else None,
    }


def seasons(view: TitleView) -> list[Body]:
    """Return a series' seasons, the last first and specials at the end; none for films."""
    return [
        {
            "id": season.tmdb_id,
            "poster_url": _image("posters", season.tmdb_id, "season_poster_342"),
            "name": season.name,
            "overview": season.overview or None,
            "number": season.number or None,
            "air_date": season.premiere.isoformat() if season.premiere else None,
            "episode_count": len(season.episodes),
        }
        for season in sorted(tmdb_seasons(view), key=lambda one: one.number, reverse=True)
    ]


def episodes(view: TitleView, sources: Sequence[Body]) -> list[Body]:
    """Return a series' episodes with their offers, given those of the series."""
    return [
        {
            "id": 6_000_000 + item.tmdb_id,
            "name": item.name,
            "episode_number": item.number,
            "season_number": season.number,
            "season_id": season.tmdb_id,
            "tmdb_id": item.tmdb_id,
            "imdb_id": None,
            "thumbnail_url": _image("episode_thumbnails", item.tmdb_id, "thumb_208"),
            "release_date": item.airdate.isoformat() if item.airdate else None,
            "runtime_minutes": item.runtime,
            "overview": item.summary,
            "sources": episode_source_rows(sources, place) if item.vote_count else [],
        }
        for place, season in enumerate(view.seasons, 1)
        for item in season.episodes
        if item.number is not None
    ]


def cast_crew(view: TitleView) -> list[Body]:
    """Return everybody in a title, with one row for each role or job."""
    if view.media_type == "movie":
        body = credits_body(view)
        rows = [(row, "Cast", row["character"], None) for row in body["cast"]]
        rows += [(row, "Crew", row["job"], None) for row in body["crew"]]
    else:
        body = aggregate_credits_body(view)
        rows = [
            (row, "Cast", role["character"], role["episode_count"])
            for row in body["cast"]
            for role in row["roles"]
        ]
        rows += [
            (row, "Crew", job["job"], job["episode_count"])
            for row in body["crew"]
            for job in row["jobs"]
        ]
    return [
        {
            "person_id": _FIRST_PERSON_ID + row["id"],
            "type": part,
            "full_name": row["name"],
            "headshot_url": _image("profiles", row["id"], "profile_185"),
            "role": role,
            "episode_count": count,
            "order": row.get("order"),
        }
        for row, part, role, count in rows
    ]


def tmdb_ids(view: TitleView, number: int) -> Body:
    """Return TMDB's id as Watchmode knows it, or nulls."""
    if draw("no tmdb id", number) < _NO_TMDB_ID_SHARE:
        return {"tmdb_id": None, "tmdb_type": None}
    return {"tmdb_id": view.tmdb_id, "tmdb_type": view.media_type}


def poster(number: int) -> str:
    """Return the address of a title's small poster."""
    return _image("posters", number, "poster_w185")


def _similar(view: TitleView, snapshot: Snapshot) -> Iterator[int]:
    """Yield titles that come after this one in the catalogue, by a step of its own."""
    title = snapshot.index.tmdb[view.media_type, view.tmdb_id]
    titles = snapshot.world.catalogue.titles
    step = 1 + int(draw("similar", title.key) * 50)
    for place in range(1, _SIMILAR + 1):
        other = titles[(title.key + step * place) % len(titles)]
        if other.media_type == view.media_type:
            yield title_id(other)


def _percentile(popularity: float, half: float) -> float:
    return _number(round(100 * popularity / (popularity + half), 2))


def _number(value: float) -> float:
    return int(value) if value == int(value) else value


def _image(folder: str, number: int, form: str) -> str:
    return f"{_CDN}/{folder}/{number:08d}_{form}.jpg"
