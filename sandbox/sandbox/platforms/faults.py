"""Misbehaviour on demand: rules that tell the server when and how to answer badly.

A rule is a JSON object. Fields of every rule:

===========  ===================================================================================
kind         what happens, see :data:`KINDS`
platform     only calls to this platform (``tmdb``, ``tvmaze``, …); absent: all
path         regular expression, searched in path and query (``/tmdb/3/movie/5?language=en``)
after        let so many matching calls pass first (default 0)
times        fire at most so often (default: without end)
probability  fire with this chance, 0 to 1 (default 1); the same ``seed`` repeats the same draws
seed         whole number (default 0)
===========  ===================================================================================
"""

from __future__ import annotations

import random
import re
import time
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from sandbox.platforms.core import Limit

_COMMON = frozenset({"kind", "platform", "path", "after", "times", "probability", "seed"})

WHOLE = "[]"
"""The field named when the body as a whole is wrong."""

KINDS: dict[str, tuple[str, frozenset[str]]] = {
    "status": (
        "the platform's own error body, or `body`, with `status` (required) and `retry_after`",
        frozenset({"status", "body", "retry_after"}),
    ),
    "rate_limit": ("429 without Retry-After", frozenset()),
    "retry_after": (
        "429 with Retry-After of `seconds` (default 1), as a date if `http_date`",
        frozenset({"seconds", "http_date"}),
    ),
    "rate": (
        "429 above `requests` in `seconds` (default: as documented), Retry-After if `retry_after`",
        frozenset({"requests", "seconds", "retry_after"}),
    ),
    "slow": ("the answer comes after `seconds` (default 1)", frozenset({"seconds"})),
    "hang": (
        "no answer; the connection closes after `seconds` (default 3600)",
        frozenset({"seconds"}),
    ),
    "reset": ("the connection is reset before the first byte", frozenset()),
    "disconnect": ("half of the promised body, then the connection closes", frozenset()),
    "truncate": ("a well-formed HTTP answer whose JSON stops half way", frozenset()),
    "html": ("an HTML error page with `status` (default 502)", frozenset({"status"})),
    "empty": ("an empty body with `status` (default 200)", frozenset({"status"})),
    "duplicate_rows": ("the first `rows` rows (default 1) come twice", frozenset({"rows"})),
    "empty_page": ("the list of rows is empty, while counts and totals stay", frozenset()),
    "null_ids": ("the first `rows` rows (default 1) have the id null", frozenset({"rows"})),
    "stale": ("the answer of `seconds` ago (default 3600), from a cache", frozenset({"seconds"})),
}
"""Kind of fault to what it does and the fields it takes besides those of every rule."""


class FaultRuleError(ValueError):
    """A rule that makes no sense; ``field`` is its place, such as ``[0].kind``."""

    def __init__(self, field_name: str, message: str) -> None:
        """Say which field is wrong and why."""
        super().__init__(f"{field_name}: {message}")
        self.field = field_name


@dataclass
class Rule:
    """One fault rule with its counters.

    Attributes:
        kind: A key of :data:`KINDS`.
        given: The rule as it was sent.
        seen: Calls that matched platform and path.
        hits: Calls the fault was played on.
    """

    kind: str
    given: dict[str, Any]
    platform: str | None = None
    path: re.Pattern[str] | None = None
    after: int = 0
    times: int | None = None
    probability: float = 1.0
    seed: int = 0
    seen: int = 0
    hits: int = 0
    recent: deque[float] = field(default_factory=deque)

    def fires(self, platform: str, target: str, limit: Limit, now: float) -> bool:
        """Count a call and decide whether the fault is played on it.

        Args:
            platform: Name of the platform called.
            target: Path with query.
            limit: The platform's documented request limit.
            now: Monotonic time, seconds.
        """
        if self.platform not in (None, platform):
            return False
        if self.path and not self.path.search(target):
            return False
        self.seen += 1
        if self.seen <= self.after or (self.times is not None and self.hits >= self.times):
            return False
        if self.kind == "rate" and self._within(limit, now):
            return False
        if self.probability < 1 and self._draw() >= self.probability:
            return False
        self.hits += 1
        return True

    def number(self, name: str, default: float) -> float:
        """Return a numeric field of the rule."""
        return float(self.given.get(name, default))

    def described(self) -> dict[str, Any]:
        """Return the rule as sent, with its counters."""
        return {**self.given, "seen": self.seen, "hits": self.hits}

    def _draw(self) -> float:
        return random.Random(f"{self.seed}/{self.seen}").random()

    def _within(self, limit: Limit, now: float) -> bool:
        """Refused calls do not count against the limit."""
        span = self.number("seconds", limit.seconds)
        while self.recent and self.recent[0] <= now - span:
            self.recent.popleft()
        if len(self.recent) >= int(self.number("requests", limit.requests)):
            return False
        self.recent.append(now)
        return True


class Faults:
    """The rules in force. Later rules are tried too when an earlier one fires."""

    def __init__(
        self, platforms: Collection[str], clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Start without rules for platforms of these names."""
        self._platforms = frozenset(platforms)
        self._clock = clock
        self._rules: list[Rule] = []

    def replace(self, rules: Any) -> None:
        """Put new rules in force in place of all others.

        Raises:
            FaultRuleError: if one is invalid; the rules in force stay.
        """
        if not isinstance(rules, list):
            raise FaultRuleError(WHOLE, "the body must be a JSON list of rules")
        self._rules = [self._parsed(index, rule) for index, rule in enumerate(rules)]

    def clear(self) -> None:
        """Behave well again."""
        self._rules = []

    def described(self) -> list[dict[str, Any]]:
        """Return the rules in force with how often each matched and fired."""
        return [rule.described() for rule in self._rules]

    def firing(self, platform: str, target: str, limit: Limit) -> list[Rule]:
        """Return the rules to play on this call, in order, and count it."""
        if not self._rules:
            return []
        now = self._clock()
        return [rule for rule in self._rules if rule.fires(platform, target, limit, now)]

    def _parsed(self, index: int, rule: Any) -> Rule:
        if not isinstance(rule, dict):
            raise FaultRuleError(_place(index), "a rule is a JSON object")
        check = _Checker(index, rule)
        kind = check.choice("kind", KINDS)
        check.only(_COMMON | KINDS[kind][1])
        if "platform" in rule:
            check.choice("platform", self._platforms)
        for name in ("after", "seed"):
            check.whole(name, 0)
        for name in ("times", "rows", "requests"):
            check.whole(name, 1)
        check.whole("status", 200, 599)
        check.ranged("probability", 0, 1)
        check.ranged("seconds", 0, 1e9)
        if kind == "status":
            check.required("status")
            check.ranged("retry_after", 0, 1e9)
            check.typed("body", str)
        if kind == "rate":
            check.typed("retry_after", bool)
        check.typed("http_date", bool)
        return Rule(
            kind=kind,
            given=dict(rule),
            platform=rule.get("platform"),
            path=check.expression("path"),
            after=rule.get("after", 0),
            times=rule.get("times"),
            probability=rule.get("probability", 1.0),
            seed=rule.get("seed", 0),
        )


def _place(index: int) -> str:
    return f"[{index}]"


class _Checker:
    def __init__(self, index: int, rule: dict[str, Any]) -> None:
        self.index = index
        self.rule = rule

    def fail(self, name: str, message: str) -> FaultRuleError:
        return FaultRuleError(f"{_place(self.index)}.{name}", message)

    def required(self, name: str) -> None:
        if name not in self.rule:
            raise self.fail(name, "is required")

    def choice(self, name: str, allowed: Collection[str]) -> str:
        self.required(name)
        value = self.rule[name]
        if not isinstance(value, str) or value not in allowed:
            raise self.fail(name, f"{value!r} is none of {', '.join(sorted(allowed))}")
        return value

    def only(self, allowed: Collection[str]) -> None:
        for name in self.rule:
            if name not in allowed:
                raise self.fail(name, f"no such field for this kind: {', '.join(sorted(allowed))}")

    def whole(self, name: str, least: int, most: int | None = None) -> None:
        value = self.rule.get(name, least)
        if isinstance(value, bool) or not isinstance(value, int) or value < least:
            raise self.fail(name, f"{value!r} is not a whole number from {least}")
        if most is not None and value > most:
            raise self.fail(name, f"{value!r} is more than {most}")

    def ranged(self, name: str, least: float, most: float) -> None:
        value = self.rule.get(name, least)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self.fail(name, f"{value!r} is not a number")
        if not least <= value <= most:
            raise self.fail(name, f"{value!r} is not between {least:g} and {most:g}")

    def typed(self, name: str, kind: type) -> None:
        if name in self.rule and not isinstance(self.rule[name], kind):
            raise self.fail(name, f"{self.rule[name]!r} is not a {kind.__name__}")

    def expression(self, name: str) -> re.Pattern[str] | None:
        self.typed(name, str)
        if name not in self.rule:
            return None
        try:
            return re.compile(self.rule[name])
        except re.error as error:
            raise self.fail(name, f"is not a regular expression: {error}") from error
