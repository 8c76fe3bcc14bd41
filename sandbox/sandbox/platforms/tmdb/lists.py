"""TMDB's lists: pages, charts, trending and the change feeds.

Pages hold 20 rows (changes: 100), start at 1 and end at 500; beyond, or anything but a whole
number: 400 with code 22. A page after the last is empty. Lists by popularity drift while they
are read: here and there a page starts with the last row of the page before (seen in recordings).
"""

from __future__ import annotations

import math
import re
from bisect import bisect_left
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from sandbox.platforms.live import draw
from sandbox.platforms.tmdb.bodies import row
from sandbox.platforms.tmdb.discover import BY_POPULARITY, discovered
from sandbox.platforms.tmdb.errors import refuse
from sandbox.platforms.tmdb.extras import release_days

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from sandbox.platforms.core import Call, Query
    from sandbox.platforms.live import Snapshot
    from sandbox.platforms.tmdb.values import Body
    from sandbox.world.model import MediaType, TitleView, Window

ROWS = 20
CHANGE_ROWS = 100
LAST_PAGE = 500
LONGEST_WINDOW = timedelta(days=14)
VOTES_TO_BE_RATED = {"movie": 300, "tv": 200}
_DRIFT_EVERY = 23
_NULL_ROW_CHANCE = 0.25
_TRENDS: Mapping[str, Sequence[MediaType]] = {
    "all": ("movie", "tv"),
    "movie": ("movie",),
    "tv": ("tv",),
}
_WINDOWS: Mapping[str, Window] = {"day": "day", "week": "week"}
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def page_number(query: Query) -> int:
    """Return the page asked for.

    Raises:
        RefusalError: code 22 if it is not a whole number from 1 to 500.
    """
    text = query.get("page") or "1"
    if not text.isdecimal() or not 1 <= int(text) <= LAST_PAGE:
        raise refuse(22)
    return int(text)


def paged(
    items: Sequence[Any], page: int, *, size: int = ROWS, drifting: bool = False
) -> tuple[Sequence[Any], Body]:
    """Cut one page out of a list.

    Returns:
        The page's items, and the counts that go with them.
    """

    def shift(number: int) -> int:
        return (number + _DRIFT_EVERY - 2) // _DRIFT_EVERY if drifting else 0

    pages = math.ceil(len(items) / size)
    while pages and pages * size - shift(pages) < len(items):
        pages += 1
    start = max(0, (page - 1) * size - shift(page))
    end = max(0, page * size - shift(page))
    rows = items[start:end] if page <= pages else []
    return rows, {"page": page, "total_pages": pages, "total_results": len(items)}


def listing(call: Call, views: Sequence[TitleView], *, drifting: bool) -> Body:
    """Return one page of rows."""
    rows, counts = paged(views, page_number(call.query), drifting=drifting)
    results = [row(view, call.snapshot) for view in rows]
    return {
        "page": counts["page"],
        "results": results,
        "total_pages": counts["total_pages"],
        "total_results": counts["total_results"],
    }


def discover(media_type: MediaType) -> Callable[[Call], Body]:
    """Make the endpoint ``/discover/{media_type}``."""

    def endpoint(call: Call) -> Body:
        page_number(call.query)
        views, order = discovered(call.snapshot, media_type, call.query)
        return listing(call, views, drifting=order == BY_POPULARITY)

    return endpoint


def popular(media_type: MediaType) -> Callable[[Call], Body]:
    """Make the chart of the most active titles."""
    return lambda call: listing(
        call, _by_popularity(call.snapshot.titles[media_type]), drifting=True
    )


def top_rated(media_type: MediaType) -> Callable[[Call], Body]:
    """Make the chart of the best rated among titles with enough votes."""

    def endpoint(call: Call) -> Body:
        enough = VOTES_TO_BE_RATED[media_type]
        views = [v for v in call.snapshot.titles[media_type] if v.vote_count >= enough]
        views.sort(key=lambda view: (-view.vote_average, view.tmdb_id))
        return listing(call, views, drifting=False)

    return endpoint


def in_cinemas(first: int, last: int) -> Callable[[Call], Body]:
    """Make a chart of films with a release between so many days from today, in ``region`` if given.

    It names its ``dates``. Rows show a film's first release, which may be decades ago.
    """

    def endpoint(call: Call) -> Body:
        today = call.snapshot.clock.date()
        least, most = today + timedelta(days=first), today + timedelta(days=last)
        region = call.query.get("region")
        views = [
            view
            for view in call.snapshot.titles["movie"]
            if any(least <= d <= most for d in release_days(view, call.snapshot, region))
        ]
        dates = {"maximum": most.isoformat(), "minimum": least.isoformat()}
        return {"dates": dates, **listing(call, _by_popularity(views), drifting=True)}

    return endpoint


def on_air(days: int) -> Callable[[Call], Body]:
    """Make a chart of series with an episode from today on within so many days."""

    def endpoint(call: Call) -> Body:
        today = call.snapshot.clock.date()
        wanted = {today + timedelta(days=ahead) for ahead in range(days)}
        views = [
            view
            for view in call.snapshot.titles["tv"]
            if any(item.airdate in wanted for season in view.seasons for item in season.episodes)
        ]
        return listing(call, _by_popularity(views), drifting=False)

    return endpoint


def _by_popularity(views: Sequence[TitleView]) -> list[TitleView]:
    return sorted(views, key=lambda view: (-view.popularity, view.tmdb_id))


def trending(call: Call) -> Body:
    """Return the 20 titles with the most activity; ``page`` has no effect.

    The counts claim 500 pages, though the endpoint has no page parameter.
    """
    media_type = call.values["media_type"]
    kinds, window = _TRENDS.get(media_type), _WINDOWS.get(call.values["window"])
    if kinds is None or window is None:
        raise refuse(34)
    snapshot = call.snapshot
    titles = [
        title for kind in kinds for title in snapshot.world.trending(kind, window, snapshot.clock)
    ]
    views = [view for title in titles if (view := snapshot.of(title))]
    if media_type == "all":
        views = _by_popularity(views)
    results = [row(view, snapshot, typed=True) for view in views[:ROWS]]
    return {"page": 1, "results": results, "total_pages": 500, "total_results": 10000}


def changes(media_type: MediaType) -> Callable[[Call], Body]:
    """Make a change feed: ids of titles changed in a window, newest change first.

    The window holds the instants from the start of ``start_date`` up to, but not including, the
    start of ``end_date``. The documentation does not say whether ``end_date`` is included; this
    is the reading with which a client that asks too little finds out here. One date alone means
    one day after or before it, none the last 24 hours. Titles that are gone have null marks.
    """

    def endpoint(call: Call) -> Body:
        page = page_number(call.query)
        since, until = _window(call.query, call.snapshot.clock)
        rows = _changed(call.snapshot, media_type, since, until)
        found, counts = paged(rows, page, size=CHANGE_ROWS)
        return {"results": list(found), **counts}

    return endpoint


def _window(query: Query, clock: datetime) -> tuple[datetime, datetime]:
    first, last = _date(query.get("start_date")), _date(query.get("end_date"))
    if first is None and last is None:
        return clock - timedelta(days=1), clock
    if first is None:
        assert last is not None
        first = last - timedelta(days=1)
    if last is None:
        last = first + timedelta(days=1)
    if not timedelta(0) <= last - first <= LONGEST_WINDOW:
        raise refuse(20)
    start = datetime.combine(first, time(), UTC)
    return start, datetime.combine(last, time(), UTC)


def _date(text: str | None) -> date | None:
    if not text:
        return None
    if not _DAY.fullmatch(text):
        raise refuse(23)
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise refuse(23) from error


def _changed(
    snapshot: Snapshot, media_type: MediaType, since: datetime, until: datetime
) -> list[Body]:
    until = min(until, snapshot.clock + timedelta(microseconds=1))
    found = []
    for title in snapshot.world.catalogue.titles:
        if title.media_type != media_type:
            continue
        count = bisect_left(title.changes, until)
        if count and title.changes[count - 1] >= since:
            found.append((title.changes[count - 1], title))
    found.sort(key=lambda pair: (pair[0], pair[1].tmdb_id), reverse=True)
    rows = [_change_row(title.tmdb_id, gone=snapshot.of(title) is None) for _, title in found]
    if rows and draw("null row", media_type, since.date()) < _NULL_ROW_CHANCE:
        rows.insert(len(rows) // 2, {"id": None, "adult": None, "softcore": None})
    return rows


def _change_row(tmdb_id: int, *, gone: bool) -> Body:
    mark = None if gone else False
    return {"id": tmdb_id, "adult": mark, "softcore": mark}
