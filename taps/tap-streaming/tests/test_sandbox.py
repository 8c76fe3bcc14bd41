"""Whole runs against the sandbox's platforms: days pass, servers fail, processes die."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from tap_fakes import Messages, make_tap, run, table

from tap_streaming.errors import TapError

if TYPE_CHECKING:
    from pathlib import Path

TMDB = ("tmdb_movies", "tmdb_tv", "tmdb_watch_offers")
TVMAZE = ("tvmaze_shows", "tvmaze_episodes")
DATED = ("change_date", "snapshot_date", "_sdc_deleted_at", "show_updated")


def contents(*parts: Any) -> dict[tuple[Any, ...], Any]:
    """Return what a target has after runs: living rows, without the dates of their reading."""
    rows = table([message for part in parts for message in part], make_tap([]))
    return {
        key: {name: value for name, value in row.items() if name not in DATED}
        for key, row in rows.items()
        if not row.get("_sdc_deleted_at")
    }


def test_a_second_run_brings_nothing_new(sandbox: Any) -> None:
    config = sandbox.config()
    streams = (*TMDB, *TVMAZE, "tmdb_genres", "tmdb_trending", "tmdb_watch_providers")
    first = run(*streams, **config)
    counted = {name: len(first.records(name)) for name in streams if name != "tmdb_tv"}
    assert min(counted.values()) > 0, counted
    second = run(*streams, state=first.states[-1], **config)
    assert contents(first.all, second.all) == contents(first.all)
    assert second.records("tmdb_watch_offers") == []
    assert len(second.records("tmdb_movies")) < counted["tmdb_movies"] / 4
    assert len(second.records("tvmaze_episodes")) < counted["tvmaze_episodes"] / 4
    assert len(json.dumps(second.states[-1])) < 10_000


@pytest.mark.parametrize("span", [timedelta(hours=5), timedelta(days=9)])
def test_increments_add_up_to_a_full_reading(sandbox: Any, span: timedelta) -> None:
    config = sandbox.config(tmdb_min_vote_count=0)
    streams = ("tmdb_tv", *TVMAZE)
    parts = [run(*streams, **config)]
    for _ in range(2):
        sandbox.advance(span)
        parts.append(run(*streams, state=parts[-1].states[-1], **config))
    whole = contents(run(*streams, **config).all)
    joined = contents(*(part.all for part in parts))
    assert {key: joined.get(key) for key in whole} == whole
    assert {key[0] for key in joined.keys() - whole.keys()} <= set(TVMAZE)


def test_what_came_from_a_cache_is_made_good_later(sandbox: Any) -> None:
    config = sandbox.config(tmdb_min_vote_count=0)
    streams = ("tmdb_tv", *TVMAZE)
    stale = (
        {"kind": "stale", "platform": "tmdb", "seconds": 27_000},
        {"kind": "stale", "platform": "tvmaze", "seconds": 3_500},
    )
    parts = []
    state = None
    for hours in (0, 7, 5, 12, 30):
        sandbox.advance(timedelta(hours=hours))
        sandbox.faults(*(() if hours == 30 else stale))
        parts.append(run(*streams, state=state, **config))
        state = parts[-1].states[-1]
    whole = contents(run(*streams, **config).all)
    joined = contents(*(part.all for part in parts))
    assert {key: joined.get(key) for key in whole} == whole


FAULTS = [
    [{"kind": "retry_after", "seconds": 0, "probability": 0.1, "seed": 1}],
    [{"kind": "status", "status": 503, "retry_after": 0, "probability": 0.2, "seed": 2}],
    [{"kind": "truncate", "after": 40, "times": 2}, {"kind": "html", "after": 90, "times": 1}],
    [{"kind": "reset", "after": 30, "times": 2}, {"kind": "disconnect", "after": 60, "times": 1}],
    [{"kind": "empty", "after": 20, "times": 1}, {"kind": "rate_limit", "after": 50, "times": 1}],
    [{"kind": "duplicate_rows", "rows": 3}],
]


@pytest.mark.parametrize("rules", FAULTS, ids=lambda rules: rules[0]["kind"])
def test_a_platform_that_stumbles_is_read_whole(sandbox: Any, rules: list[dict[str, Any]]) -> None:
    config = sandbox.config()
    streams = ("tmdb_movies", "tvmaze_shows")
    clean = contents(run(*streams, **config).all)
    sandbox.faults(*rules)
    assert contents(run(*streams, **config).all) == clean


def test_a_platform_that_fails_is_gone_on_with_later(sandbox: Any) -> None:
    config = sandbox.config(request_max_tries=1)
    clean = run(*TMDB, **config)
    state: dict[str, Any] | None = None
    kept: list[list[dict[str, Any]]] = []
    for _ in range(3):
        sandbox.faults({"kind": "html", "after": 45})
        writer = Messages()
        with pytest.raises(TapError, match="goes on where this one stopped"):
            make_tap(TMDB, state, writer, **config).sync_all()
        safe, reached = writer.safe()
        kept.append(safe)
        state = reached or state
    sandbox.faults()
    rest = run(*TMDB, state=state, **config)
    assert contents(*kept, rest.all) == contents(clean.all)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL, signal.SIGINT])
def test_a_process_that_dies_is_gone_on_with_later(
    sandbox: Any, tmp_path: Path, number: signal.Signals
) -> None:
    config = sandbox.config(tmdb_requests_per_second=150)
    catalog = json.loads(make_tap([]).catalog_json_text)
    for stream in catalog["streams"]:
        (root,) = (entry for entry in stream["metadata"] if entry["breadcrumb"] == [])
        root["metadata"]["selected"] = stream["stream"] == "tmdb_movies"
    files = {"config": config, "catalog": catalog}
    for name, body in files.items():
        (tmp_path / name).write_text(json.dumps(body))
    command = [
        sys.executable, "-m", "tap_streaming",
        "--config", str(tmp_path / "config"), "--catalog", str(tmp_path / "catalog"),
    ]  # fmt: skip
    with (tmp_path / "out").open("wb") as out, (tmp_path / "err").open("wb") as err:
        process = subprocess.Popen(command, stdout=out, stderr=err)
        while (tmp_path / "out").read_text().count('"STATE"') < 2:
            assert process.poll() is None, (tmp_path / "err").read_text()
            time.sleep(0.02)
        process.send_signal(number)
        process.wait(30)
    assert process.returncode == (-number if number == signal.SIGKILL else 128 + number)
    writer = Messages()
    writer.all = [
        json.loads(line)
        for line in (tmp_path / "out").read_text().splitlines(keepends=True)
        if line.endswith("\n")
    ]
    kept, state = writer.safe()
    assert state is not None
    assert state["bookmarks"]["tmdb_movies"]["sweep"] is not None
    rest = run("tmdb_movies", state=state, **config)
    clean = run("tmdb_movies", **config)
    assert len(rest.records()) < len(clean.records())
    assert contents(kept, rest.all) == contents(clean.all)
    if number != signal.SIGKILL:
        assert "Traceback" not in (tmp_path / "err").read_text()
        assert f"stopped by {number.name}" in (tmp_path / "err").read_text()
