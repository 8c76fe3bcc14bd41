"""Each misbehaviour of a platform: the records are right, or an error says so and a later run
makes them right."""

from __future__ import annotations

from typing import Any

import pytest
from whole_tap import (
    PATHS,
    PLATFORMS,
    attempt,
    check_states,
    config,
    differences,
    forget_what_was_spent,
    hasty,
    kept,
    living,
    some_shows,
    streams_of,
)

__all__ = ["hasty"]
Rule = dict[str, Any]

ANSWERS: dict[str, Rule] = {
    "429": {"kind": "rate_limit"},
    "429 and no wait": {"kind": "retry_after", "seconds": 0},
    "500": {"kind": "status", "status": 500},
    "503": {"kind": "status", "status": 503, "retry_after": 0},
    "504 and no JSON": {"kind": "status", "status": 504, "body": "Gateway Timeout"},
    "html 502": {"kind": "html"},
    "html 200": {"kind": "html", "status": 200},
    "truncate": {"kind": "truncate"},
    "empty": {"kind": "empty"},
    "empty 500": {"kind": "empty", "status": 500},
    "reset": {"kind": "reset"},
    "disconnect": {"kind": "disconnect"},
}
"""Answers that cannot be read."""
PAIRS = list(zip([*ANSWERS][::2], [*ANSWERS][1::2], strict=True))
LATER = {"sa": 25, "tmdb": 90, "tvmaze": 90, "watchmode": 12}
WAITS: dict[str, Rule] = {
    "a second": {"kind": "retry_after", "seconds": 1, "times": 2, "after": 8},
    "until a moment": {"kind": "retry_after", "seconds": 1, "http_date": True, "times": 2},
    "for ever": {"kind": "retry_after", "seconds": 1e6, "after": 9},
}
WITH_COUNTS = {
    "sa": r"/shows/search/filters\?(?!.*cursor=)",
    "tmdb": "",
    "tvmaze": r"/shows\?page=",
    "watchmode": "/list-titles",
}
"""Lists of which something tells that they are not empty; that others are cannot be noticed."""
BODIES: dict[str, Rule] = {
    "empty_page": {"kind": "empty_page"},
    "null_ids": {"kind": "null_ids", "rows": 3},
    "duplicate_rows": {"kind": "duplicate_rows", "rows": 3},
}
SPELLS: dict[str, Rule] = {
    "a while": {"after": 4, "times": 3}, "always": {},
}  # fmt: skip


@pytest.fixture(scope="module")
def clean() -> dict[str, Any]:
    """What one undisturbed run reads, by selection; made when first asked for."""
    return {}


@pytest.mark.usefixtures("hasty")
class TestFaults:
    @pytest.fixture(autouse=True)
    def world(self, sandbox: Any, clean: dict[str, Any]) -> None:
        self.sandbox, self.clean = sandbox, clean
        if "shows" not in clean:
            clean["shows"] = some_shows(sandbox)
        forget_what_was_spent(sandbox)

    def expected(self, streams: list[str], chosen: list[str]) -> Any:
        key = (*streams, len(chosen))
        if key not in self.clean:
            messages, error = attempt(streams, None, config(self.sandbox, title_ids=chosen))
            assert error is None
            rows = self.clean[key] = living(messages.all)
            assert {row[0] for row in rows} == set(streams)
            forget_what_was_spent(self.sandbox)
        return self.clean[key]

    def disturbed(
        self, platform: str, *rules: Rule, streams: list[str] | None = None, **settings: Any
    ) -> None:
        """Run with faults, then without if that failed, and compare."""
        chosen = self.clean["shows"] if streams is None and platform == "tvmaze" else []
        streams = streams or streams_of(platform)
        right = self.expected(streams, chosen)
        self.sandbox.faults(*({**rule, "platform": PATHS[platform]} for rule in rules))
        settings = {"request_max_tries": 4, "title_ids": chosen, **settings}
        messages, error = attempt(streams, None, config(self.sandbox, **settings))
        check_states(messages)
        parts = [kept(messages, error)]
        if error is not None:
            assert "\n" not in str(error)
            self.sandbox.faults()
            state = messages.states[-1] if messages.states else None
            rest, none = attempt(streams, state, config(self.sandbox, title_ids=chosen))
            assert none is None
            check_states(rest)
            parts.append(rest.all)
        assert differences(living(*parts), right) == []

    @pytest.mark.parametrize(("one", "other"), PAIRS)
    @pytest.mark.parametrize("platform", PLATFORMS)
    def test_answers_that_are_none(self, platform: str, one: str, other: str) -> None:
        """One kind for a while, the other for good."""
        a_while = {**ANSWERS[one], "after": 5, "times": 6}
        self.disturbed(platform, a_while, {**ANSWERS[other], "after": LATER[platform]})

    @pytest.mark.parametrize("rule", WAITS.values(), ids=WAITS)
    @pytest.mark.parametrize("platform", PLATFORMS)
    def test_being_told_to_wait(self, platform: str, rule: Rule) -> None:
        self.disturbed(platform, rule)

    @pytest.mark.parametrize("spell", SPELLS.values(), ids=SPELLS)
    @pytest.mark.parametrize("rule", BODIES.values(), ids=BODIES)
    @pytest.mark.parametrize("platform", PLATFORMS)
    def test_lists_that_are_not_right(self, platform: str, rule: Rule, spell: Rule) -> None:
        path = WITH_COUNTS[platform] if rule["kind"] == "empty_page" else ""
        self.disturbed(platform, {**rule, **spell, "path": path})

    @pytest.mark.parametrize("kind", ["truncate", *BODIES])
    def test_the_index_of_shows(self, kind: str) -> None:
        rule = {"kind": kind, "path": WITH_COUNTS["tvmaze"]}
        self.disturbed("tvmaze", {**rule, "times": 2}, streams=["tvmaze_shows"])
        self.disturbed("tvmaze", {**rule, "after": 1}, streams=["tvmaze_shows"])

    @pytest.mark.parametrize("tries", [2, 8])
    @pytest.mark.parametrize("platform", PLATFORMS)
    def test_all_at_once(self, platform: str, tries: int) -> None:
        rules = [
            {"kind": "status", "status": 503, "probability": 0.1},
            {"kind": "truncate", "probability": 0.1},
            {"kind": "reset", "probability": 0.05},
            {"kind": "retry_after", "seconds": 0, "probability": 0.1},
            {"kind": "duplicate_rows", "probability": 0.2},
            {"kind": "disconnect", "probability": 0.05},
            {"kind": "slow", "seconds": 0.05, "probability": 0.1},
            {"kind": "empty", "probability": 0.05},
            {"kind": "html", "status": 200, "probability": 0.05},
        ]
        seeded = [{**rule, "seed": number + tries} for number, rule in enumerate(rules)]
        self.disturbed(platform, *seeded, request_max_tries=tries)

    @pytest.mark.parametrize("platform", PLATFORMS)
    def test_answers_that_do_not_come(self, platform: str) -> None:
        rules = [
            {"kind": "hang", "seconds": 60, "after": 6, "times": 2},
            {"kind": "slow", "seconds": 60, "after": 15, "times": 1},
        ]
        self.disturbed(platform, *rules, request_timeout=0.5)
