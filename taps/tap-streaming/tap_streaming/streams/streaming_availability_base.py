"""What the streams of Streaming Availability share: the platform, the budget, times and titles.

Facts about the API are those of its official OpenAPI description, version 4.1.0
(https://docs.movieofthenight.com).
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, ClassVar

from tap_streaming.answers import Shape
from tap_streaming.budget import BudgetSpentError
from tap_streaming.client import PlatformStream, as_object
from tap_streaming.errors import RefusedError, TapError
from tap_streaming.platforms import Platform

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tap_streaming.calls import Call


@dataclass(frozen=True)
class Page(Shape):
    """A page of a list: one after which there is more is not empty."""

    def fits(self, body: Any) -> bool:
        """Tell whether a parsed body has the shape."""
        return super().fits(body) and bool(body[self.field] or not body.get("hasMore"))


SHOW_TYPES = {"movie": "movie", "series": "tv"}
"""The platform's word for a kind of title, and TMDB's."""
STREAMING_AVAILABILITY = Platform(
    key="sa",
    title="Streaming Availability",
    token="api_key",  # noqa: S106
    token_help="get a key at https://developers.movieofthenight.com",  # noqa: S106
    optional=True,
    budget="monthly_requests",
    recorded_as="streaming_availability",
    recorded_prefix="/v4",
)
_AHEAD = timedelta(days=1)
"""How far a bookmark may lie in the future; servers' clocks differ."""
_LAST_SECOND = 253402300799
_TMDB_ID = re.compile(r"(movie|tv)/(\d{1,18})")
_CAPITAL = re.compile(r"(?<=[a-z0-9])([A-Z])")


class StreamingAvailabilityStream(PlatformStream):
    """Rows of Streaming Availability."""

    platform = STREAMING_AVAILABILITY
    selection_settings: ClassVar[tuple[str, ...]] = ("sa_countries", "sa_services")
    _kept: int | None = None

    @property
    def countries(self) -> list[str]:
        """The countries that are read, as the platform writes them.

        Raises:
            TapError: if the setting names none.
        """
        codes = list(dict.fromkeys(code.lower() for code in self.config["sa_countries"]))
        if not codes:
            message = 'the setting sa_countries is empty; name countries, such as ["us"]'
            raise TapError(message)
        return codes

    @property
    def catalogs(self) -> list[str]:
        """The parts of services that are read; empty for all."""
        return list(dict.fromkeys(self.config["sa_services"]))

    @property
    def selection(self) -> dict[str, Any]:
        """What stands for the settings that decide which rows there are."""
        return {"catalogs": stable_id(self.countries, self.catalogs)}

    def ask(self, call: Call) -> Any | None:
        """Ask for something that may be gone; None if it is.

        A stream leaves half of what may be spent today to those that follow in the run, as far as
        they need it, so that each comes forward with a small budget too.

        Raises:
            TapError: if the platform refuses, cannot be reached, or keeps failing.
            BudgetSpentError: if it would cost more than may be spent today.
        """
        budget = self.client.budget
        if budget is not None:
            if self._kept is None:
                self._kept = min(budget.left // 2, self._needed_after())
            if budget.left <= self._kept:
                raise BudgetSpentError
        return self.client.find(call)

    def page(self, call: Call, *, resumed: bool = False) -> Any | None:
        """Ask for a page of a list, which must be there.

        Args:
            call: What to ask for.
            resumed: Its cursor comes from an earlier run, so it may not hold any more.

        Returns:
            The body; None if the platform refuses such a cursor.

        Raises:
            TapError: as :meth:`ask`, and if there is no such list.
            BudgetSpentError: as :meth:`ask`.
        """
        try:
            body = self.ask(call)
        except RefusedError as error:
            if not resumed or error.status != HTTPStatus.BAD_REQUEST:
                raise
            self.logger.warning("a place in a list holds no more: reading the list again")
            return None
        if body is None:
            raise self.client.unexpected(call.path, HTTPStatus.NOT_FOUND)
        return body

    def next_cursor(self, body: Mapping[str, Any], call: Call) -> str | None:
        """Return what asks for the page after one, or None if it is the last.

        Raises:
            TapError: if there is more, but nothing to ask for it with.
        """
        if not body.get("hasMore"):
            return None
        cursor = body.get("nextCursor")
        if not isinstance(cursor, str) or cursor in ("", call.params.get("cursor")):
            message = (
                f"{self.platform.title} says that GET {call.path} has more pages, but not how to"
                " ask for them; the next run tries again"
            )
            raise TapError(message)
        return cursor

    def is_due(self, before: datetime | None, hours: float) -> bool:
        """Tell whether a new period has begun since what is read once in so many hours.

        Periods are counted from 1970-01-01 UTC, those of 24 hours are days; so a run that comes a
        little earlier than the day before does not miss its turn.

        Args:
            before: When it was read last; None if never.
            hours: Length of a period.
        """
        if before is None:
            return True
        then, now = (time.timestamp() // (3600 * hours) for time in (before, self.client.now()))
        return then < now

    def moment(self, bookmark: Any) -> datetime | None:
        """Return a bookmark's time; None if it is none, or lies in the future."""
        if bookmark is None:
            return None
        try:
            found = datetime.fromisoformat(bookmark)
            found = found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
        except (TypeError, ValueError, OverflowError):
            self.logger.warning("the bookmark %r is no time: reading in full", bookmark)
            return None
        if found > self.client.now() + _AHEAD:
            self.logger.warning("the bookmark %s lies in the future: reading in full", bookmark)
            return None
        return found

    def _needed_after(self) -> int:
        """Return about how many requests the streams need that follow in the run."""
        streams = self._tap.selected_streams  # type: ignore[attr-defined]
        members = [stream for stream in streams if stream.platform is self.platform]
        after = members[members.index(self) + 1 :] if self in members else []
        return sum(stream.cost() for stream in after)


def stable_id(*parts: Any) -> str:
    """Return a text that is the same for the same JSON values, and another one for others."""
    text = json.dumps(parts, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def utc(seconds: Any) -> str | None:
    """Return a time in seconds since 1970 as ISO 8601, or None if it is none."""
    if isinstance(seconds, bool) or not isinstance(seconds, int):
        return None
    if not 0 < seconds <= _LAST_SECOND:
        return None
    return datetime.fromtimestamp(seconds, UTC).isoformat()


def snaked(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return an object with names such as ``video_link`` for ``videoLink``."""
    return {_CAPITAL.sub(r"_\1", name).lower(): value for name, value in row.items()}


def title_of(show: Any) -> dict[str, Any]:
    """Return the columns that say which title a show is; unknown ones are null.

    ``tmdbId`` is a text such as ``movie/603``.
    """
    show = as_object(show)
    found = _TMDB_ID.fullmatch(str(show.get("tmdbId")))
    kind = show.get("showType")
    return {
        "show_id": show.get("id"),
        "title": show.get("title"),
        "media_type": found[1] if found else media_type(kind),
        "tmdb_id": int(found[2]) if found else None,
        "imdb_id": show.get("imdbId"),
    }


def media_type(show_type: Any) -> str | None:
    """Return TMDB's word for a kind of title."""
    return SHOW_TYPES.get(show_type) if isinstance(show_type, str) else None
