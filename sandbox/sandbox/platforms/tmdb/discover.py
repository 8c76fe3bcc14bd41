"""TMDB's discover: filters and orders over all titles.

Parameters are those of the official OpenAPI description. ``,`` joins values with AND, ``|``
with OR. A parameter that is not known is ignored without a word, as is an unknown order:
a typing mistake in a filter returns unfiltered data. ``release_date`` is any release of a film,
in ``region`` if one is given; ``primary_release_date`` is the first one, as shown in rows.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from sandbox.platforms.tmdb.extras import release_days

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sandbox.platforms.core import Query
    from sandbox.platforms.live import Snapshot
    from sandbox.world.model import MediaType, TitleView

Test = Callable[["TitleView"], bool]
Key = Callable[["TitleView"], Any]

BY_POPULARITY = "popularity.desc"


def _released(view: TitleView) -> str:
    return view.release_date.isoformat() if view.release_date else ""


_ORDERS: dict[str, Key] = {
    "popularity": lambda view: view.popularity,
    "vote_average": lambda view: view.vote_average,
    "vote_count": lambda view: view.vote_count,
    "revenue": lambda view: view.revenue,
    "title": lambda view: view.title,
    "original_title": lambda view: view.original_title,
    "name": lambda view: view.title,
    "original_name": lambda view: view.original_title,
    "primary_release_date": _released,
    "release_date": _released,
    "first_air_date": _released,
}
_DATES = ("primary_release_date", "first_air_date")
_NUMBERS: dict[str, Callable[[TitleView], float]] = {
    "vote_count": lambda view: view.vote_count,
    "vote_average": lambda view: view.vote_average,
    "with_runtime": lambda view: view.runtime or 0,
}
_YEARS = ("primary_release_year", "year", "first_air_date_year")
_SETS: dict[str, Callable[[TitleView], Iterable[str]]] = {
    "with_genres": lambda view: (str(genre.id) for genre in view.genres),
    "with_original_language": lambda view: (view.original_language,),
    "with_origin_country": lambda view: view.origin_countries,
    "with_networks": lambda view: (str(network.tmdb_id) for network in view.networks),
    "with_companies": lambda view: (str(company.id) for company in view.companies),
}
_FILM_ONLY = {"primary_release_date", "primary_release_year", "year"}
_SERIES_ONLY = {"first_air_date", "first_air_date_year", "with_networks"}


def discovered(
    snapshot: Snapshot, media_type: MediaType, query: Query
) -> tuple[list[TitleView], str]:
    """Filter and order titles as the query says.

    Returns:
        The titles, and the order used (``popularity.desc`` unless another known one was asked).
    """
    tests = list(_tests(snapshot, media_type, query))
    found = [view for view in snapshot.titles[media_type] if all(test(view) for test in tests)]
    order = query.get("sort_by") or BY_POPULARITY
    name, _, direction = order.partition(".")
    if name not in _ORDERS or direction not in ("asc", "desc"):
        order, name, direction = BY_POPULARITY, "popularity", "desc"
    key = _ORDERS[name]
    found.sort(key=lambda view: view.tmdb_id)
    found.sort(key=key, reverse=direction == "desc")
    return found, order


def _tests(snapshot: Snapshot, media_type: MediaType, query: Query) -> Iterable[Test]:
    foreign = _SERIES_ONLY if media_type == "movie" else _FILM_ONLY
    if media_type == "tv" and query.get("include_null_first_air_dates") != "true":
        yield lambda view: view.release_date is not None
    for name in _DATES:
        if name not in foreign:
            yield from _bounds(query, name, _released, str)
    yield from _releases(snapshot, media_type, query)
    for name, measure in _NUMBERS.items():
        yield from _bounds(query, name, measure, float)
    for name in _YEARS:
        year = query.get(name)
        if year and name not in foreign:
            yield partial(_released_in, year)
    for name, members in _SETS.items():
        wanted = query.get(name)
        if wanted and name not in foreign:
            yield partial(_among, wanted, members)
    unwanted = query.get("without_genres")
    if unwanted:
        refused = set(unwanted.replace("|", ",").split(","))
        yield lambda view: not any(str(genre.id) in refused for genre in view.genres)
    yield from _offers(query)


def _bounds(query: Query, name: str, measure: Key, convert: Callable[[str], Any]) -> Iterable[Test]:
    """A bound that cannot be read is ignored; titles without the value are outside any bound."""
    for side, holds in (("gte", operator.ge), ("lte", operator.le)):
        text = query.get(f"{name}.{side}")
        if not text:
            continue
        try:
            limit = convert(text)
        except ValueError:
            continue
        yield partial(_bounded, measure, holds, limit)


def _bounded(measure: Key, holds: Callable[[Any, Any], bool], limit: Any, view: TitleView) -> bool:
    value = measure(view)
    return value != "" and holds(value, limit)


def _releases(snapshot: Snapshot, media_type: MediaType, query: Query) -> Iterable[Test]:
    """One and the same release of a film has to be within both bounds."""
    least, most = query.get("release_date.gte"), query.get("release_date.lte")
    if media_type == "movie" and (least or most):
        days = partial(release_days, snapshot=snapshot, region=query.get("region"))
        yield lambda view: any(
            (least or "") <= day.isoformat() <= (most or "~") for day in days(view)
        )


def _released_in(year: str, view: TitleView) -> bool:
    return _released(view).startswith(f"{year}-")


def _among(wanted: str, members: Callable[[TitleView], Iterable[str]], view: TitleView) -> bool:
    return _holds(wanted, set(members(view)))


def _holds(wanted: str, members: set[str]) -> bool:
    if "|" in wanted:
        return not members.isdisjoint(wanted.split("|"))
    return members.issuperset(wanted.split(","))


def _offers(query: Query) -> Iterable[Test]:
    """Offers are compared in ``watch_region``; without it these filters have no effect."""
    region = query.get("watch_region")
    kinds = query.get("with_watch_monetization_types")
    providers = query.get("with_watch_providers")
    if not region or not (kinds or providers):
        return
    allowed = set((kinds or "").replace("|", ",").split(",")) - {""}

    def offered(view: TitleView) -> bool:
        found = {
            str(service.provider_id)
            for monetization, services in view.offers.get(region, {}).items()
            if not allowed or monetization in allowed
            for service in services
        }
        return _holds(providers, found) if providers else bool(found)

    yield offered
