"""Credits of platforms that are paid with them: what calls cost, and what happens without any."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.platforms.inprocess import InProcessClient, Reply
    from sandbox.platforms.server import PlatformServer

QUOTA = 2500
KEY = {"X-API-Key": "sandbox"}
NOVEMBER, DECEMBER = "2026-11", "2026-12"


@pytest.fixture
def ask(client: InProcessClient) -> Callable[[str], Reply]:
    return lambda path: client.get(f"/watchmode/v1{path}", headers=KEY)


def used(answer: Reply) -> int:
    return int(answer.headers["x-account-quota-used"])


def counted(client: InProcessClient) -> Any:
    return client.get("/_sandbox/requests").json()["platforms"]["watchmode"]["credits"]


@pytest.mark.parametrize(
    ("path", "cost"),
    [
        ("/status", 0),
        ("/status/", 0),
        ("/sources/", 1),
        ("/releases", 1),
        ("/list-titles", 1),
        ("/list-titles/?page=2", 1),
        ("/list-titles?regions=US,GB,DE", 3),
        ("/title/{id}/details/", 1),
        ("/title/{id}/details?append_to_response=sources,cast-crew", 3),
        ("/title/{id}/details?append_to_response=sources,sources,nothing", 2),
        ("/title/{id}/sources/", 1),
        ("/title/{imdb}/sources", 2),
        ("/title/{imdb}/details/?append_to_response=sources", 3),
        ("/title/999/details", 0),
        ("/list-titles?limit=0", 0),
        ("/changes/new_titles", 0),
        ("/nothing", 0),
    ],
)
def test_what_calls_cost(ask: Any, client: InProcessClient, path: str, cost: int) -> None:
    row = next(row for row in ask("/list-titles").json()["titles"] if row["imdb_id"])
    path = path.replace("{id}", str(row["id"])).replace("{imdb}", str(row["imdb_id"]))
    before = used(ask("/status"))
    ask(path)
    assert used(ask("/status")) == before + cost
    ask(path)
    status = ask("/status").json()
    assert status == {"quota": QUOTA, "quotaUsed": before + 2 * cost}
    assert counted(client) == {NOVEMBER: before + 2 * cost}


def test_headers_of_all_answers(ask: Any, client: InProcessClient) -> None:
    found = ask("/genres").headers
    assert found["x-ratelimit-limit"] == "120"
    assert found["x-ratelimit-remaining"] == "119"
    assert found["x-account-quota"] == str(QUOTA)
    assert ask("/nothing").headers["x-ratelimit-remaining"] == "118"
    client.put("/_sandbox/faults", json=[{"kind": "retry_after", "seconds": 19}])
    answer = ask("/genres")
    assert answer.status_code == 429
    assert answer.headers["x-ratelimit-remaining"] == "0"
    assert answer.headers["x-account-quota-used"] == "1"
    assert answer.headers["retry-after"] == "19"
    assert answer.json()["statusMessage"] == "The rate limit was exceeded."


def test_without_credits_there_is_402(
    ask: Any, server: PlatformServer, client: InProcessClient, later: Callable[[timedelta], None]
) -> None:
    server.ledger.spend("watchmode", NOVEMBER, QUOTA - 1)
    assert ask("/genres").status_code == 200
    answer = ask("/genres")
    assert answer.status_code == 402
    assert answer.json()["statusCode"] == 402
    assert used(answer) == QUOTA
    assert ask("/status").json()["quotaUsed"] == QUOTA
    assert client.get("/tvmaze/shows").status_code == 200
    later(timedelta(days=10))
    assert used(ask("/genres")) == 1
    assert counted(client) == {NOVEMBER: QUOTA, DECEMBER: 1}
    later(timedelta(0))
    client.delete("/_sandbox/requests")
    assert used(ask("/genres")) == 1


def test_other_platforms_have_no_credits(client: InProcessClient) -> None:
    answer = client.get("/tvmaze/shows")
    assert not [name for name in answer.headers if name.startswith("x-")]


def test_a_spoilt_answer_costs_and_a_fault_does_not(ask: Any, client: InProcessClient) -> None:
    client.put("/_sandbox/faults", json=[{"kind": "truncate"}])
    assert used(ask("/genres")) == 1
    client.put("/_sandbox/faults", json=[{"kind": "status", "status": 503}])
    assert used(ask("/genres")) == 1
