"""Endpoints of a platform's API, and requests to them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from tap_streaming.answers import OBJECT, Shape

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_PARAMETER = re.compile(r"\{(\w+)(?::([^{}]+))?\}")
_NUMBER = r"\d+(?:-[^/]*)?|latest|\{\w+\}|:\w+|\.\.\."
"""An id as it stands in a path, perhaps with a name behind it; documentation writes
``{series_id}``, ``:id`` or an ellipsis instead."""


@dataclass(frozen=True)
class Endpoint:
    """A path of the API and what its answers look like.

    Attributes:
        template: Path with parameters: ``{id}`` stands for a number, ``{name:a|b}`` for what the
            regular expression matches.
        expect: Tells a good body.
        dig: Takes the part that the stream knows out of a body of a related endpoint.
    """

    template: str
    expect: Shape = OBJECT
    dig: Callable[[Any], Any] | None = None

    def call(
        self, params: Mapping[str, str | int] | None = None, *, cost: int = 1, **values: Any
    ) -> Call:
        """Return a request to the endpoint.

        Args:
            params: Query.
            cost: What the platform counts it as, in requests or credits.
            values: The path's parameters, and whatever helps to read the answer.
        """
        return Call(self, params or {}, values, cost)

    def match(self, path: str) -> dict[str, str] | None:
        """Return the parameters in a path, or None if it is another endpoint's."""
        found = self._pattern.fullmatch(path)
        return found.groupdict() if found else None

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        parts = _PARAMETER.split(self.template)
        pattern = re.escape(parts[0])
        for name, expression, text in zip(parts[1::3], parts[2::3], parts[3::3], strict=True):
            pattern += f"(?P<{name}>{expression or _NUMBER}){re.escape(text)}"
        return re.compile(pattern)


@dataclass(frozen=True)
class Call:
    """One GET request to come.

    Attributes:
        endpoint: What is asked.
        params: Query.
        values: The path's parameters, and whatever the reader of the answer needs to know.
        cost: What the platform counts it as, in requests or credits.
    """

    endpoint: Endpoint
    params: Mapping[str, str | int] = field(default_factory=dict)
    values: Mapping[str, Any] = field(default_factory=dict)
    cost: int = 1

    @property
    def path(self) -> str:
        """Path below the API's address."""
        return _PARAMETER.sub(
            lambda found: quote(str(self.values[found[1]]), safe="/"), self.endpoint.template
        )
