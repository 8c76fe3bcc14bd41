"""All streams of Streaming Availability within a month's budget."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from fake_streaming_availability import (
    ALL,
    FakeStreamingAvailability,
    current,
    option,
    sa_run,
    stocked,
)
from tap_fakes import Messages, make_tap, table

HOUR = timedelta(hours=1)
ONE_DAY = timedelta(days=1)
SEARCH = "/shows/search/filters"


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> FakeStreamingAvailability:
    return stocked(monkeypatch)


def state_of(messages: Messages) -> dict[str, Any]:
    for one in messages.states:
        assert len(json.dumps(one)) < 2000
    state: dict[str, Any] = messages.states[-1]
    return state


@pytest.mark.parametrize("monthly", [100, 300])
def test_a_small_budget_is_kept_and_nothing_lost(
    api: FakeStreamingAvailability, monthly: int
) -> None:
    api.clock = api.clock.replace(day=20)
    kept: list[dict[str, Any]] = []
    state = None
    for step in range(45 * 4):
        if step % 25 == 0 and step < 45 * 3:
            api.offer(str(step // 25), option("prime", "rent"))
        part = sa_run(*ALL, state=state, sa_monthly_requests=monthly)
        kept += part.all
        state = state_of(part) if part.states else state
        api.clock += 6 * HOUR
    assert set(api.spent) == {(2026, 11), (2026, 12), (2027, 1)}
    assert max(api.spent.values()) <= monthly
    if monthly == 100:
        assert api.spent[2026, 12] >= 90
    assert current(kept) == api.held("us")
    rows = table(kept, make_tap([])).keys()
    assert {key[0] for key in rows} >= {"sa_services", "sa_changes", "sa_offers"}
    told = {
        (change["body"]["changeType"], change["body"]["showId"])
        for change in api.changes
        if change["body"]["changeType"] in ("new", "removed") and change["country"] == "us"
    }
    changes = [row for key, row in table(kept, make_tap([])).items() if key[0] == "sa_changes"]
    assert {(row["change_type"], row["show_id"]) for row in changes} == told


def test_each_stream_comes_forward(api: FakeStreamingAvailability) -> None:
    """Although the changes alone would take more than the days have."""
    for number in range(200):
        api.tell("new", "1", "us", option(), at=api.now - number)
    state = None
    for _ in range(5):
        state = state_of(sa_run(*ALL, state=state, sa_monthly_requests=60))
        api.clock += ONE_DAY
    assert set(api.paths) == {"/countries", "/shows/top", SEARCH, "/changes"}
    assert api.paths.count("/changes") >= len(api.paths) / 3


def test_with_enough_each_thing_is_read_once_a_day(api: FakeStreamingAvailability) -> None:
    state = None
    for _ in range(3):
        state = state_of(sa_run(*ALL, state=state))
        billed = len(api.billed)
        for _ in range(5):
            api.clock += HOUR
            sa_run(*ALL, state=state)
        assert len(api.billed) == billed
        api.clock += ONE_DAY - 5 * HOUR
    asked = api.paths
    assert asked.count("/countries") <= 2
    assert asked.count("/shows/top") == 3 * 4
    assert asked.count(SEARCH) == 4
