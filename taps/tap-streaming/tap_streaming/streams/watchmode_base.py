"""What the streams of Watchmode share: the platform, and when a reading is due.

Facts about the API are those of https://api.watchmode.com/docs, of the types in Watchmode's own
client, and of the recorded answers the tests replay.

Requests are counted in credits by the month: a title by Watchmode's own id costs 1, by another
id 2, each appended part 1, a page of the list of titles 1 per region, and ``/status`` nothing.
What other lists cost is not documented; 1 is counted.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from tap_streaming.calls import Endpoint
from tap_streaming.client import PlatformStream, as_day
from tap_streaming.platforms import Platform
from tap_streaming.windows import DAY

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tap_streaming.calls import Call

REFRESH = timedelta(days=7)
"""From the beginning of a snapshot to that of the next."""
MEDIA_TYPES = {
    "movie": "movie",
    "short_film": "movie",
    "tv_movie": "movie",
    "tv_series": "tv",
    "tv_miniseries": "tv",
    "tv_special": "tv",
}
"""TMDB's number spaces by Watchmode's types, for titles without ``tmdb_type``."""

STATUS = Endpoint("/status").call(cost=0)
WATCHMODE = Platform(
    key="watchmode",
    title="Watchmode",
    clock=STATUS,
    token="api_key",  # noqa: S106
    token_help="a free key is at https://api.watchmode.com/requestApiKey",  # noqa: S106
    optional=True,
    budget="monthly_credits",
    account=STATUS,
    recorded_as="watchmode",
    recorded_prefix="/v1",
)


class WatchmodeStream(PlatformStream):
    """Rows of Watchmode; the bookmark is the day on which the last complete reading began."""

    platform = WATCHMODE

    def taken(self, state: Mapping[str, Any]) -> date | None:
        """Return a bookmark's day; None if there is none to trust."""
        value = state.get("replication_key_value")
        day = as_day(value)
        if value is not None and (day is None or day > self.client.today() + DAY):
            self.logger.warning("the bookmark %r is no day of the past: reading in full", value)
            return None
        return day

    def is_due(self, taken: date | None) -> bool:
        """Tell whether to take another snapshot after that of a day."""
        return taken is None or taken + REFRESH <= self.client.today()

    def day_of(self, call: Call) -> str:
        """Return the day that rows are stamped with: the one on which the reading began."""
        day: date = call.values.get("day") or self.client.today()
        return day.isoformat()


def media_type(row: Mapping[str, Any]) -> str | None:
    """Return whose number space a title's ``tmdb_id`` is of: ``movie`` or ``tv``."""
    told, kind = row.get("tmdb_type"), row.get("type")
    if told in ("movie", "tv"):
        return str(told)
    return MEDIA_TYPES.get(kind) if isinstance(kind, str) else None
