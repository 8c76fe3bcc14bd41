"""What a run will cost, said before it is made, against what it then costs."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from tap_fakes import FakeTmdb, FakeTvmaze, make_tap, run

from tap_streaming.client import PlatformStream

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from conftest import Sandbox
    from tap_fakes import FakeApi

TITLES = ("tmdb_movies", "tmdb_tv", "tmdb_watch_offers")
SHOWS = ("tvmaze_shows", "tvmaze_episodes")


def said(stream: str, state: Mapping[str, Any] | None = None, **settings: Any) -> int:
    found = make_tap([stream], state, **settings).streams[stream]
    assert isinstance(found, PlatformStream)
    return found.cost()


def spent(
    api: FakeApi, stream: str, state: Mapping[str, Any] | None = None, **settings: Any
) -> tuple[int, Mapping[str, Any]]:
    api.asked.clear()
    messages = run(stream, state=state, **settings)
    return len(api.asked), messages.states[-1]


@pytest.fixture
def catalogue(tmdb: FakeTmdb) -> FakeTmdb:
    tmdb.page_size = 20
    for title in range(1, 301):
        tmdb.add("movie", title, f"20{title % 20:02}-06-01")
        tmdb.add("tv", title + 50, f"20{title % 20:02}-06-01")
    return tmdb


@pytest.mark.parametrize("stream", TITLES)
def test_a_first_run_costs_what_was_said(catalogue: FakeTmdb, stream: str) -> None:
    cost, state = spent(catalogue, stream)
    assert said(stream) == pytest.approx(cost, abs=4)
    again, _ = spent(catalogue, stream, state)
    assert said(stream, state) == pytest.approx(again, abs=4)


@pytest.mark.parametrize("stream", TITLES[:2])
def test_a_run_after_changes_costs_what_was_said(catalogue: FakeTmdb, stream: str) -> None:
    _, state = spent(catalogue, stream)
    media_type = "movie" if stream == "tmdb_movies" else "tv"
    catalogue.change(media_type, "2026-11-23", *range(60, 70))
    cost, _ = spent(catalogue, stream, state)
    assert cost >= 10
    assert said(stream, state) == pytest.approx(cost, abs=4)


def test_chosen_ids_cost_one_request_each(catalogue: FakeTmdb) -> None:
    chosen = {"title_ids": [f"movie/{title}" for title in range(1, 41)]}
    assert said("tmdb_movies", **chosen) == 40
    cost, _ = spent(catalogue, "tmdb_movies", **chosen)
    assert cost == pytest.approx(40, abs=2)


@pytest.mark.parametrize("stream", SHOWS)
def test_shows_cost_what_was_said(tvmaze: FakeTvmaze, stream: str) -> None:
    tvmaze.shows = {show: tvmaze.now - 90_000 - show for show in range(1, 1001, 5)}
    cost, state = spent(tvmaze, stream)
    assert said(stream) == pytest.approx(cost, abs=4)
    tvmaze.shows |= dict.fromkeys(range(1, 301, 5), tvmaze.now - 10)
    cost, _ = spent(tvmaze, stream, state)
    assert cost >= 60
    assert said(stream, state) == pytest.approx(cost, abs=4)


def test_to_know_costs_little(catalogue: FakeTmdb) -> None:
    catalogue.asked.clear()
    said("tmdb_movies")
    assert len(catalogue.asked) <= 3


def command(tmp_path: Path, config: Mapping[str, Any], *more: str) -> Any:
    file = tmp_path / "config.json"
    file.write_text(json.dumps(config))
    return subprocess.run(
        [sys.executable, "-m", "tap_streaming", "--config", str(file), "--dry-run", *more],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_the_command_says_it_per_platform(sandbox: Sandbox, tmp_path: Path) -> None:
    done = command(tmp_path, sandbox.config(tmdb_requests_per_second=20))
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    (tmdb,) = [line for line in lines if line.startswith("TMDB: about ")]
    assert " at 20 a second" in tmdb
    for stream in (*TITLES, *SHOWS):
        assert any(line.startswith(f"  {stream}: ") for line in lines), stream
    assert "RECORD" not in done.stdout


def test_the_command_counts_selected_streams_only(sandbox: Sandbox, tmp_path: Path) -> None:
    tap = make_tap(["tmdb_genres"], None, **sandbox.config())
    (tmp_path / "catalog.json").write_text(tap.catalog_json_text)
    done = command(tmp_path, sandbox.config(), "--catalog", str(tmp_path / "catalog.json"))
    assert done.returncode == 0, done.stderr
    assert [line.split(":")[0].strip() for line in done.stdout.splitlines()[:2]] == [
        "TMDB", "tmdb_genres",
    ]  # fmt: skip
    assert "TVmaze" not in done.stdout


def test_a_mistake_is_one_line(tmp_path: Path) -> None:
    done = command(tmp_path, {"tmdb_access_token": "x", "title_ids": ["603"]})
    assert done.returncode == 1
    assert "title_ids" in done.stderr
    assert "Traceback" not in done.stderr
