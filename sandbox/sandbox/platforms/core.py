"""What a platform is to the server: endpoints, a guard before them, and its way to say no."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

if TYPE_CHECKING:
    from sandbox.platforms.live import Snapshot

Headers = tuple[tuple[str, str], ...]
_PARAMETER = re.compile(r"\{(\w+)(?::(\w+))?\}")
_SHAPES = {None: r"[^/]+", "int": r"\d+"}
_JSON = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP response, complete but for the headers every answer of the server carries.

    Attributes:
        status: HTTP status code.
        body: The bytes of the body.
        media_type: Value of ``Content-Type``; None means the platform's own for JSON.
        headers: Further headers.
        lasts: Whether it holds for as long as the clock stands still.
    """

    status: int
    body: bytes
    media_type: str | None = None
    headers: Headers = ()
    lasts: bool = True


class RefusalError(Exception):
    """Raised by an endpoint that answers something else than what was asked for."""

    def __init__(self, answer: Answer) -> None:
        """Carry the answer to give instead."""
        super().__init__(answer.status)
        self.answer = answer


def as_json(body: Any, status: int = 200, headers: Headers = ()) -> Answer:
    """Answer with a JSON body, UTF-8, unescaped and without spaces."""
    return Answer(status, _JSON.encode(body).encode(), headers=headers)


class Query:
    """The query string of a call; blank values are kept (``country=`` differs from none)."""

    __slots__ = ("_pairs",)

    def __init__(self, query_string: str) -> None:
        """Parse a raw, percent-encoded query string."""
        self._pairs = parse_qsl(query_string, keep_blank_values=True)

    def get(self, name: str) -> str | None:
        """Return the last value given for a name, or None."""
        found = self.every(name)
        return found[-1] if found else None

    def every(self, *names: str) -> list[str]:
        """Return all values given under any of the names, in order."""
        return [value for name, value in self._pairs if name in names]


@dataclass(frozen=True, slots=True)
class Call:
    """One request, as an endpoint sees it.

    Attributes:
        snapshot: The world as the platform shows it at this moment.
        path: Path below the platform's prefix, with its leading slash.
        query: Parsed query string.
        headers: Request headers, names in lower case.
        base_url: Address of the platform's root, without a trailing slash.
        values: Values of the path's parameters.
        spent: Credits spent before this call in the month of the clock, see :class:`Plan`.
    """

    snapshot: Snapshot
    path: str
    query: Query
    headers: Mapping[str, str]
    base_url: str
    values: Mapping[str, str] = field(default_factory=dict)
    spent: int = 0

    def number(self, name: str) -> int:
        """Return a path parameter declared ``{name:int}``."""
        return int(self.values[name])


Endpoint = Callable[[Call], Answer]


@dataclass(frozen=True, slots=True)
class Limit:
    """A request limit: so many requests in any so many seconds."""

    requests: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Plan:
    """A subscription that pays calls with credits.

    Attributes:
        credits: Credits for a calendar month of the world's clock.
        cost: Credits that a call takes if it is answered with 200, told by path and query; calls
            for nothing are answered even when all credits are spent.
        refusal: Answer to all other calls then.
        headers: Makes the headers of each answer from the credits spent, the calls within the
            seconds of the platform's limit, and the answer's status.
    """

    credits: int
    cost: Callable[[Call], int]
    refusal: Answer
    headers: Callable[[int, int, int], Headers]


@dataclass(frozen=True)
class Platform:
    """One platform's API.

    Attributes:
        name: First segment of its path on the server, and its name in fault rules.
        limit: Documented request limit; enforced only when a fault rule says so.
        headers: Headers of each of its answers.
        media_type: Its ``Content-Type`` for JSON.
        endpoints: Path template to endpoint; ``{name}`` matches a segment, ``{name:int}`` digits.
        guard: Called before an endpoint is looked up; its answer, if any, is final.
        failure: Its error answer for an HTTP status.
        rows: Finds the list of rows in a parsed body, or None where there is none.
        plan: What calls are paid with, if they are.
    """

    name: str
    limit: Limit
    headers: Headers
    media_type: str
    endpoints: Mapping[str, Endpoint]
    guard: Callable[[Call], Answer | None]
    failure: Callable[[int], Answer]
    rows: Callable[[Any], list[Any] | None]
    plan: Plan | None = None

    def __post_init__(self) -> None:
        """Compile the path templates."""
        table = [
            (_pattern(template), _PARAMETER.sub(r"{\1}", template), endpoint)
            for template, endpoint in self.endpoints.items()
        ]
        object.__setattr__(self, "_table", table)

    @property
    def is_cacheable(self) -> bool:
        """Whether its good answers may be kept, and so carry a tag."""
        return any(name == "cache-control" for name, _ in self.headers)

    def find(self, path: str) -> tuple[str, Endpoint, dict[str, str]] | None:
        """Return template, endpoint and path parameters for a path, or None if unknown."""
        table: list[tuple[re.Pattern[str], str, Endpoint]] = self.__dict__["_table"]
        for pattern, template, endpoint in table:
            match = pattern.fullmatch(path)
            if match:
                return template, endpoint, match.groupdict()
        return None


def _pattern(template: str) -> re.Pattern[str]:
    parts, end = [], 0
    for match in _PARAMETER.finditer(template):
        parts.append(re.escape(template[end : match.start()]))
        parts.append(f"(?P<{match[1]}>{_SHAPES[match[2]]})")
        end = match.end()
    return re.compile("".join([*parts, re.escape(template[end:])]))
