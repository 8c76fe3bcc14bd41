"""Facts of a TMDB title that the world has not: releases besides the first, and ratings.

They are made up from the title's id and only have the right shape.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from sandbox.platforms.live import draw
from sandbox.world.changes import DAYS_AFTER_START

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox.platforms.live import Snapshot
    from sandbox.platforms.tmdb.values import Body
    from sandbox.world.model import TitleView

_BACK_IN_CINEMAS_SHARE = 0.2
"""Share of films that come to cinemas once more around the world's time.

All films are older than that; without this share nothing would be in the cinemas' charts.
"""
_DAYS_BEFORE_START = 60
_THEATRICAL = 3


def releases(view: TitleView, snapshot: Snapshot) -> list[tuple[str, date]]:
    """Return a film's cinema releases, each a country's code and a day.

    They are the first one in the countries of origin and, for some films, one later elsewhere.
    """
    if view.release_date is None:
        return []
    found = [(code, view.release_date) for code in view.origin_countries]
    if draw("back in cinemas", view.tmdb_id) < _BACK_IN_CINEMAS_SHARE:
        codes = list(snapshot.world.catalogue.countries)
        code = codes[int(draw("again where", view.tmdb_id) * len(codes))]
        days = int(draw("again when", view.tmdb_id) * (_DAYS_BEFORE_START + DAYS_AFTER_START))
        first = snapshot.world.start.date() - timedelta(days=_DAYS_BEFORE_START)
        found.append((code, first + timedelta(days=days)))
    return found


def release_days(view: TitleView, snapshot: Snapshot, region: str | None) -> Iterator[date]:
    """Yield the days of a film's releases in one country, or anywhere if none is given."""
    if view.release_date is not None and not region:
        yield view.release_date
    for code, day in releases(view, snapshot):
        if region in (None, "", code):
            yield day


def release_dates_body(view: TitleView, snapshot: Snapshot) -> Body:
    """Return the cinema releases per country."""
    by_country: dict[str, list[Body]] = {}
    for code, day in releases(view, snapshot):
        release = {
            "certification": "",
            "descriptors": [],
            "iso_639_1": "",
            "note": "",
            "release_date": f"{day.isoformat()}T00:00:00.000Z",
            "type": _THEATRICAL,
        }
        by_country.setdefault(code, []).append(release)
    rows = [{"iso_3166_1": code, "release_dates": some} for code, some in by_country.items()]
    return {"results": rows}


def content_ratings_body(view: TitleView) -> Body:
    """Return one rating for series of the United States."""
    ratings = ("TV-PG", "TV-14", "TV-MA")
    rating = ratings[int(draw("content rating", view.tmdb_id) * len(ratings))]
    rows = [{"descriptors": [], "iso_3166_1": "US", "rating": rating}]
    return {"results": rows if "US" in view.origin_countries else []}
