"""Watchmode's API, version 1, with an account on the free plan.

Sources of the behaviour: the types of the official client, the documentation (authentication,
errors, credits, rate limit), recorded answers, and live checks published by the CauldronUp/cauldron
project. The key accepted here is ``sandbox``. Addresses work with and without a trailing slash.

Credits are counted per month of the world's clock and process, for answers of 200 only; whether
the service also counts others, and what dictionaries cost (here one credit), is not documented.
Its limit, 120 requests in a minute, is played only when a fault rule of kind ``rate`` asks for it.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from sandbox.platforms.core import Answer, Call, Headers, Limit, Plan, Platform, as_json
from sandbox.platforms.watchmode import bodies, dictionaries, lists
from sandbox.platforms.watchmode.errors import WRONG_KEY, failure, refuse
from sandbox.platforms.watchmode.offers import source_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sandbox.platforms.core import Endpoint
    from sandbox.platforms.watchmode.dictionaries import Body
    from sandbox.world import MediaType, Title, TitleView, World

_KEY = "sandbox"
CREDITS_PER_MONTH = 2_500
_LIMIT = Limit(requests=120, seconds=60)
_PAID_PLANS_ONLY = "This endpoint is available on paid plans only."
_NO_SUCH_CHANGES = "Please set a valid change type method."
_CHANGES = (
    "new_titles",
    "new_people",
    "titles_sources_changed",
    "titles_details_changed",
    "titles_episodes_changed",
)
_TITLE = re.compile(r"/v1/title/([^/]+)/([^/]+)/?")
_TMDB_ID = re.compile(r"(movie|tv)-(\d+)")
_MEDIA_TYPES: Mapping[str, MediaType] = {"movie": "movie", "tv": "tv"}
_FREE_OF_CHARGE = "/v1/status"


def _guard(call: Call) -> Answer | None:
    if call.headers.get("authorization") == f"Bearer {_KEY}":
        return None
    given = (call.headers.get("x-api-key"), call.query.get("apiKey"))
    return None if _KEY in given else WRONG_KEY


@lru_cache(maxsize=2)
def _by_id(world: World) -> Mapping[int, Title]:
    return {bodies.title_id(title): title for title in world.catalogue.titles}


def _title(call: Call) -> tuple[TitleView, int]:
    """Return the title a path names, and Watchmode's id of it."""
    key, snapshot = call.values["id"], call.snapshot
    view: TitleView | None = None
    if found := _TMDB_ID.fullmatch(key):
        view = snapshot.title(_MEDIA_TYPES[found[1]], int(found[2]))
        if view and bodies.tmdb_ids(view, lists.id_of(snapshot, view))["tmdb_id"] is None:
            view = None
    elif key.startswith("tt"):
        views = (view for media in snapshot.titles.values() for view in media)
        view = next((view for view in views if view.imdb_id == key), None)
    elif key.isdecimal() and (title := _by_id(snapshot.world).get(int(key))):
        view = snapshot.of(title)
    if view is None:
        raise refuse(404)
    return view, lists.id_of(snapshot, view)


def _sources(view: TitleView, number: int, call: Call) -> list[Body]:
    return source_rows(view, number, lists.values(call.query, "regions"))


_PARTS: Mapping[str, Callable[[TitleView, int, Call], list[Body]]] = {
    "sources": _sources,
    "seasons": lambda view, _, __: bodies.seasons(view),
    "episodes": lambda view, number, call: bodies.episodes(view, _sources(view, number, call)),
    "cast-crew": lambda view, _, __: bodies.cast_crew(view),
}
_KEYS_OF_PARTS = {"cast-crew": "cast"}


def _detail(call: Call) -> Body:
    """A title with appended parts; unknown parts are left out without a word."""
    view, number = _title(call)
    body = bodies.detail(view, number, call.snapshot)
    for name in lists.values(call.query, "append_to_response"):
        if name in _PARTS:
            body[_KEYS_OF_PARTS.get(name, name)] = _PARTS[name](view, number, call)
    return body


def _part(name: str) -> Endpoint:
    return lambda call: as_json(_PARTS[name](*_title(call), call))


def _status(call: Call) -> Answer:
    answer = as_json({"quota": CREDITS_PER_MONTH, "quotaUsed": call.spent})
    return Answer(answer.status, answer.body, lasts=False)


def _source_dictionary(call: Call) -> Answer:
    query = call.query
    rows = dictionaries.source_rows(lists.values(query, "regions"), lists.values(query, "types"))
    return as_json(rows)


def _changes(call: Call) -> Answer:
    if call.values["kind"] not in _CHANGES:
        raise refuse(400, _NO_SUCH_CHANGES)
    raise refuse(401, _PAID_PLANS_ONLY)


def _cost(call: Call) -> int:
    """A call takes one credit, one more by another id than Watchmode's, and one per part.

    The list of titles takes one per region.
    """
    path = call.path.rstrip("/")
    if path == _FREE_OF_CHARGE:
        return 0
    if path == "/v1/list-titles":
        return max(1, len(lists.values(call.query, "regions")))
    found = _TITLE.fullmatch(call.path)
    if found is None:
        return 1
    parts = set(lists.values(call.query, "append_to_response")) & set(_PARTS)
    appended = len(parts) if found[2] == "details" else 0
    return (1 if found[1].isdecimal() else 2) + appended


def _headers(spent: int, recent: int, status: int) -> Headers:
    if status == 401:  # noqa: PLR2004
        return ()
    left = 0 if status == 429 else max(0, _LIMIT.requests - recent)  # noqa: PLR2004
    return (
        ("x-ratelimit-limit", str(_LIMIT.requests)),
        ("x-ratelimit-remaining", str(left)),
        ("x-account-quota", str(CREDITS_PER_MONTH)),
        ("x-account-quota-used", str(spent)),
    )


def _rows(body: Any) -> list[Any] | None:
    if isinstance(body, dict):
        body = body.get("titles", body.get("releases"))
    return body if isinstance(body, list) else None


_ENDPOINTS: dict[str, Endpoint] = {
    "/v1/status": _status,
    "/v1/sources": _source_dictionary,
    "/v1/regions": lambda _: as_json(dictionaries.region_rows()),
    "/v1/genres": lambda _: as_json(dictionaries.genre_rows()),
    "/v1/networks": lambda _: as_json(dictionaries.network_rows()),
    "/v1/list-titles": lambda call: as_json(lists.list_titles(call)),
    "/v1/releases": lambda call: as_json(lists.releases(call)),
    "/v1/title/{id}/details": lambda call: as_json(_detail(call)),
    **{f"/v1/title/{{id}}/{name}": _part(name) for name in _PARTS},
    "/v1/changes/{kind}": _changes,
}

PLATFORM = Platform(
    name="watchmode",
    limit=_LIMIT,
    headers=(),
    media_type="application/json",
    endpoints=_ENDPOINTS | {f"{path}/": endpoint for path, endpoint in _ENDPOINTS.items()},
    guard=_guard,
    failure=failure,
    rows=_rows,
    plan=Plan(CREDITS_PER_MONTH, _cost, failure(402), _headers),
)
