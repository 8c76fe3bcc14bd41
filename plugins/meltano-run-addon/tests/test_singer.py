from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from meltano_run_addon import artifacts
from meltano_run_addon.redaction import LONGEST_LINE, redact
from meltano_run_addon.singer import LastLines, Listener, SingerStep, bookmarks

if TYPE_CHECKING:
    from pathlib import Path


def log(message: str, level: str = "INFO", **more) -> str:
    fields = {"pid": 1, "logger_name": "singer_sdk", "ts": 1.0, "thread_name": "MainThread"}
    return json.dumps(
        {"level": level, "app_name": "singer-sdk", "message": message, **fields, **more}
    )


def metric(name: str, value: float, stream: str) -> str:
    return log("METRIC", metric_info={"metric": name, "value": value, "tags": {"stream": stream}})


def test_a_step_adds_up_what_both_sides_tell(tmp_path: Path) -> None:
    step = SingerStep()
    step.resume({"bookmarks": {"users": {"replication_key_value": "2026-01-01T00:00:00Z"}}})
    batch = tmp_path / "a batch.jsonl.zst"
    batch.write_bytes(b"x" * 1000)
    row = json.dumps({"type": "RECORD", "stream": "users", "record": {"name": "Zoë"}}) + "\n"
    for line in (
        '{"type":"SCHEMA","stream":"empty","schema":{}}\n',
        row,
        json.dumps({"type": "BATCH", "stream": "users", "manifest": [batch.as_uri()]}),
        '{"type":"STATE","value":{}}\n',
        "no message\n",
    ):
        step.messages.writeline(line)
    for line in (
        metric("record_count", 3, "users"),
        metric("record_count", 4, "users"),
        metric("sync_duration", 1.25, "users"),
        metric("http_request_count", 9, "users"),
    ):
        step.extractor_log.writeline(line)
    step.loader_log.writeline(metric("record_count", 6, "users"))
    step.loader_log.writeline(metric("batch_processing_time", 2.5, "users"))
    step.states.writeline("not json")
    step.states.writeline(
        '{"bookmarks": {"users": {"replication_key_value": "2026-01-02T00:00:00Z"}}}'
    )
    empty, users = step.streams()
    assert (empty["stream"], empty["rows_loaded"], empty["bytes_loaded"]) == ("empty", None, 0)
    assert users == {
        "stream": "users",
        "rows_extracted": 7,
        "rows_loaded": 6,
        "bytes_loaded": len(row.encode()) + 1000,
        "extract_seconds": 1.25,
        "load_seconds": 2.5,
        "bookmark_before": "2026-01-01T00:00:00Z",
        "bookmark_after": "2026-01-02T00:00:00Z",
    }


def test_without_a_new_state_the_bookmark_stays() -> None:
    step = SingerStep()
    step.resume({"bookmarks": {"users": {"replication_key_value": 5}}})
    step.extractor_log.writeline(metric("record_count", 0, "users"))
    (users,) = step.streams()
    assert (users["bookmark_before"], users["bookmark_after"]) == ("5", "5")


@pytest.mark.parametrize("value", ["ann@example.com", "Zoë", "2026", "", None, True, {"a": 1}])
def test_a_bookmark_that_may_be_personal_is_not_kept(value) -> None:
    assert not bookmarks({"bookmarks": {"users": {"replication_key_value": value}}})


def test_a_bookmark_that_is_a_time_or_a_number_is_kept() -> None:
    values = ["2026-01-01", "2026-01-01T00:00:00.000000+00:00", 17, 1.5]
    state = {str(number): {"replication_key_value": v} for number, v in enumerate(values)}
    assert list(bookmarks({"bookmarks": state}).values()) == [str(value) for value in values]
    assert not bookmarks({})


def test_errors_are_told_rather_than_the_last_lines() -> None:
    step = SingerStep()
    for number in range(20):
        step.extractor_log.writeline(log(f"line {number}"))
    assert step.told()[-1] == "line 19"
    step.loader_log.writeline(
        log(
            "Failed",
            "ERROR",
            exception={"type": "OSError", "module": "builtins", "message": "disk full"},
        )
    )
    assert step.told() == ["Failed OSError: disk full"]
    plain = LastLines()
    for number in range(20):
        plain.writeline(f"{number}\n")
    assert plain.told() == [str(number) for number in range(12, 20)]


@pytest.mark.parametrize(
    ("line", "kept"),
    [
        ("GET https://example.com/a?key=abc failed", "GET https://example.com/a?*** failed"),
        ("postgresql://me:hush@db:5432/x refused", "postgresql://***@db:5432/x refused"),
        ("password=hush, user=me", "password=***, user=me"),
        ('{"api_key": "hush"}', '{"api_key": "***"}'),
        ("Authorization: Bearer abcdefgh.ijk", "Authorization: Bearer ***"),
        ("refused the secret of mine", "refused the *** of mine"),
        ("row of ann.b@example.co.uk from 10.1.2.3", "row of *** from ***"),
        ("Key (email)=(ann) already exists.", "Key (***)"),
        ("\x1b[31mred\x1b[0m   and\twide", "red and wide"),
        ("cannot connect to 127.0.0.1:5432", "cannot connect to 127.0.0.1:5432"),
        ("relation app.users has 2,000 rows", "relation app.users has 2,000 rows"),
    ],
)  # fmt: skip
def test_no_secret_and_no_person_in_a_line(line: str, kept: str) -> None:
    assert redact(line, frozenset({"secret"})) == kept


def test_a_long_line_is_cut() -> None:
    assert len(redact("x" * 1000)) == LONGEST_LINE


def test_only_what_dbt_wrote_in_this_step_counts(tmp_path: Path) -> None:
    def write(name: str, *results) -> None:
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps({"results": results}))

    old = {"unique_id": "model.p.old", "status": "success", "execution_time": 1.0}
    new = {"unique_id": "test.p.new", "status": "fail", "execution_time": 0.12345, "failures": 3}
    stale = {"unique_id": "source.p.s.t", "status": "warn", "max_loaded_at_time_ago_in_s": 99.96}
    write("run_results.json", old)
    before = artifacts.modification_times(tmp_path)
    assert not list(artifacts.results(tmp_path, before))
    none = {"unique_id": "exposure.p.page", "status": "no-op", "execution_time": 0.0}
    write("run_results.json", new, none)
    write("sources.json", stale)
    write("trending/run_results.json", old)
    assert list(artifacts.results(tmp_path, before)) == [
        {
            "node": "test.p.new",
            "status": "fail",
            "seconds": 0.123,
            "failures": 3,
            "age_seconds": None,
        },
        {
            "node": "source.p.s.t",
            "status": "warn",
            "seconds": None,
            "failures": None,
            "age_seconds": 100.0,
        },
    ]


def test_a_command_may_write_beside_the_others(tmp_path: Path) -> None:
    apart = "build --target-path $MELTANO_PROJECT_ROOT/transform/target/apart --quiet"
    assert artifacts.folder_of(tmp_path, "transform/target", apart) == (
        tmp_path / "transform" / "target" / "apart"
    )
    for arguments in ("build", "", "build --target-path"):
        assert artifacts.folder_of(tmp_path, "transform/target", arguments) == (
            tmp_path / "transform" / "target"
        )


def test_a_mistake_in_listening_does_not_reach_the_pipeline() -> None:
    step = SingerStep()
    listener = Listener(step.extractor_log)
    listener.writeline(
        log("METRIC", metric_info={"metric": "record_count", "tags": {"stream": "a"}})
    )
    listener.writeline(metric("record_count", 3, "a"))
    assert step.of("a").rows_extracted is None, "it is not known how many there were before"
