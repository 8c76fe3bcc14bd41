"""The clock in Date, health, counts, unknown addresses."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from sandbox.platforms.ledger import Ledger
from sandbox.platforms.live import Live, draw
from sandbox.platforms.registry import PLATFORMS
from sandbox.settings import SandboxError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sandbox.platforms.inprocess import InProcessClient, Reply
    from sandbox.platforms.server import PlatformServer
    from sandbox.world import World

DATE = "Mon, 23 Nov 2026 09:00:00 GMT"


def _dates(answer: Reply) -> list[str]:
    return [value for name, value in answer.raw_headers if name == "date"]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/_sandbox/health", 200),
        ("/_sandbox/nothing", 404),
        ("/", 404),
        ("/nobody/3/movie/1", 404),
        ("/tmdb", 404),
        ("/tmdb/3/configuration", 401),
        ("/tmdb/3/configuration?api_key=sandbox", 200),
        ("/tvmaze/shows?page=999", 404),
    ],
)
def test_every_answer_is_dated_by_the_worlds_clock(
    client: InProcessClient, path: str, status: int
) -> None:
    answer = client.get(path)
    assert answer.status_code == status
    assert _dates(answer) == [DATE]


def test_faulty_answers_are_dated_too(client: InProcessClient) -> None:
    client.put("/_sandbox/faults", json=[{"kind": "status", "status": 503}])
    answer = client.get("/tvmaze/shows/1")
    assert (answer.status_code, answer.headers["date"]) == (503, DATE)


def test_a_bug_is_an_answer_too(
    server: PlatformServer, client: InProcessClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server.live, "snapshot", None)
    answer = client.get("/tvmaze/shows/1")
    assert (answer.status_code, answer.headers["date"]) == (500, DATE)


def test_only_good_answers_and_misses_may_be_cached(client: InProcessClient) -> None:
    for path, cached in (("/tvmaze/shows", True), ("/tvmaze/shows/0", True), ("/tmdb/3/x", False)):
        assert ("cache-control" in client.get(path).headers) == cached
    client.put("/_sandbox/faults", json=[{"kind": "rate_limit"}])
    assert "cache-control" not in client.get("/tvmaze/shows").headers


def test_health_names_clock_and_platforms(client: InProcessClient) -> None:
    assert client.get("/_sandbox/health").json() == {
        "status": "ok",
        "clock": "2026-11-23T09:00:00Z",
        "platforms": [platform.name for platform in PLATFORMS],
    }


def test_a_moved_clock_is_noticed(
    client: InProcessClient, later: Callable[[timedelta], None]
) -> None:
    before = client.get("/tvmaze/updates/shows").json()
    later(timedelta(days=30))
    answer = client.get("/tvmaze/updates/shows")
    assert answer.headers["date"] == "Wed, 23 Dec 2026 09:00:00 GMT"
    assert answer.json() != before


def test_an_unreadable_world_file_changes_nothing(world: World, tmp_path: Path) -> None:
    path = tmp_path / "world.json"
    world.save(path, world.start)
    live = Live(path)
    path.write_text("{", encoding="utf-8")
    assert live.clock() == world.start
    path.unlink()
    assert live.clock() == world.start
    world.save(path, world.start + timedelta(days=1))
    assert live.clock() == world.start + timedelta(days=1)


def test_no_world_is_the_users_problem(tmp_path: Path) -> None:
    with pytest.raises(SandboxError, match="sandbox up"):
        Live(tmp_path / "world.json")


def test_requests_are_counted_by_template(client: InProcessClient, tmdb: Any) -> None:
    film = tmdb("/discover/movie")["results"][0]["id"]
    tmdb(f"/movie/{film}")
    tmdb("/movie/999999999", 404)
    client.get("/tmdb/3/movie/5")
    client.get("/tvmaze/unheard/of")
    found = client.get("/_sandbox/requests").json()["platforms"]
    assert found["tmdb"]["paths"] == {"/3/discover/movie": 1, "/3/movie/{id}": 3}
    assert found["tmdb"]["statuses"] == {"200": 2, "401": 1, "404": 1}
    assert found["tmdb"]["requests"] == 4
    assert found["tvmaze"]["paths"] == {"(unknown path)": 1}
    reset = client.delete("/_sandbox/requests").json()["platforms"]
    assert reset["tmdb"]["requests"] == 0


def test_the_busiest_second_is_any_second() -> None:
    times = [0.0, 0.7, 0.8, 1.6, 1.69, 5.0, 5.5]
    left = iter([0.0, *times, 5.5])  # it begins, requests arrive, it is asked
    ledger = Ledger(["tmdb"], clock=lambda: next(left))
    for _ in times:
        ledger.arrived("tmdb", None)
    assert ledger.described()["platforms"]["tmdb"]["busiest_second"] == 4, "from 0.7 to 1.69"


def test_draws_of_two_kinds_do_not_depend_on_each_other() -> None:
    few = [number for number in range(4000) if draw("some", number) < 0.2]
    assert 700 < len(few) < 900
    high = sum(draw("else", number) >= 0.5 for number in few)
    assert 0.4 < high / len(few) < 0.6


def test_a_kept_answer_is_the_same(tmdb: Any) -> None:
    path = "/discover/tv"
    assert tmdb(path, page=2) == tmdb(path, page=2)


def test_details_are_fast(server: PlatformServer, client: InProcessClient) -> None:
    """About a millisecond of CPU per detail; the bound is loose for busy machines."""
    films = [view.tmdb_id for view in server.live.snapshot().titles["movie"][:200]]
    query = "append_to_response=external_ids,watch/providers&api_key=sandbox"
    began = time.process_time()
    for film in films:
        assert client.get(f"/tmdb/3/movie/{film}?{query}").status_code == 200
    overhead = time.process_time()
    for _ in films:
        client.get("/tmdb/3/configuration?api_key=sandbox")
    ended = time.process_time()
    spent = (overhead - began) - (ended - overhead)
    assert spent / len(films) < 0.004
