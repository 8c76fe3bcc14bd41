"""Reading an HTTP answer: its shape, its dates, and what went wrong, in words fit for a log."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import requests


@dataclass(frozen=True)
class Shape:
    """The documented outline of a body; one of another shape is a failure that may pass.

    Attributes:
        kind: ``dict`` or ``list``.
        field: Name of a field the object must have; empty for none.
        field_kind: Type of that field.
        row_key: A field that no row lacks, rows being the objects in the field or in the list
            itself; empty if one may. What is no object is passed over, but not if that is all.
        filled: There is at least one row.
    """

    kind: type
    field: str = ""
    field_kind: type = object
    row_key: str = ""
    filled: bool = False

    def fits(self, body: Any) -> bool:
        """Tell whether a parsed body has the shape."""
        if not isinstance(body, self.kind):
            return False
        rows: Any = body
        if self.field and isinstance(body, dict):
            rows = body.get(self.field)
            if not isinstance(rows, self.field_kind):
                return False
        if self.filled and not rows:
            return False
        if not self.row_key or not rows:
            return True
        objects = [row for row in rows if isinstance(row, dict)]
        return bool(objects) and all(row.get(self.row_key) is not None for row in objects)

    @property
    def outline(self) -> Shape:
        """The shape without what is asked of rows."""
        return Shape(self.kind, self.field, self.field_kind)


@dataclass(frozen=True)
class Page(Shape):
    """A page of a list that tells its length: one that the list says it has is not empty."""

    def fits(self, body: Any) -> bool:
        """Tell whether a parsed body has the shape."""
        if not super().fits(body):
            return False
        page, pages = body.get("page"), body.get("total_pages")
        if body[self.field] or not all(type(one) is int for one in (page, pages)):
            return True
        return bool(page > pages or body.get("total_results") == 0)


_LEAST_EPOCH = 1e9
_MAX_AGE = re.compile(r"\bmax-age=(\d{1,9})\b")
OBJECT = Shape(dict)
FILLED = Shape(dict, filled=True)
LIST = Shape(list)


def sent_at(response: requests.Response) -> datetime:
    """Return the time (UTC) of the server's clock when it answered.

    An answer from a cache carries the date of its making, and its age in seconds. Without a date
    this machine's clock is taken.
    """
    moment = http_date(response.headers.get("Date"))
    if moment is None:
        return datetime.now(UTC)
    age = response.headers.get("Age", "")
    return moment + timedelta(seconds=int(age) if age.isdecimal() else 0)


def is_fresh(response: requests.Response, now: datetime | None) -> bool:
    """Tell whether a kept answer still holds: by its own date, on the server's clock.

    It may have been kept on its way for a while before it was kept here.

    Args:
        response: A kept answer.
        now: The server's time; None if not known.
    """
    made = http_date(response.headers.get("Date"))
    lasts = _MAX_AGE.search(response.headers.get("Cache-Control", ""))
    if now is None or made is None or lasts is None:
        return False
    return timedelta(0) <= now - made < timedelta(seconds=int(lasts[1]))


def http_date(value: str | None) -> datetime | None:
    """Return the time (UTC) in a header, or None if it holds none."""
    try:
        moment = parsedate_to_datetime(value or "")
    except ValueError:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def retry_after(response: requests.Response) -> float | None:
    """Return the seconds asked for; a date counts from the answer's own ``Date``."""
    value = response.headers.get("Retry-After", "").strip()
    if value.isdecimal():
        return float(value)
    moment = http_date(value)
    if moment is None:
        return None
    return max(0.0, (moment - sent_at(response)).total_seconds())


def pause(response: requests.Response) -> float | None:
    """Return the seconds until more may be asked, if the answer says that nothing is left.

    ``X-RateLimit-Reset`` is a time in seconds since 1970, or a number of seconds.
    """
    if response.headers.get("X-RateLimit-Remaining", "").strip() != "0":
        return None
    reset = response.headers.get("X-RateLimit-Reset", "").strip()
    if not reset.isdecimal():
        return None
    seconds = float(reset)
    if seconds > _LEAST_EPOCH:
        seconds -= sent_at(response).timestamp()
    return max(0.0, seconds)


def quota_is_spent(response: requests.Response) -> bool:
    """Tell whether a 429 is about the month's quota and not about speed.

    Watchmode says so in headers, RapidAPI (for Streaming Availability) in words.
    """
    if response.status_code != HTTPStatus.TOO_MANY_REQUESTS:
        return False
    quota, used = (
        response.headers.get(name, "").strip()
        for name in ("X-Account-Quota", "X-Account-Quota-Used")
    )
    if quota.isdecimal() and used.isdecimal() and int(used) >= int(quota):
        return True
    return "monthly" in told(response).lower()


def says_it_failed(body: Any) -> bool:
    """Tell whether a body is an error that came with HTTP 200.

    TMDB and Watchmode write ``success``, TVmaze the ``status`` that it should have answered with,
    and RapidAPI (for Streaming Availability) a message alone.
    """
    if not isinstance(body, dict):
        return False
    status = body.get("status")
    return (
        body.get("success") is False
        or (type(status) is int and status >= HTTPStatus.BAD_REQUEST)
        or (body.keys() == {"message"} and isinstance(body["message"], str))
    )


def told(response: requests.Response) -> str:
    """Return the platform's own words from an error body, if they are short and plain."""
    try:
        body = response.json()
    except ValueError:
        return ""
    if not isinstance(body, dict):
        return ""
    names = ("status_message", "message", "statusMessage", "errorMessage")
    words = next((body[name] for name in names if body.get(name)), None)
    return f": {words[:200]}" if isinstance(words, str) and words.isprintable() else ""


def cause(error: BaseException) -> str:
    """Return the innermost reason of a connection error, without addresses."""
    inner: BaseException | None = error
    reason = "connection failed"
    for _ in range(10):
        if inner is None:
            break
        if isinstance(inner, OSError) and inner.strerror:
            reason = inner.strerror
        reasons = [getattr(inner, "reason", None), *inner.args, inner.__cause__, inner.__context__]
        inner = next((item for item in reasons if isinstance(item, BaseException)), None)
    return reason
