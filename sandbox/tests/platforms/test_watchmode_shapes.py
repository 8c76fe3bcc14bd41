"""Watchmode's bodies against recorded ones and the documentation's examples."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from .recordings import Shape, bodies, compare, needs_recordings, shape_of

if TYPE_CHECKING:
    from sandbox.platforms.inprocess import InProcessClient

pytestmark = needs_recordings

NOTED: dict[str, dict[str, set[str]]] = {
    "watchmode list-titles": {"titles[].tmdb_type": {"null"}},
    "watchmode detail": {
        "tmdb_type": {"null"},
        **{name: {"null"} for name in ("release_date", "user_rating", "backdrop", "us_rating")},
        "trailer_thumbnail": {"null"},
    },
    "watchmode seasons": {"[].air_date": {"null"}},
    "watchmode cast-crew": {"[].order": {"number"}, "[].episode_count": {"null"}},
    "watchmode releases": {"releases[].imdb_id": {"null"}},
}
"""What is not in the recordings: facts that the world does not know of each title."""


def check(name: str, mine: Shape, pattern: str) -> None:
    compare(name, mine, shape_of(bodies("watchmode", pattern)), set(), NOTED.get(name, {}))


@pytest.fixture
def ask(client: InProcessClient) -> Any:
    def get(path: str) -> Any:
        answer = client.get(f"/watchmode/v1{path}", headers={"X-API-Key": "sandbox"})
        assert answer.status_code == 200, answer.text
        return answer.json()

    return get


@pytest.fixture
def numbers(ask: Any) -> list[int]:
    pages = [ask(f"/list-titles?page={page}&types=movie") for page in (1, 2)]
    pages += [ask(f"/list-titles?page={page}&types=tv_series,tv_miniseries") for page in (1, 2)]
    return [row["id"] for body in pages for row in body["titles"]]


@pytest.mark.parametrize(
    ("name", "pattern"),
    [
        ("sources", r"/v1_sources"),
        ("regions", r"/v1_regions"),
        ("genres", r"/v1_genres"),
        ("networks", r"/v1_networks"),
        ("list-titles", r"/v1_(list-titles|search)"),
        ("releases", r"/v1_releases"),
    ],
)
def test_lists(ask: Any, name: str, pattern: str) -> None:
    check(f"watchmode {name}", shape_of([ask(f"/{name}")]), pattern)


def test_details_with_sources(ask: Any, numbers: list[int]) -> None:
    query = "append_to_response=sources"
    mine = shape_of(ask(f"/title/{number}/details?{query}") for number in numbers)
    check("watchmode detail", mine, r"/v1_title_\d+_details")


@pytest.mark.parametrize("name", ["sources", "seasons", "cast-crew"])
def test_parts(ask: Any, numbers: list[int], name: str) -> None:
    mine = shape_of(ask(f"/title/{number}/{name}/") for number in numbers)
    check(f"watchmode {name}", mine, rf"/v1_title_345534_{re.escape(name)}\.json")


def test_errors(client: InProcessClient) -> None:
    wrong = client.get("/watchmode/v1/title/tt3896198/details/").json()
    assert wrong == bodies("watchmode", r"cauldron_live_2026/401")[0]
    query = "?apiKey=sandbox"
    bad = client.get(f"/watchmode/v1/changes/bad/{query}").json()
    assert bad == bodies("watchmode", r"/400__v1_changes_bad")[0]
    client.put("/_sandbox/faults", json=[{"kind": "rate_limit"}])
    limited = client.get(f"/watchmode/v1/status/{query}").json()
    assert limited == bodies("watchmode", r"/429__rate_limited")[0]
