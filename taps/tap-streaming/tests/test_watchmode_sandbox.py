"""Watchmode's streams against the sandbox's platform: weeks on a small budget, and failures."""

from __future__ import annotations

import json
import urllib.request
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fake_watchmode import ALL, RELEASES, SOURCES, TITLES
from tap_fakes import make_tap, run, table

from tap_streaming.client import PlatformStream

DAY, HOUR = timedelta(days=1), timedelta(hours=1)


class Account:
    """The account of Watchmode's free plan in the sandbox."""

    def __init__(self, sandbox: Any) -> None:
        self.sandbox = sandbox
        request = urllib.request.Request(f"{sandbox.url}/_sandbox/requests", method="DELETE")
        urllib.request.urlopen(request, timeout=30).close()

    def ask(self, path: str) -> Any:
        request = urllib.request.Request(
            f"{self.sandbox.url}/watchmode/v1{path}", headers={"X-API-Key": "sandbox"}
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)

    @property
    def used(self) -> int:
        return int(self.ask("/status")["quotaUsed"])

    def config(self, **settings: Any) -> dict[str, Any]:
        return {
            "watchmode_api_key": "sandbox",
            "watchmode_api_url": f"{self.sandbox.url}/watchmode/v1",
            "watchmode_max_titles": 30,
            "watchmode_requests_per_second": 1e6,
            **settings,
        }


@pytest.fixture
def account(sandbox: Any) -> Account:
    """A month of which no credit is spent, with all days to come."""
    sandbox.set_clock(datetime(2026, 12, 1, 9, tzinfo=UTC))
    return Account(sandbox)


def contents(*parts: Any) -> dict[tuple[Any, ...], Any]:
    rows = table([message for part in parts for message in part], make_tap([]))
    return {
        key: {name: value for name, value in row.items() if name != "read_at"}
        for key, row in rows.items()
    }


def test_a_run_costs_what_was_said_and_the_next_one_nothing(account: Account) -> None:
    config = account.config()
    costs = {}
    for name in ALL:
        stream = make_tap([name], **config).streams[name]
        assert isinstance(stream, PlatformStream)
        costs[name] = stream.cost()
    before = account.used
    first = run(*ALL, **config)
    spent = account.used - before
    assert costs[TITLES] == 1 + 30 * 2
    # The calendar may be too full for one answer, which is found out by asking.
    assert sum(costs.values()) <= spent <= sum(costs.values()) + 6
    counts = {name: len(first.records(name)) for name in ALL}
    assert min(counts.values()) > 0, counts
    assert counts[TITLES] == 30
    second = run(*ALL, state=first.states[-1], **config)
    assert second.records() == []
    assert account.used - before == spent


def test_titles_are_the_most_popular_with_their_offers(account: Account) -> None:
    records = run(TITLES, **account.config(watchmode_regions=["us", "GB"])).records()
    listed = account.ask("/list-titles?sort_by=popularity_desc&regions=GB,US&limit=30")["titles"]
    assert {row["id"] for row in records} == {row["id"] for row in listed}
    assert {row["media_type"] for row in records} == {"movie", "tv"}
    offers = [offer for row in records for offer in row["sources"]]
    assert {offer["region"] for offer in offers} == {"US", "GB"}
    assert {offer["type"] for offer in offers} >= {"sub", "rent", "buy"}
    assert {offer["ios_url"] for offer in offers} == {None}
    assert any(offer["price"] for offer in offers)
    known = {row["id"] for row in run(SOURCES, **account.config()).records()}
    assert {offer["source_id"] for offer in offers} <= known


def test_chosen_titles_are_found_by_the_ids_of_tmdb(account: Account) -> None:
    listed = account.ask("/list-titles?sort_by=popularity_desc&limit=20")["titles"]
    chosen = [row for row in listed if row["tmdb_id"]][:6]
    ids = [f"{row['tmdb_type']}/{row['tmdb_id']}" for row in chosen]
    before = account.used
    records = run(TITLES, **account.config(title_ids=[*ids, "movie/999999999"])).records()
    assert {row["id"] for row in records} == {row["id"] for row in chosen}
    assert account.used - before == 6 * 3


def test_releases_are_those_of_thirty_days_back_and_ahead(account: Account) -> None:
    records = run(RELEASES, **account.config()).records()
    days = {row["source_release_date"] for row in records}
    assert "2026-11-01" <= min(days) < max(days) <= "2026-12-31"
    body = account.ask("/releases?start_date=20261124&end_date=20261202&limit=500")
    wanted = {
        (row["id"], row["source_id"], row["source_release_date"], row["season_number"])
        for row in body["releases"]
    }
    names = ("id", "source_id", "source_release_date", "season_number")
    assert wanted
    assert wanted <= {tuple(row[name] for name in names) for row in records}


def test_weeks_on_a_small_budget_read_everything(account: Account) -> None:
    config = account.config(watchmode_monthly_credits=300, watchmode_max_titles=60)
    wanted = {row["id"] for row in run(TITLES, **account.config(watchmode_max_titles=60)).records()}
    account = Account(account.sandbox)
    parts, state = [], None
    for _ in range(24 * 2):
        messages = run(*ALL, state=state, **config)
        parts.append(messages.all)
        state = messages.states[-1] if messages.states else state
        account.sandbox.advance(10 * HOUR)
        assert account.used <= 300
    found = {key[1] for key in contents(*parts) if key[0] == TITLES}
    assert len(wanted & found) >= 0.9 * len(wanted)
    assert state["bookmarks"][TITLES]["replication_key_value"] >= "2026-12-01"
    assert state["bookmarks"][RELEASES]["replication_key_value"] == "2026-12-20"
    assert account.used > 150


def test_an_account_of_which_others_spend_the_rest_waits(account: Account) -> None:
    limit = {"kind": "status", "platform": "watchmode", "path": "/title/", "status": 402}
    config = account.config()
    account.sandbox.faults({**limit, "after": 8})
    first = run(TITLES, **config)
    assert len(first.records()) == 8
    account.sandbox.faults()
    rest = run(TITLES, state=first.states[-1], **config)
    assert len(rest.records()) == 22


FAULTS = [
    [{"kind": "retry_after", "seconds": 0, "probability": 0.2, "seed": 1}],
    [{"kind": "status", "status": 503, "retry_after": 0, "probability": 0.2, "seed": 2}],
    [{"kind": "truncate", "after": 9, "times": 2}, {"kind": "html", "after": 20, "times": 1}],
    [{"kind": "reset", "after": 5, "times": 2}, {"kind": "disconnect", "after": 12, "times": 1}],
    [{"kind": "empty", "after": 6, "times": 1}, {"kind": "rate_limit", "after": 16, "times": 1}],
    [{"kind": "duplicate_rows", "rows": 3}],
    [{"kind": "empty_page", "times": 1, "path": "/list-titles"}],
]


@pytest.mark.parametrize("rules", FAULTS, ids=lambda rules: rules[0]["kind"])
def test_a_platform_that_stumbles_is_read_whole(
    account: Account, monkeypatch: pytest.MonkeyPatch, rules: list[dict[str, Any]]
) -> None:
    monkeypatch.setattr("tap_streaming.session.LONGEST_BACKOFF", 0.0)
    config = account.config()
    clean = contents(run(*ALL, **config).all)
    account.sandbox.faults(*({"platform": "watchmode", **rule} for rule in rules))
    found = contents(run(*ALL, **config).all)
    account.sandbox.faults()
    assert found == clean
