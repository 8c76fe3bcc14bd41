"""TMDB v3 as the developer documentation and recorded answers describe it.

Sources of the behaviour: the official OpenAPI description, developer.themoviedb.org/docs
(authentication, errors, rate limits, append_to_response), recorded answers, and live checks
published by the CauldronUp/cauldron project. The key accepted here is ``sandbox``.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from sandbox.platforms.core import Answer, Call, Endpoint, Limit, Platform, as_json
from sandbox.platforms.tmdb import dictionaries, extras, lists
from sandbox.platforms.tmdb.bodies import (
    detail,
    external_ids,
    provider_rows,
    region_rows,
    row,
    season_body,
    watch_providers,
)
from sandbox.platforms.tmdb.credits import aggregate_credits_body, credits_body
from sandbox.platforms.tmdb.errors import NOT_PLAYED, error, failure, refuse
from sandbox.platforms.tmdb.seasons import seasons

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.platforms.live import Snapshot
    from sandbox.platforms.tmdb.values import Body
    from sandbox.world.model import MediaType, TitleView

ACCESS_TOKEN = "sandbox"  # noqa: S105
MOST_APPENDED = 20
_SEASON = "season/"
_FIND_BY: dict[str, Callable[[TitleView], object]] = {
    "imdb_id": lambda view: view.imdb_id,
    "tvdb_id": lambda view: view.tvdb_id,
    "tvrage_id": lambda view: view.tvrage_id,
    "wikidata_id": lambda view: view.wikidata_id,
}


def _plain(make: Callable[[TitleView], Body]) -> Callable[[TitleView, Snapshot], Body]:
    return lambda view, _: make(view)


_PARTS: dict[MediaType, dict[str, Callable[[TitleView, Snapshot], Body]]] = {
    "movie": {
        "external_ids": _plain(external_ids),
        "watch/providers": _plain(watch_providers),
        "credits": _plain(credits_body),
        "release_dates": extras.release_dates_body,
    },
    "tv": {
        "external_ids": _plain(external_ids),
        "watch/providers": _plain(watch_providers),
        "credits": _plain(credits_body),
        "aggregate_credits": _plain(aggregate_credits_body),
        "content_ratings": _plain(extras.content_ratings_body),
    },
}


def _guard(call: Call) -> Answer | None:
    """Let calls with the key pass; without it every path below /3 is 401, known or not."""
    if not call.path.startswith(("/3/", "/4/")):
        return NOT_PLAYED
    if call.headers.get("authorization") == f"Bearer {ACCESS_TOKEN}":
        return None
    return None if call.query.get("api_key") == ACCESS_TOKEN else error(7)


def _title(call: Call, media_type: MediaType) -> TitleView:
    view = call.snapshot.title(media_type, call.number("id"))
    if view is None:
        raise refuse(34)
    return view


def _detail(media_type: MediaType, call: Call) -> Body:
    """A title with up to 20 appended parts; unknown parts are left out without a word."""
    names = [name for name in (call.query.get("append_to_response") or "").split(",") if name]
    if len(names) > MOST_APPENDED:
        raise refuse(27)
    view = _title(call, media_type)
    body = detail(view, call.snapshot)
    for name in names:
        if name in _PARTS[media_type]:
            body[name] = _PARTS[media_type][name](view, call.snapshot)
        elif media_type == "tv" and name.startswith(_SEASON):
            season = _season_or_none(view, name.removeprefix(_SEASON))
            if season:
                body[name] = season
    return body


def _part(media_type: MediaType, name: str, call: Call) -> Body:
    view = _title(call, media_type)
    return {"id": view.tmdb_id, **_PARTS[media_type][name](view, call.snapshot)}


def _season(call: Call) -> Body:
    body = _season_or_none(_title(call, "tv"), call.values["season"])
    if body is None:
        raise refuse(34)
    return body


def _season_or_none(view: TitleView, number: str) -> Body | None:
    found = [season for season in seasons(view) if str(season.number) == number]
    return season_body(view, found[0]) if found else None


def _providers(media_type: MediaType, call: Call) -> Body:
    return {"results": provider_rows(call.snapshot, media_type, call.query.get("watch_region"))}


def _find(call: Call) -> Body:
    source = call.query.get("external_source") or ""
    results = {media_type: _found(call, media_type, source) for media_type in _PARTS}
    return {
        "movie_results": results["movie"],
        "person_results": [],
        "tv_results": results["tv"],
        "tv_episode_results": [],
        "tv_season_results": [],
    }


def _found(call: Call, media_type: MediaType, source: str) -> list[Body]:
    if source not in _FIND_BY:
        raise refuse(5)
    wanted, identify = call.values["external_id"], _FIND_BY[source]
    return [
        row(view, call.snapshot, typed=True)
        for view in call.snapshot.titles[media_type]
        if str(identify(view)) == wanted
    ]


def _genres(media_type: MediaType, call: Call) -> Body:
    genres = call.snapshot.world.catalogue.genres[media_type]
    names = dictionaries.genre_names(call.query.get("language"))
    return {"genres": [{"id": g.id, "name": names.get(g.id, g.name)} for g in genres]}


def _json(make: Callable[[Call], Body]) -> Endpoint:
    return lambda call: as_json(make(call))


def _same(body: Body) -> Callable[[Call], Body]:
    return lambda _: body


def _rows(body: Any) -> list[Any] | None:
    rows = body.get("results") if isinstance(body, dict) else None
    return rows if isinstance(rows, list) else None


def _regions(call: Call) -> Body:
    return {"results": region_rows(call.snapshot)}


def _no_id(call: Call) -> Body:
    del call
    raise refuse(6)


def _paths() -> dict[str, Callable[[Call], Body]]:
    paths: dict[str, Callable[[Call], Body]] = {
        "/3/authentication": _same(
            {"success": True, "status_code": 1, "status_message": "Success."}
        ),
        "/3/configuration": _same(dictionaries.CONFIGURATION),
        "/3/trending/{media_type}/{window}": lists.trending,
        "/3/find/{external_id}": _find,
        "/3/watch/providers/regions": _regions,
        "/3/movie/now_playing": lists.in_cinemas(-42, 0),
        "/3/movie/upcoming": lists.in_cinemas(1, 28),
        "/3/tv/airing_today": lists.on_air(1),
        "/3/tv/on_the_air": lists.on_air(7),
        "/3/tv/{id:int}/season/{season:int}": _season,
    }
    media_types: tuple[MediaType, ...] = ("movie", "tv")
    for media_type in media_types:
        top = f"/3/{media_type}"
        paths |= {
            f"/3/genre/{media_type}/list": partial(_genres, media_type),
            f"/3/discover/{media_type}": lists.discover(media_type),
            f"/3/watch/providers/{media_type}": partial(_providers, media_type),
            f"{top}/popular": lists.popular(media_type),
            f"{top}/top_rated": lists.top_rated(media_type),
            f"{top}/changes": lists.changes(media_type),
            f"{top}/{{id:int}}": partial(_detail, media_type),
            f"{top}/{{id}}": _no_id,
        }
        for name in _PARTS[media_type]:
            paths[f"{top}/{{id:int}}/{name}"] = partial(_part, media_type, name)
    return paths


PLATFORM = Platform(
    name="tmdb",
    limit=Limit(requests=40, seconds=1),
    headers=(
        ("cache-control", "public, max-age=3600"),
        ("server", "openresty"),
        ("vary", "accept-encoding, Origin"),
    ),
    media_type="application/json;charset=utf-8",
    endpoints={path: _json(make) for path, make in _paths().items()},
    guard=_guard,
    failure=failure,
    rows=_rows,
)
