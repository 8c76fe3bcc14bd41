from __future__ import annotations

import copy
import datetime as dt

from run_records.alerts import alerts
from run_records.files import RunRecord
from run_records.report import report

STARTED = dt.datetime(2026, 6, 1, 12, tzinfo=dt.UTC)
STEP = "tap-postgres target-snowflake"


def run(hours: float = 0, status: str = "succeeded", **more) -> RunRecord:
    started = STARTED + dt.timedelta(hours=hours)
    content = {
        "version": 1,
        "run_id": f"run{hours}",
        "command": "elt",
        "environment": "prod",
        "status": status,
        "failed_step": None if status == "succeeded" else STEP,
        "error": None if status == "succeeded" else "Loader failed",
        "last_lines": [] if status == "succeeded" else ["no warehouse"],
        "is_full_refresh": False,
        "started_at": started.isoformat(),
        "ended_at": (started + dt.timedelta(seconds=90)).isoformat(),
        "steps": [{"step": STEP, "status": status}, {"step": "dbt:freshness", "status": status}],
        "streams": [],
        "dbt_results": [],
        "reconciliations": [],
    }
    return RunRecord(copy.deepcopy(content | more))


def streams(**rows: int) -> list[dict]:
    return [
        {
            "step_number": 1,
            "step": STEP,
            "stream": name,
            "rows_loaded": loaded,
            "rows_extracted": loaded,
            "bytes_loaded": 10 * loaded,
            "extract_seconds": 1.0,
            "load_seconds": None,
            "bookmark_before": None,
            "bookmark_after": "2026-06-01",
        }
        for name, loaded in rows.items()
    ]


def freshness(**statuses: str) -> list[dict]:
    return [
        {
            "step_number": 2,
            "node": f"source.p.app.{name}",
            "status": status,
            "seconds": 0.1,
            "failures": None,
            "age_seconds": 7200.0,
        }
        for name, status in statuses.items()
    ]


def told(record: RunRecord, history: list[RunRecord] | None = (), stale=frozenset()) -> list[str]:
    return [found.kind for found in alerts(record, history, stale)]


def test_a_failure_is_told_with_step_reason_and_help() -> None:
    (found,) = alerts(run(status="failed"), [], frozenset())
    assert found.title == f"prod: elt failed in {STEP}"
    assert found.lines[:2] == ["Loader failed", "no warehouse"]
    assert "run run0, started 2026-06-01 12:00 UTC, 90 s" in found.body
    assert "docs/operations.md" in found.body


def test_killed_and_terminated_runs_are_told_too() -> None:
    assert told(run(status="killed")) == ["failure"]
    assert told(run(status="terminated")) == ["failure"]
    assert told(run(status="failed"), None) == ["failure"], "also without the warehouse"
    assert told(run()) == []


def test_the_same_failure_is_told_once_and_so_is_its_end() -> None:
    first = run(-2, "failed", told=["failure"])
    again = run(-1, "failed")
    assert told(run(status="failed"), [first, again]) == []
    assert told(run(), [first, again]) == ["recovery"]
    assert told(run(1), [first, again, run()]) == []


def test_another_failure_is_told() -> None:
    first = run(-1, "failed", told=["failure"])
    assert told(run(status="failed", failed_step="dbt:build"), [first]) == ["failure"]
    assert told(run(status="killed"), [first]) == ["failure"]


def test_a_failure_that_nobody_heard_of_is_told_again() -> None:
    assert told(run(status="failed"), [run(-1, "failed")]) == ["failure"]
    assert told(run(), [run(-1, "failed")]) == []


def test_stale_sources_are_told_when_there_are_more() -> None:
    record = run(dbt_results=freshness(users="warn", titles="error", plans="pass"))
    (found,) = alerts(record, [], frozenset())
    assert (found.kind, found.title) == ("stale", "prod: 2 more sources are stale")
    assert "p.app.titles: newest row 2.0 hours old (error)" in found.lines
    stale = {"source.p.app.users", "source.p.app.titles"}
    assert told(record, [], stale) == []
    assert told(record, [], {"source.p.app.users"}) == ["stale"]
    assert told(run(dbt_results=freshness(users="pass")), [], stale) == ["recovery"]
    assert told(run(), [], stale) == [], "this run did not look"


def test_a_step_that_fails_for_stale_sources_alone_is_not_told_twice() -> None:
    failed = run(status="failed", failed_step="dbt:freshness", dbt_results=freshness(users="error"))
    assert told(failed) == ["stale"]
    assert told(run(status="failed", dbt_results=freshness(users="warn"))) == ["failure", "stale"]


def history(**rows: int) -> list[RunRecord]:
    return [run(-hours, streams=streams(**rows)) for hours in range(30, 0, -1)]


def test_an_unusual_load_names_the_stream() -> None:
    record = run(streams=streams(users=20_000, plans=7))
    (found,) = alerts(record, history(users=1000, plans=7), frozenset())
    assert (found.kind, found.title) == ("volume", "prod: elt brought unusual numbers of rows")
    assert found.lines[0] == "users: 20,000 rows, usually about 1,000 (median of 30 runs)"
    assert not any("plans" in line for line in found.lines)


def test_a_stream_that_is_not_there_any_more_brought_nothing() -> None:
    assert told(run(streams=streams(plans=7)), history(users=1000, plans=7)) == ["volume"]


def test_full_refreshes_and_failed_runs_are_neither_judged_nor_history() -> None:
    many = streams(users=1_000_000)
    assert told(run(streams=many, is_full_refresh=True), history(users=1000)) == []
    failed = [run(-h, "failed", streams=streams(users=1000)) for h in range(30, 1, -1)]
    assert told(run(streams=many), failed) == []


def test_the_report_shows_the_last_runs_what_failed_and_what_was_loaded() -> None:
    failed = run(1, "failed")
    dbt = [
        {"step_number": 1, "node": "model.p.a", "status": "success", "failures": None},
        {"step_number": 1, "node": "test.p.b", "status": "fail", "failures": 3},
    ]
    good = run(streams=streams(users=1234), dbt_results=[*dbt, *freshness(users="warn")])
    text = "\n".join(report([failed, good]))
    assert "2026-06-01 13:00:00  failed     90.0 s" in text
    assert "failed: Loader failed\n  no warehouse" in text
    assert "users   1,234  12,340  1.0 s" in text
    assert "1 success, 1 fail" in text
    assert "fail: test.p.b, 3 rows" in text
    assert "warn: p.app.users, newest row 2.0 hours old" in text
    assert list(report([])) == ["No run has left a record yet."]
