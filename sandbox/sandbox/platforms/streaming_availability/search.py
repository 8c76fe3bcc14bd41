"""Searching by filters, and the top lists of services."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from sandbox.platforms.live import draw
from sandbox.platforms.streaming_availability import parameters
from sandbox.platforms.streaming_availability.bodies import (
    GRANULARITIES,
    Writer,
    rating,
    show_type,
)
from sandbox.platforms.streaming_availability.dictionaries import (
    GENRES,
    WITH_TOP_LIST,
    genres_of,
)
from sandbox.platforms.streaming_availability.errors import refuse
from sandbox.platforms.streaming_availability.options import active
from sandbox.platforms.streaming_availability.shelf import SHOW, shelf_of, show_id

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy import float64
    from numpy.typing import NDArray

    from sandbox.platforms.core import Call, Query
    from sandbox.platforms.live import Snapshot
    from sandbox.platforms.streaming_availability.options import Body
    from sandbox.platforms.streaming_availability.parameters import Catalog
    from sandbox.world import Title, TitleView, World

TOP_LENGTH = 10
_POPULARITY_DAYS = {"popularity_1week": 7, "popularity_1month": 31, "popularity_1year": 365}
_ORDERS = ("original_title", "release_date", "rating", "popularity_alltime", *_POPULARITY_DAYS)
_DIRECTIONS = ("asc", "desc")

Key = tuple[str | int, int]
"""What a row is ordered by, and its id among rows that have the same."""


@dataclass(frozen=True, slots=True)
class _Filters:
    country: str
    catalogs: tuple[Catalog, ...]
    show_type: str | None
    genres: tuple[str, ...]
    any_genre: bool
    language: str | None
    year_min: int | None
    year_max: int | None
    rating_min: int | None
    rating_max: int | None
    keyword: str
    order: str
    descending: bool


def search(call: Call) -> Body:
    """Return one page of the shows that one can watch in a country.

    A cursor is the id of the last show and what it was ordered by, such as ``78:The Matrix``,
    so that pages stay in step while the catalogue moves.
    """
    query, snapshot = call.query, call.snapshot
    filters = _filters(query)
    granularity = parameters.choice(query, "series_granularity", GRANULARITIES) or "show"
    parameters.check_language(query)
    found: Sequence[tuple[Key, Title, TitleView]] = _found(snapshot, filters)
    after = _cursor(query.get("cursor"), filters)
    if after is not None:
        found = [row for row in found if (row[0] < after if filters.descending else row[0] > after)]
    size = _page_size(filters.show_type, granularity)
    page = found[:size]
    writer = Writer(snapshot.world, snapshot.clock, filters.country, granularity)
    body: Body = {
        "shows": [writer.show(title, view) for _, title, view in page],
        "hasMore": len(found) > size,
    }
    if body["hasMore"]:
        value, number = page[-1][0]
        body["nextCursor"] = f"{number}:{value}"
    return body


def top(call: Call) -> list[Body]:
    """Return a service's most watched shows in a country, none if it has no official list."""
    query, snapshot = call.query, call.snapshot
    country = parameters.country(query)
    service = query.get("service")
    kind = parameters.show_type(query)
    parameters.check_language(query)
    if not service:
        raise refuse(400, "service is required")
    if service not in WITH_TOP_LIST:
        return []
    activity = _activity(snapshot.world, snapshot.clock.toordinal(), 7)
    wanted = (parameters.Catalog(service, "subscription"),)
    rows = [
        (-_popularity(activity, title, country), title.key, title, view)
        for title, view in _watchable(snapshot, country, wanted)
        if kind in (None, show_type(title))
    ]
    writer = Writer(snapshot.world, snapshot.clock, country)
    return [writer.show(title, view) for _, _, title, view in sorted(rows)[:TOP_LENGTH]]


def _page_size(kind: str | None, granularity: str) -> int:
    if kind == "movie" or granularity == "show":
        return 20
    return 10 if kind == "series" and granularity == "episode" else 15


def _filters(query: Query) -> _Filters:
    genres = parameters.words(query, "genres")
    for key in genres:
        if key not in GENRES:
            raise refuse(400, f"genres has an unknown item: {key}")
    order = parameters.choice(query, "order_by", _ORDERS) or "original_title"
    direction = parameters.choice(query, "order_direction", _DIRECTIONS)
    by_worth = order == "rating" or order.startswith("popularity")
    return _Filters(
        country=parameters.country(query),
        catalogs=parameters.catalogs(query),
        show_type=parameters.show_type(query),
        genres=genres,
        any_genre=parameters.choice(query, "genres_relation", ("and", "or")) == "or",
        language=query.get("show_original_language") or None,
        year_min=parameters.number(query, "year_min"),
        year_max=parameters.number(query, "year_max"),
        rating_min=parameters.number(query, "rating_min"),
        rating_max=parameters.number(query, "rating_max"),
        keyword=(query.get("keyword") or "").lower(),
        order=order,
        descending=direction == "desc" if direction else by_worth,
    )


def _cursor(text: str | None, filters: _Filters) -> Key | None:
    if not text:
        return None
    number, separator, value = text.partition(":")
    key: str | int = value
    try:
        if filters.order != "original_title":
            key = int(value)
        found = (key, int(number))
    except ValueError:
        separator = ""
    if not separator:
        raise refuse(400, "cursor is not valid")
    return found


@lru_cache(maxsize=4)
def _found(snapshot: Snapshot, filters: _Filters) -> Sequence[tuple[Key, Title, TitleView]]:
    """Find and order all shows; kept, since each page of a list needs it."""
    days = _POPULARITY_DAYS.get(filters.order)
    activity = _activity(snapshot.world, snapshot.clock.toordinal(), days) if days else None

    def value(title: Title, view: TitleView) -> str | int:
        if filters.order == "original_title":
            return view.original_title
        if filters.order == "release_date":
            return view.release_date.toordinal() if view.release_date else 0
        if filters.order == "rating":
            return rating(view)
        if activity is None:
            return view.vote_count
        return int(1e9 * _popularity(activity, title, filters.country))

    rows = [
        ((value(title, view), int(show_id(title))), title, view)
        for title, view in _watchable(snapshot, filters.country, filters.catalogs)
        if _passes(filters, title, view)
    ]
    return sorted(rows, key=lambda row: row[0], reverse=filters.descending)


def _passes(filters: _Filters, title: Title, view: TitleView) -> bool:
    if filters.show_type not in (None, show_type(title)):
        return False
    if filters.language not in (None, view.original_language):
        return False
    if filters.genres:
        mine = genres_of([genre.name for genre in view.genres])
        hits = [key in mine for key in filters.genres]
        if not (any(hits) if filters.any_genre else all(hits)):
            return False
    year = view.release_date.year if view.release_date else None
    return (
        _within(year, filters.year_min, filters.year_max)
        and _within(rating(view), filters.rating_min, filters.rating_max)
        and filters.keyword in f"{view.title} {view.overview}".lower()
    )


def _within(value: int | None, least: int | None, most: int | None) -> bool:
    if value is None:
        return least is None and most is None
    return (least is None or value >= least) and (most is None or value <= most)


def _watchable(
    snapshot: Snapshot, country: str, catalogs: Sequence[Catalog]
) -> Iterator[tuple[Title, TitleView]]:
    shelf = shelf_of(snapshot.world)
    for title in shelf.titles:
        view = snapshot.of(title)
        if view and any(
            parameters.in_any(catalogs, offer) and active(offer, SHOW, snapshot.clock)
            for offer in shelf.offers(title).get(country, ())
        ):
            yield title, view


@lru_cache(maxsize=8)
def _activity(world: World, day: int, days: int) -> NDArray[float64]:
    """Return each title's activity in the days that end the day before; as in TMDB's trends."""
    return world.library.heat.trending(day - 1, days)


def _popularity(activity: NDArray[float64], title: Title, country: str) -> float:
    return float(activity[title.key - 1]) * (0.5 + draw("taste", country, title.key))
