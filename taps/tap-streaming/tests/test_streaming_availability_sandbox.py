"""Streaming Availability's streams against the sandbox's platform, while days pass."""

from __future__ import annotations

import json
import urllib.request
from datetime import timedelta
from typing import Any

import pytest
from fake_streaming_availability import ALL, holding
from tap_fakes import Messages, make_tap, run, table

from tap_streaming.errors import TapError

CHANGES, OFFERS = "sa_changes", "sa_offers"


def config(sandbox: Any, **settings: Any) -> dict[str, Any]:
    return {
        "sa_api_key": "sandbox",
        "sa_api_url": f"{sandbox.url}/streaming-availability",
        "sa_countries": ["us", "de"],
        "sa_services": ["netflix", "prime.addon", "apple.rent"],
        "sa_requests_per_second": 1e6,
        "sa_monthly_requests": 1_000_000,
        **settings,
    }


def asked(sandbox: Any, path: str) -> Any:
    request = urllib.request.Request(
        f"{sandbox.url}/streaming-availability{path}", headers={"X-API-Key": "sandbox"}
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


def offers(*parts: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return the offers that hold, whole but for when they were read."""
    return {row["offer_id"]: {**row, "read_at": None} for row in holding(*parts)}


@pytest.mark.parametrize("hours", [(5, 20, 47), (24 * 9, 24 * 20), (24 * 45, 30)])
def test_increments_add_up_to_a_full_reading(sandbox: Any, hours: tuple[int, ...]) -> None:
    settings = config(sandbox)
    parts = [run(OFFERS, **settings)]
    assert len(parts[0].records()) > 500
    for span in hours:
        sandbox.advance(timedelta(hours=span))
        parts.append(run(OFFERS, state=parts[-1].states[-1], **settings))
    sandbox.advance(timedelta(seconds=1))
    whole = offers(run(OFFERS, **settings).all)
    assert offers(*(part.all for part in parts)) == whole


def test_a_second_run_asks_for_nothing(sandbox: Any) -> None:
    settings = config(sandbox)
    first = run(*ALL, **settings)
    assert min(len(first.records(stream)) for stream in ALL) > 10
    sandbox.advance(timedelta(hours=3))
    sandbox.faults({"kind": "status", "status": 500, "platform": "streaming-availability",
                    "path": "/streaming-availability/"})  # fmt: skip
    second = run(*ALL, state=first.states[-1], **settings)
    assert second.records() == []


def test_changes_are_those_that_the_platform_tells(sandbox: Any) -> None:
    settings = config(sandbox, sa_countries=["us"], sa_services=["netflix"])
    parts: list[Messages] = []
    for days in (0, 1, 8, 15):
        sandbox.advance(timedelta(days=days))
        state = parts[-1].states[-1] if parts else None
        parts.append(run(CHANGES, state=state, **settings))
    rows = table([message for part in parts for message in part.all], make_tap([])).values()
    latest = max(row["read_at"] for row in rows)
    for kind in ("new", "removed", "expiring", "upcoming"):
        query = f"country=us&catalogs=netflix&item_type=show&change_type={kind}"
        told, cursor = [], ""
        while cursor is not None:
            body = asked(sandbox, f"/changes?{query}&include_unknown_dates=true{cursor}")
            told += [(row["showId"], row["link"]) for row in body["changes"] if "link" in row]
            cursor = f"&cursor={body['nextCursor']}" if body["hasMore"] else None
        found = {
            (row["show_id"], row["link"])
            for row in rows
            if row["change_type"] == kind
            and (kind in ("new", "removed") or row["read_at"] == latest)
        }
        assert {show for show, _ in told} <= {show for show, _ in found}
        assert kind == "upcoming" or told


FAULTS = [
    [{"kind": "status", "status": 503, "retry_after": 0, "probability": 0.2, "seed": 2}],
    [{"kind": "truncate", "after": 10, "times": 2}, {"kind": "html", "after": 20, "times": 1}],
    [{"kind": "reset", "after": 10, "times": 2}, {"kind": "disconnect", "after": 20, "times": 1}],
    [{"kind": "empty", "after": 15, "times": 1}, {"kind": "rate_limit", "after": 5, "times": 1}],
]


@pytest.mark.parametrize("rules", FAULTS, ids=lambda rules: rules[0]["kind"])
def test_a_platform_that_stumbles_is_read_whole(sandbox: Any, rules: list[dict[str, Any]]) -> None:
    settings = config(sandbox, sa_countries=["de"])
    clean = offers(run(OFFERS, **settings).all)
    sandbox.advance(timedelta(seconds=1))
    sandbox.faults(*rules)
    assert offers(run(OFFERS, **settings).all) == clean


def test_runs_that_fail_are_gone_on_with_later(sandbox: Any) -> None:
    settings = config(sandbox, sa_countries=["de"], request_max_tries=1)
    state: Any = None
    kept: list[dict[str, Any]] = []
    for _ in range(4):
        sandbox.faults({"kind": "status", "status": 500, "after": 9})
        writer = Messages()
        with pytest.raises(TapError, match="goes on where this one stopped"):
            make_tap([OFFERS], state, writer, **settings).sync_all()
        safe, reached = writer.safe()
        kept += safe
        state = reached or state
        sandbox.advance(timedelta(hours=30))
    sandbox.faults()
    rest = run(OFFERS, state=state, **settings)
    sandbox.advance(timedelta(seconds=1))
    assert offers(kept, rest.all) == offers(run(OFFERS, **settings).all)


def test_a_month_s_limit_is_not_reached(sandbox: Any) -> None:
    """The platform would refuse the 101st request with the key."""
    sandbox.faults({"kind": "rate", "requests": 100, "path": "^/streaming-availability/"})
    state: Any = None
    for _ in range(8):
        part = run(*ALL, state=state, **config(sandbox, sa_monthly_requests=100))
        state = part.states[-1] if part.states else state
        sandbox.advance(timedelta(hours=23))
    marks = state["bookmarks"]
    assert marks.keys() == set(ALL)
    assert marks[OFFERS]["sweep"] is not None


def test_titles_chosen_by_id(sandbox: Any) -> None:
    shows = asked(sandbox, "/shows/search/filters?country=us&order_by=rating")["shows"][:12]
    ids = [show["tmdbId"] for show in shows]
    settings = config(sandbox, title_ids=[*ids, "movie/999999999"])
    parts = [run(OFFERS, **settings)]
    assert {row["show_id"] for row in parts[0].records()} - {None} == {show["id"] for show in shows}
    sandbox.advance(timedelta(days=60))
    parts.append(run(OFFERS, state=parts[0].states[-1], **settings))
    sandbox.advance(timedelta(seconds=1))
    whole = offers(run(OFFERS, **settings).all)
    assert offers(*(part.all for part in parts)) == whole
