"""TMDB's daily id exports (developer.themoviedb.org/docs/daily-id-exports).

A file of a day holds one JSON object a line, compressed, for each title that existed at 07:00 UTC
of that day; it can be had from 08:00 UTC of the day for three months, without a key. Only films
and series are exported here. The files lie in a bucket, which answers other errors than the API.
"""

from __future__ import annotations

import gzip
import json
import re
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

from sandbox.platforms.core import Answer, Call, Limit, Platform, RefusalError
from sandbox.platforms.live import Snapshot

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox.platforms.tmdb.values import Body
    from sandbox.world.model import MediaType

MADE_AT = time(7, tzinfo=UTC)
READY_AT = time(8, tzinfo=UTC)
DAYS_KEPT = 90
_FILE = re.compile(r"(movie|tv_series)_ids_(\d\d)_(\d\d)_(\d{4})\.json\.gz")
_MEDIA_TYPES: dict[str, MediaType] = {"movie": "movie", "tv_series": "tv"}
_CODES = {404: "NoSuchKey", 405: "MethodNotAllowed", 429: "SlowDown", 503: "SlowDown"}


def _failure(status: int) -> Answer:
    """Return a bucket's error for an HTTP status: XML with a code."""
    code = _CODES.get(status, "InternalError" if status >= 500 else "AccessDenied")  # noqa: PLR2004
    text = f'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{code}</Code></Error>'
    return Answer(status, text.encode(), "application/xml")


def _export(call: Call) -> Answer:
    found = _FILE.fullmatch(call.values["file"])
    day = _day(found) if found else None
    if found is None or day is None or not _is_there(day, call.snapshot.clock):
        raise RefusalError(_failure(404))
    then = Snapshot(call.snapshot.index, datetime.combine(day, MADE_AT))
    lines = (json.dumps(row, ensure_ascii=False) for row in _rows(then, _MEDIA_TYPES[found[1]]))
    text = "".join(f"{line}\n" for line in lines)
    return Answer(200, gzip.compress(text.encode(), mtime=0))


def _day(found: re.Match[str]) -> date | None:
    try:
        return date(int(found[4]), int(found[2]), int(found[3]))
    except ValueError:
        return None


def _is_there(day: date, clock: datetime) -> bool:
    oldest = clock.date() - timedelta(days=DAYS_KEPT)
    return day >= oldest and datetime.combine(day, READY_AT) <= clock


def _rows(snapshot: Snapshot, media_type: MediaType) -> Iterator[Body]:
    for view in sorted(snapshot.titles[media_type], key=lambda view: view.tmdb_id):
        if media_type == "movie":
            yield {
                "adult": view.adult,
                "id": view.tmdb_id,
                "original_title": view.original_title,
                "popularity": view.popularity,
                "video": view.video,
            }
        else:
            yield {
                "id": view.tmdb_id,
                "original_name": view.original_title,
                "popularity": view.popularity,
            }


PLATFORM = Platform(
    name="tmdb-files",
    limit=Limit(requests=40, seconds=1),
    headers=(("server", "AmazonS3"),),
    media_type="application/gzip",
    endpoints={"/p/exports/{file}": _export},
    guard=lambda _: None,
    failure=_failure,
    rows=lambda _: None,
)
