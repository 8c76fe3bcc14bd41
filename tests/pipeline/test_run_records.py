"""Runs that succeed, fail and are killed: what they leave, and whom they tell."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING, Any

import pytest
from test_runbook import blocks
from workspace import BIN, LITERAL

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from workspace import Workspace

pytestmark = pytest.mark.pipeline

BLOCKS = ("tap-streaming-trending", "target-snowflake", "run-records:load")
PAIR = "tap-streaming-trending target-snowflake"
RUN = ("meltano", "run", "--state-id-suffix=records", *BLOCKS)
WRONG = "not-a-key-of-mine"


class Receiver:
    """What alerts are sent to."""

    def __init__(self) -> None:
        self.bodies: list[dict[str, Any]] = []
        bodies = self.bodies

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                bodies.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)

    def take(self) -> list[dict[str, Any]]:
        """Return what has come since it was last asked."""
        taken = self.bodies.copy()
        self.bodies.clear()
        return taken


@pytest.fixture(scope="module")
def receiver(built_workspace: Workspace) -> Iterator[Receiver]:
    made = Receiver()
    thread = Thread(target=made.server.serve_forever)
    thread.start()
    before = dict(built_workspace.variables)
    built_workspace.variables |= {
        "ALERT_WEBHOOK_URL": f"http://127.0.0.1:{made.server.server_port}/secret-path",
        "TAP_STREAMING_TRENDING__LOAD_SCHEMA": "run_records",
    }
    yield made
    built_workspace.variables = before
    made.server.shutdown()
    made.server.server_close()
    thread.join()


def start_and_kill(workspace: Workspace, folder: Path) -> str:
    """Kill Meltano while its first step is at work; return the run's id."""
    before = set(folder.glob("*.json"))
    with subprocess.Popen(
        [BIN / RUN[0], *RUN[1:]],
        cwd=workspace.folder,
        env=workspace.variables,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        deadline = time.monotonic() + 120
        while True:
            assert time.monotonic() < deadline
            made = set(folder.glob("*.json")) - before
            if made and '"steps":[{' in (text := made.pop().read_text()):
                break
            time.sleep(0.05)
        os.kill(process.pid, signal.SIGKILL)
    content = json.loads(text)
    assert content["status"] == "running"
    return str(content["run_id"])


@pytest.fixture(scope="module")
def run_ids(built_workspace: Workspace, receiver: Receiver) -> dict[str, str]:
    """Ids of a run that was killed, of one that failed after it, and of one that succeeded then."""
    workspace = built_workspace
    folder = workspace.folder / ".meltano" / "run-records" / "local"
    ids = {"killed": start_and_kill(workspace, folder)}

    failed = workspace.run(
        RUN[0], "--log-format=json", *RUN[1:-1], "--force", RUN[-1],
        TAP_STREAMING_TRENDING_TMDB_ACCESS_TOKEN=WRONG,
    )  # fmt: skip
    assert failed.returncode == 1
    assert not list(folder.iterdir()), "both are loaded, though no step of the run did it"
    events = [json.loads(line) for line in failed.stdout.splitlines()]
    ids["failed"] = next(event["run_id"] for event in events if "run_id" in event)
    killed, told = receiver.take()
    assert killed["title"] == f"local: {' '.join(BLOCKS)} was killed in {PAIR}"
    assert told["title"] == f"local: {' '.join(BLOCKS)} failed in {PAIR}"
    assert "TMDB refused the key" in told["message"]

    # Meltano holds the killed run to be running for five minutes.
    said = workspace.succeed(*RUN[:-1], "--force", RUN[-1])
    (over,) = receiver.take()
    assert over["title"] == f"local: {' '.join(BLOCKS)} succeeds again"
    assert not list(folder.iterdir())
    for text in (failed.stdout, said, json.dumps([killed, told, over])):
        assert "secret-path" not in text
        assert WRONG not in text
        assert "Traceback" not in text
    _, [(newest,)] = workspace.query(
        "select run_id from raw.pipeline.runs order by started_at desc limit 1"
    )
    return {**ids, "succeeded": newest}


@pytest.fixture(scope="module")
def marts(built_workspace: Workspace, run_ids: dict[str, str]) -> dict[str, str]:
    """Build the views again: at the first build there was no record."""
    built_workspace.succeed("meltano", "invoke", "dbt", "build", "--select", "source:pipeline+")
    return run_ids


def test_what_became_of_each_run(built_workspace: Workspace, marts: dict[str, str]) -> None:
    _, rows = built_workspace.query(
        "select run_id, status, failed_step, error_message, command, environment, duration_seconds "
        "from analytics.streaming.fct_pipeline_runs"
    )
    runs = {run_id: rest for run_id, *rest in rows}
    assert runs[marts["killed"]][:2] == ["killed", PAIR]
    assert runs[marts["failed"]][:3] == ["failed", PAIR, "Extractor failed"]
    assert runs[marts["succeeded"]][:5] == ["succeeded", None, None, " ".join(BLOCKS), "local"]
    assert all(float(rest[-1]) > 0 for rest in runs.values())


def test_what_each_stream_brought(built_workspace: Workspace, marts: dict[str, str]) -> None:
    _, [(stream, loaded, extracted, size, seconds, after)] = built_workspace.query(
        "select stream, rows_loaded, rows_extracted, bytes_loaded, seconds, bookmark_after "
        f"from analytics.streaming.fct_stream_loads where run_id = '{marts['succeeded']}'"
    )
    _, [(there,)] = built_workspace.query("select count(*) from raw.run_records.tmdb_trending")
    assert (stream, loaded, extracted) == ("tmdb_trending", there, there)
    assert size > 100 * there
    assert seconds > 0
    # A day later where the world has moved on before.
    assert after in ("2026-11-02", "2026-11-03")


def test_the_literal_command_has_left_its_record_for_the_next_run(
    built_workspace: Workspace, marts: dict[str, str]
) -> None:
    command = " ".join(LITERAL[2:])
    _, [(first, *_)] = built_workspace.query(
        "select run_id from analytics.streaming.fct_pipeline_runs "
        f"where command = '{command}' and status = 'succeeded' order by started_at limit 1"
    )
    _, streams = built_workspace.query(
        "select stream, rows_loaded, rows_extracted, bytes_loaded, bookmark_before, bookmark_after "
        f"from analytics.streaming.fct_stream_loads where run_id = '{first}'"
    )
    assert len(streams) == 28
    counts = {stream: rest for stream, *rest in streams}
    for table in ("users", "viewing_sessions", "plans"):
        loaded, extracted, size, before, after = counts[f"app-{table}"]
        assert loaded == extracted > 0
        assert size > 0
        assert before is None
        assert after.startswith("2026-")
    _, results = built_workspace.query(
        "select resource_type, count(*), count_if(status in ('success', 'pass')) "
        f"from analytics.streaming.fct_dbt_results where run_id = '{first}' "
        "and resource_type in ('model', 'test', 'snapshot', 'seed') group by 1"
    )
    kinds = {kind: (number, good) for kind, number, good in results}
    assert kinds["model"][0] == kinds["model"][1] > 90
    assert kinds["test"][0] > 250
    assert marts


def test_the_questions_that_operations_asks(
    built_workspace: Workspace, marts: dict[str, str]
) -> None:
    questions = [text for text in blocks()["How did it go 1"].split(";") if text.strip()]
    answers = [built_workspace.query(question)[1] for question in questions]
    assert marts
    assert all(answers), "there were runs, rows and models"


def test_the_report(built_workspace: Workspace, marts: dict[str, str]) -> None:
    said = built_workspace.succeed(
        "meltano", "--log-level=warning", "invoke", "run-records", "report"
    )
    newest, *earlier = said.splitlines()[1:4]
    assert "succeeded" in newest
    assert [line.split()[2] for line in earlier] == ["failed", "killed"]
    assert "TMDB refused the key" in said
    assert marts
