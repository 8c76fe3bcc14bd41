"""Watchmode's lists: titles by page, and the calendar of releases on streaming services."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from sandbox.platforms.live import draw
from sandbox.platforms.watchmode.bodies import kind, list_row, poster, title_id
from sandbox.platforms.watchmode.dictionaries import GENRE_IDS, SOURCES, Body
from sandbox.platforms.watchmode.errors import refuse
from sandbox.platforms.watchmode.offers import offers
from sandbox.world.offers import OfferPlan

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from sandbox.platforms.core import Call, Query
    from sandbox.platforms.live import Snapshot
    from sandbox.world import World
    from sandbox.world.model import TitleView
    from sandbox.world.offers import OfferWindow
    from sandbox.world.title import Title

MOST_TITLES = 250
MOST_RELEASES = 500
_USUAL_RELEASES = 250
_CALENDAR_DAYS = 30
_CALENDAR_COUNTRY = "US"
_TIME_ZONE = ZoneInfo("America/Los_Angeles")
"""The documentation says PST."""
_ORIGINAL_SHARE = 0.2

_ORDERS: Mapping[str, Callable[[TitleView], Any]] = {
    "relevance": lambda view: view.popularity,
    "popularity": lambda view: view.popularity,
    "release_date": lambda view: view.release_date or date.min,
    "title": lambda view: view.title,
}


def list_titles(call: Call) -> Body:
    """Return one page of the titles that pass all filters; each takes values joined by commas.

    With a filter by service only one region may be given, ``US`` if none is.
    """
    query = call.query
    size = whole(query, "limit", MOST_TITLES, most=MOST_TITLES)
    page = whole(query, "page", 1)
    views = [view for media in call.snapshot.titles.values() for view in media]
    for test in _tests(query):
        views = [view for view in views if test(view)]
    views = _ordered(views, query.get("sort_by") or "relevance_desc")
    rows = views[(page - 1) * size : page * size]
    return {
        "titles": [list_row(view, id_of(call.snapshot, view)) for view in rows],
        "page": page,
        "total_results": len(views),
        "total_pages": math.ceil(len(views) / size),
    }


def releases(call: Call) -> Body:
    """Return what came or comes to services in the United States within some days, oldest first.

    There are no pages: what is more than ``limit`` is left out.
    """
    today = call.snapshot.clock.astimezone(_TIME_ZONE).date()
    span = timedelta(days=_CALENDAR_DAYS)
    first = day(call.query, "start_date") or today - span
    last = day(call.query, "end_date") or today + span
    limit = whole(call.query, "limit", _USUAL_RELEASES, most=MOST_RELEASES)
    rows = [
        row
        for title, windows in _us_windows(call.snapshot.world)
        if (view := call.snapshot.of(title))
        for row in _releases_of(title, view, windows, first, last)
    ]
    rows.sort(key=lambda row: (row["source_release_date"], row["id"], row["source_id"]))
    return {"releases": rows[:limit]}


def values(query: Query, name: str) -> list[str]:
    """Return the values of a parameter that are joined by commas."""
    return [value for value in (query.get(name) or "").split(",") if value]


def whole(query: Query, name: str, usual: int, *, most: int | None = None) -> int:
    """Return a parameter that counts from 1.

    Raises:
        RefusalError: 400 if it is not a whole number from 1 to ``most``.
    """
    text = query.get(name)
    if not text:
        return usual
    if not text.isdecimal() or int(text) < 1 or (most is not None and int(text) > most):
        raise refuse(400, f"Please set a valid {name}.")
    return int(text)


def day(query: Query, name: str) -> date | None:
    """Return a parameter that is a day, ``YYYYMMDD`` with or without a time of day.

    Raises:
        RefusalError: 400 if it is something else.
    """
    text = query.get(name)
    if not text:
        return None
    try:
        return datetime.strptime(text[:8], "%Y%m%d").replace(tzinfo=UTC).date()
    except ValueError as error:
        raise refuse(400, f"Please set a valid {name}.") from error


def id_of(snapshot: Snapshot, view: TitleView) -> int:
    """Return Watchmode's id of a title that is shown."""
    return title_id(snapshot.index.tmdb[view.media_type, view.tmdb_id])


def _ordered(views: Sequence[TitleView], order: str) -> list[TitleView]:
    name, _, direction = order.rpartition("_")
    if name not in _ORDERS or direction not in ("asc", "desc"):
        raise refuse(400, "Please set a valid sort_by.")
    by_id = sorted(views, key=lambda view: (view.media_type, view.tmdb_id))
    return sorted(by_id, key=_ORDERS[name], reverse=direction == "desc")


def _tests(query: Query) -> Iterator[Callable[[TitleView], bool]]:
    types, genres = set(values(query, "types")), set(values(query, "genres"))
    if types:
        yield lambda view: kind(view) in types
    if genres:
        yield lambda view: any(str(GENRE_IDS[genre.id]) in genres for genre in view.genres)
    first, last = day(query, "release_date_start"), day(query, "release_date_end")
    if first or last:
        yield lambda view: bool(
            view.release_date and (first or date.min) <= view.release_date <= (last or date.max)
        )
    sources, kinds = set(values(query, "source_ids")), set(values(query, "source_types"))
    regions = values(query, "regions")
    if sources or kinds:
        if len(regions) > 1:
            raise refuse(400, "Please set a single region with source_ids or source_types.")
        regions = regions or ["US"]
    if regions:
        yield lambda view: any(
            country in regions
            and (not sources or str(source.id) in sources)
            and (not kinds or type_ in kinds)
            for country, type_, source in offers(view)
        )


@lru_cache(maxsize=2)
def _us_windows(world: World) -> list[tuple[Title, list[OfferWindow]]]:
    """Return all times in which services without payment per title offer each title."""
    found = []
    for title in world.catalogue.titles:
        plan = OfferPlan(world.seed, title.key, title.media_type, world.start.date())
        windows = [
            window
            for window in plan.windows
            if window.country == _CALENDAR_COUNTRY and window.monetization not in ("rent", "buy")
        ]
        if windows:
            found.append((title, windows))
    return found


def _releases_of(
    title: Title, view: TitleView, windows: Sequence[OfferWindow], first: date, last: date
) -> Iterator[Body]:
    """Yield a title's arrivals on services, and a series' new seasons where it is offered."""
    for window in windows:
        begins = date.fromordinal(window.first_day)
        days: dict[date, int | None] = {}
        if view.media_type == "movie":
            days[begins] = None
        else:
            known = [(one.premiere, one.number) for one in view.seasons if one.premiere]
            shown = [number for premiere, number in known if premiere <= begins]
            days = {begins: shown[-1]} if shown else {}
            days |= {
                premiere: number
                for premiere, number in known
                if window.first_day <= premiere.toordinal() < window.end_day
            }
        for at, season in days.items():
            if first <= at <= last:
                yield _release(title, view, window, at, season)


def _release(
    title: Title, view: TitleView, window: OfferWindow, at: date, season: int | None
) -> Body:
    number = title_id(title)
    source = SOURCES[window.service.provider_id]
    row = list_row(view, number)
    return {
        **{key: row[key] for key in ("id", "title", "type", "tmdb_id", "tmdb_type", "imdb_id")},
        "season_number": season,
        "poster_url": poster(number),
        "source_release_date": at.isoformat(),
        "source_id": source.id,
        "source_name": source.name,
        "is_original": int(draw("original", number, source.id) < _ORIGINAL_SHARE),
    }
