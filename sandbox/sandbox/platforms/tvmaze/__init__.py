"""TVmaze's public API as its documentation (tvmaze.com/api) and recorded answers describe it.

No key is needed. Its limit, at least 20 calls in 10 seconds, is played only when a fault rule
of kind ``rate`` asks for it.
"""

from __future__ import annotations

from datetime import date, timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from sandbox.platforms.core import (
    Answer,
    Call,
    Endpoint,
    Limit,
    Platform,
    Query,
    RefusalError,
    as_json,
)
from sandbox.platforms.tvmaze import bodies

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sandbox.platforms.live import Snapshot
    from sandbox.platforms.tvmaze.bodies import Body
    from sandbox.world.model import Network, Season, TitleView

PAGE_IDS = 250
_SINCE = {"day": 1, "week": 7, "month": 30}
_NOBODY = ("cast", "crew", "akas", "images")
_LOOKUPS: dict[str, Callable[[TitleView], object]] = {
    "imdb": lambda view: view.imdb_id,
    "thetvdb": lambda view: view.tvdb_id,
    "tvrage": lambda view: view.tvrage_id,
}


def _failure(status: int, message: str = "") -> Answer:
    """Return TVmaze's error body; the one for 404 was recorded."""
    body = {"name": _phrase(status), "message": message, "code": 0, "status": status}
    return as_json(body, status)


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Error"


def _refuse(status: int, message: str = "") -> RefusalError:
    return RefusalError(_failure(status, message))


def _show(call: Call) -> TitleView:
    view = call.snapshot.show(call.number("id"))
    if view is None:
        raise _refuse(404)
    return view


def _index(call: Call) -> Answer:
    """One page of the index: the ids from 250·N to 250·N+249, however few; 404 after the end."""
    text = call.query.get("page") or "0"
    shows = call.snapshot.shows
    if not text.isdecimal() or not shows or int(text) > max(shows) // PAGE_IDS:
        raise _refuse(404)
    ids = range(int(text) * PAGE_IDS, (int(text) + 1) * PAGE_IDS)
    return as_json([bodies.show(shows[key], call.snapshot) for key in ids if key in shows])


def _detail(call: Call) -> Answer:
    """One show, with what ``embed`` or ``embed[]`` asks for; an unknown one is 400."""
    view = _show(call)
    body = bodies.show(view, call.snapshot)
    embedded = {name: _embedded(call.snapshot, view, name) for name in _embeds(call.query)}
    if embedded:
        body["_embedded"] = embedded
    return as_json(body)


def _embeds(query: Query) -> list[str]:
    names = query.every("embed", "embed[]")
    for name in names:
        if name not in (*_NOBODY, "episodes", "seasons", "nextepisode", "previousepisode"):
            raise _refuse(400, f"Invalid embed: {name}")
    return names


def _embedded(snapshot: Snapshot, view: TitleView, name: str) -> Any:
    if name == "episodes":
        return [bodies.episode(view, *pair) for pair in bodies.listed(view)]
    if name == "seasons":
        return _season_bodies(view)
    if name in _NOBODY:
        return []
    before, after = bodies.neighbours(view, snapshot)
    pair = before if name == "previousepisode" else after
    return bodies.episode(view, *pair) if pair else None


def _episodes(call: Call) -> Answer:
    """All episodes of a show; specials only with ``specials=1``."""
    view = _show(call)
    specials = call.query.get("specials") == "1"
    return as_json([bodies.episode(view, *p) for p in bodies.listed(view, specials=specials)])


def _seasons(call: Call) -> Answer:
    return as_json(_season_bodies(_show(call)))


def _season_bodies(view: TitleView) -> list[Body]:
    return [bodies.season(view, season) for season in view.seasons]


def _nobody(call: Call) -> Answer:
    _show(call)
    return as_json([])


def _season(call: Call) -> Answer:
    view, season = _found_season(call)
    return as_json(bodies.season(view, season))


def _season_episodes(call: Call) -> Answer:
    """The episodes of one season; specials are always among them."""
    view, season = _found_season(call)
    return as_json([bodies.episode(view, season, item) for item in season.episodes])


def _found_season(call: Call) -> tuple[TitleView, Season]:
    number = call.number("id")
    for view in call.snapshot.shows.values():
        for season in view.seasons:
            if season.tvmaze_id == number:
                return view, season
    raise _refuse(404)


def _episode(call: Call) -> Answer:
    number = call.number("id")
    for view in call.snapshot.shows.values():
        for season, item in bodies.listed(view, specials=True):
            if item.tvmaze_id == number:
                return as_json(bodies.episode(view, season, item))
    raise _refuse(404)


def _updates(call: Call) -> Answer:
    """When each show last changed; its episodes' and seasons' changes count as its own."""
    snapshot, since = call.snapshot, call.query.get("since")
    if since and since not in _SINCE:
        raise _refuse(400, f"Invalid since: {since}")
    least = 0.0
    if since:
        least = (snapshot.clock - timedelta(days=_SINCE[since])).timestamp()
    times = {str(key): snapshot.updated(key) for key in snapshot.shows}
    return as_json({key: at for key, at in times.items() if at >= least})


def _lookup(call: Call) -> Answer:
    """A redirect to the show with an id elsewhere, or 404."""
    for name, identify in _LOOKUPS.items():
        wanted = call.query.get(name)
        if not wanted:
            continue
        for number, view in call.snapshot.shows.items():
            if str(identify(view)) == wanted:
                location = f"{call.base_url}/shows/{number}"
                return Answer(301, b"", headers=(("location", location),))
    raise _refuse(404)


def _schedule(call: Call) -> Answer:
    """What broadcasters of one country (default US) show on one day, shows under ``show``."""
    country = call.query.get("country") or "US"
    return as_json(
        [
            {**body, "show": bodies.show(view, call.snapshot)}
            for view, network, body in _shown(call, is_web=False)
            if network.country and network.country.code == country
        ]
    )


def _web_schedule(call: Call) -> Answer:
    """What web channels show on one day, shows under ``_embedded.show``.

    Without ``country`` all channels, with an empty one the global, with a code the local ones.
    """
    country = call.query.get("country")
    return as_json(
        [
            {**body, "_embedded": {"show": bodies.show(view, call.snapshot)}}
            for view, network, body in _shown(call, is_web=True)
            if country is None or (network.country.code if network.country else "") == country
        ]
    )


def _shown(call: Call, *, is_web: bool) -> Iterator[tuple[TitleView, Network, Body]]:
    day = _day(call)
    for view in call.snapshot.shows.values():
        carrier = bodies.carriers(view)[is_web]
        if carrier is None:
            continue
        for season, item in bodies.listed(view, specials=True):
            if item.airdate == day:
                yield view, carrier, bodies.episode(view, season, item)


def _day(call: Call) -> date:
    text = call.query.get("date")
    if not text:
        return call.snapshot.clock.date()
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise _refuse(400, f"Invalid date: {text}") from error


def _rows(body: Any) -> list[Any] | None:
    return body if isinstance(body, list) else None


_ENDPOINTS: dict[str, Endpoint] = {
    "/shows": _index,
    "/shows/{id:int}": _detail,
    "/shows/{id:int}/episodes": _episodes,
    "/shows/{id:int}/seasons": _seasons,
    **{f"/shows/{{id:int}}/{name}": _nobody for name in _NOBODY},
    "/seasons/{id:int}": _season,
    "/seasons/{id:int}/episodes": _season_episodes,
    "/episodes/{id:int}": _episode,
    "/updates/shows": _updates,
    "/lookup/shows": _lookup,
    "/schedule": _schedule,
    "/schedule/web": _web_schedule,
}

PLATFORM = Platform(
    name="tvmaze",
    limit=Limit(requests=20, seconds=10),
    headers=(("cache-control", "public, max-age=3600"), ("server", "nginx")),
    media_type="application/json; charset=UTF-8",
    endpoints=_ENDPOINTS,
    guard=lambda _: None,
    failure=_failure,
    rows=_rows,
)
