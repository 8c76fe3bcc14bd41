"""Movie of the Night's Streaming Availability API, version 4, as its official description says.

The paths are those of the description, without ``/v4``. Either of its two key headers is accepted,
with the key ``sandbox``. Of its limit only the number is documented for the free plan, 1,000
requests a month; it is played only when a fault rule of kind ``rate`` asks for it. Not played:
the search by title. Texts are in English, whatever language is asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.platforms.core import Answer, Call, Endpoint, Limit, Platform, as_json
from sandbox.platforms.streaming_availability import bodies, changes, parameters, search
from sandbox.platforms.streaming_availability.dictionaries import GENRES, OFFERED
from sandbox.platforms.streaming_availability.errors import failure, refuse
from sandbox.platforms.streaming_availability.shelf import Shelf, shelf_of, show_id

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.world import MediaType, Title

_KEY = "sandbox"
_KEY_HEADERS = ("x-api-key", "x-rapidapi-key")


def _guard(call: Call) -> Answer | None:
    if _KEY in [call.headers.get(name) for name in _KEY_HEADERS]:
        return None
    return failure(401, "Invalid API key")


def _countries(call: Call) -> Answer:
    parameters.check_language(call.query)
    return as_json({code: bodies.country(code) for code in OFFERED})


def _country(call: Call) -> Answer:
    parameters.check_language(call.query)
    code = call.values["country_code"]
    if code not in OFFERED:
        raise refuse(404)
    return as_json(bodies.country(code))


def _genres(call: Call) -> Answer:
    parameters.check_language(call.query)
    return as_json([bodies.genre(key) for key in GENRES])


def _own_or_imdb(call: Call, shelf: Shelf) -> Title | None:
    key = call.values["id"]
    return shelf.by_id.get(key) or shelf.by_imdb.get(key)


def _of_tmdb(media_type: MediaType) -> Callable[[Call, Shelf], Title | None]:
    def find(call: Call, shelf: Shelf) -> Title | None:
        title = call.snapshot.index.tmdb.get((media_type, call.number("id")))
        return shelf.by_id.get(show_id(title)) if title else None

    return find


def _show(find: Callable[[Call, Shelf], Title | None]) -> Endpoint:
    """Make the endpoint of one show, with all seasons and episodes unless asked otherwise."""

    def endpoint(call: Call) -> Answer:
        query, snapshot = call.query, call.snapshot
        country = parameters.optional_country(query)
        granularity = parameters.choice(query, "series_granularity", bodies.GRANULARITIES)
        parameters.check_language(query)
        title = find(call, shelf_of(snapshot.world))
        view = snapshot.of(title) if title else None
        if title is None or view is None:
            raise refuse(404)
        writer = bodies.Writer(snapshot.world, snapshot.clock, country, granularity or "episode")
        return as_json(writer.show(title, view))

    return endpoint


def _rows(body: Any) -> list[Any] | None:
    if isinstance(body, dict):
        body = body.get("changes", body.get("shows"))
    return body if isinstance(body, list) else None


_ENDPOINTS: dict[str, Endpoint] = {
    "/countries": _countries,
    "/countries/{country_code}": _country,
    "/genres": _genres,
    "/shows/search/filters": lambda call: as_json(search.search(call)),
    "/shows/top": lambda call: as_json(search.top(call)),
    "/shows/movie/{id:int}": _show(_of_tmdb("movie")),
    "/shows/tv/{id:int}": _show(_of_tmdb("tv")),
    "/shows/{id}": _show(_own_or_imdb),
    "/changes": lambda call: as_json(changes.changes(call)),
}

PLATFORM = Platform(
    name="streaming-availability",
    limit=Limit(requests=1000, seconds=30 * 86400),
    headers=(),
    media_type="application/json",
    endpoints=_ENDPOINTS,
    guard=_guard,
    failure=failure,
    rows=_rows,
)
