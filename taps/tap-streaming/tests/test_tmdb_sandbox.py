"""TMDB's series, charts and id exports against the sandbox's platforms: days pass, files break."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from requests.adapters import HTTPAdapter
from tap_fakes import make_tap, run, table

if TYPE_CHECKING:
    from pathlib import Path

SERIES = ("tmdb_seasons", "tmdb_episodes")


def settings(sandbox: Any, **more: Any) -> Any:
    exports = f"{sandbox.url}/tmdb-files/p/exports"
    return sandbox.config(tmdb_exports_url=exports, **more)


def living(*parts: Any) -> dict[tuple[Any, ...], Any]:
    """Return what is there by the README's rule, without the times of its reading."""
    rows = table([message for part in parts for message in part.all], make_tap([]))
    latest: dict[tuple[str, int], str] = {}
    for key, row in rows.items():
        show = (key[0], row["show_id"])
        latest[show] = max(latest.get(show, ""), row["snapshot_at"])
    return {
        key: {name: row[name] for name in row if name not in ("snapshot_at", "change_date")}
        for key, row in rows.items()
        if row["snapshot_at"] == latest[key[0], row["show_id"]]
    }


def test_increments_of_series_add_up_to_a_full_reading(sandbox: Any) -> None:
    config = settings(sandbox, tmdb_min_vote_count=0)
    parts = [run(*SERIES, **config)]
    listed = {record["show_id"] for record in parts[0].records("tmdb_seasons")}
    assert listed >= {record["show_id"] for record in parts[0].records("tmdb_episodes")}
    assert any(record["season_number"] == 0 for record in parts[0].records("tmdb_episodes"))
    for span in (timedelta(hours=11), timedelta(days=6)):
        sandbox.advance(span)
        parts.append(run(*SERIES, state=parts[-1].states[-1], **config))
        assert len(parts[-1].records()) < len(parts[0].records())
    whole = living(run(*SERIES, **config))
    joined = living(*parts)
    assert {key: joined.get(key) for key in whole} == whole
    gone = {row["show_id"] for key, row in joined.items() if key not in whole}
    assert gone.isdisjoint(row["show_id"] for row in whole.values())


def test_charts_come_with_all_places(sandbox: Any) -> None:
    config = settings(sandbox, tmdb_chart_region="DE")
    records = run("tmdb_charts", **config).records()
    lists: dict[tuple[str, str], list[int]] = {}
    for record in records:
        lists.setdefault((record["media_type"], record["chart"]), []).append(record["rank"])
    assert len(lists) == 8
    for ranks in lists.values():
        assert ranks == list(range(1, len(ranks) + 1))
    assert max(map(len, lists.values())) == 100


DAMAGE = {"kind": "truncate", "platform": "tmdb-files", "times": 2}
BUSY = {"kind": "status", "status": 503, "platform": "tmdb-files", "retry_after": 0, "times": 2}


@pytest.mark.parametrize("fault", [None, DAMAGE, BUSY], ids=["well", "truncated", "busy"])
def test_deletions_are_found_in_the_exports(
    sandbox: Any, fault: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    chosen = {"tmdb_min_vote_count": 25000}
    streams = ("tmdb_movies", "tmdb_tv")
    first = run(*streams, **settings(sandbox, **chosen))
    sandbox.advance(timedelta(days=20))
    if fault:
        sandbox.faults(fault)
    second = run(*streams, state=first.states[-1], **settings(sandbox, **chosen))
    sandbox.faults()
    for stream, kind in zip(streams, ("movie", "tv"), strict=True):
        state = second.states[-1]["bookmarks"][stream]
        assert state["exports"] == sandbox.clock.date().isoformat()
        gone = {one["id"] for one in second.records(stream) if one["_sdc_deleted_at"]}
        there = make_tap([], **settings(sandbox)).client(make_tap([]).streams[stream].platform)
        endpoint: Any = make_tap([]).streams[stream].endpoints[0]
        assert all(there.find(endpoint.call(id=one)) is None for one in gone), kind
    told = [line for line in caplog.messages if "ids have vanished" in line]
    vanished = sum(int(line.split()[0]) for line in told)
    gone_of_both = [one for one in second.records() if one["_sdc_deleted_at"]]
    assert (len(told), vanished > 0) == (2, True)
    assert len(gone_of_both) >= vanished
    third = run(*streams, state=second.states[-1], **settings(sandbox, **chosen))
    assert not any(one["_sdc_deleted_at"] for one in third.records())


def test_kept_answers_about_series_serve_their_seasons(
    sandbox: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: Counter[str] = Counter()
    send = HTTPAdapter.send

    def counted(adapter: HTTPAdapter, request: Any, **options: Any) -> Any:
        sent[request.path_url] += 1
        return send(adapter, request, **options)

    monkeypatch.setattr(HTTPAdapter, "send", counted)
    config = settings(sandbox, tmdb_min_vote_count=500, http_cache_folder=str(tmp_path))
    messages = run("tmdb_tv", "tmdb_seasons", **config)
    assert messages.records("tmdb_seasons")
    details = {path: count for path, count in sent.items() if "append_to_response" in path}
    assert len(details) == len(messages.records("tmdb_tv"))
    assert set(details.values()) == {1}
