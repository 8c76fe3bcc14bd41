"""Alerts against a receiver on loopback that may be slow, refuse, or not be there."""

from __future__ import annotations

import json
import logging
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from run_records import webhook
from run_records.__main__ import cli
from run_records.alerts import Alert
from run_records.webhook import UndeliveredError, Webhook

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SECRET = "very-secret-path"
ALERT = Alert("failure", "prod: elt failed", ["Loader failed", "no warehouse"])


class Receiver:
    """Takes alerts; answers with the given codes, then with the last one."""

    def __init__(self, *codes: int, is_slow: bool = False) -> None:
        self.codes = list(codes)
        self.bodies: list[dict] = []
        self.is_over = Event()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                receiver.bodies.append(json.loads(body))
                if is_slow:
                    receiver.is_over.wait(30)
                code = receiver.codes.pop(0) if len(receiver.codes) > 1 else receiver.codes[0]
                self.send_response(code)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}/hooks/{SECRET}"


@contextmanager
def receiving(*codes: int, is_slow: bool = False) -> Iterator[Receiver]:
    receiver = Receiver(*codes, is_slow=is_slow)
    thread = Thread(target=receiver.server.serve_forever)
    thread.start()
    try:
        yield receiver
    finally:
        receiver.is_over.set()
        receiver.server.shutdown()
        receiver.server.server_close()
        thread.join()


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhook, "WAIT_SECONDS", 0.01)
    monkeypatch.setattr(webhook, "ANSWER_SECONDS", 0.2)


def test_an_ordinary_address_gets_json() -> None:
    with receiving(200) as receiver:
        Webhook(receiver.url).send(ALERT)
    (body,) = receiver.bodies
    assert (body["title"], body["type"]) == ("prod: elt failed", "failure")
    assert body["message"] == "Loader failed\nno warehouse"


def test_a_receiver_that_stumbles_is_asked_again() -> None:
    with receiving(503, 200) as receiver:
        Webhook(receiver.url).send(ALERT)
    assert len(receiver.bodies) == 2


@pytest.mark.parametrize(("code", "is_slow"), [(500, False), (404, False), (200, True)])
def test_a_receiver_that_does_not_take_it(
    *, code: int, is_slow: bool, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, logger="apprise")
    with receiving(code, is_slow=is_slow) as receiver, pytest.raises(UndeliveredError) as raised:
        Webhook(receiver.url).send(ALERT)
    assert len(receiver.bodies) == webhook.TRIES
    assert SECRET not in str(raised.value) + caplog.text


def test_the_addresses_of_services_are_theirs() -> None:
    slack = "https://hooks.slack.com/services/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ"
    teams = (
        "https://prod-15.uksouth.logic.azure.com:443/workflows/3XXX5/triggers/manual/paths/invoke"
        "?api-version=2016-06-01&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig=iXXXU"
    )
    for url, service in ((slack, "Slack"), (teams, "Workflows"), ("https://a.b/c", "JSON")):
        (sender,) = Webhook(url)._apprise
        assert service in type(sender).__name__ + str(sender.service_name)


def test_what_is_no_address_is_said_without_showing_it() -> None:
    with pytest.raises(UndeliveredError, match="ALERT_WEBHOOK_URL is no address") as raised:
        Webhook(f"nonsense {SECRET}")
    assert SECRET not in str(raised.value)


def record(folder: Path, **more) -> Path:
    content = {
        "version": 1, "run_id": "r1", "command": "elt", "environment": "prod", "status": "failed",
        "failed_step": "dbt:build", "error": "it failed", "last_lines": [], "steps": [],
        "is_full_refresh": False, "streams": [], "dbt_results": [], "reconciliations": [],
        "started_at": "2026-06-01T12:00:00Z", "ended_at": "2026-06-01T12:01:00Z",
    }  # fmt: skip
    path = folder / "r1.json"
    path.write_text(json.dumps(content | more))
    return path


def run(command: str, folder: Path, url: str):
    return CliRunner(env={"SNOWFLAKE_ACCOUNT": ""}).invoke(
        cli, [command, "--folder", str(folder), *(["--schema=p"] if command == "load" else [])],
        env={"ALERT_WEBHOOK_URL": url},
    )  # fmt: skip


def test_without_the_warehouse_failures_are_told_once_and_the_record_waits(tmp_path: Path) -> None:
    path = record(tmp_path)
    with receiving(200) as receiver:
        first = run("load", tmp_path, receiver.url)
        again = run("alert", tmp_path, receiver.url)
    assert first.exit_code != 0
    assert "SNOWFLAKE_ACCOUNT is not set" in str(first.exception)
    assert again.exit_code == 0
    assert [body["title"] for body in receiver.bodies] == ["prod: elt failed in dbt:build"]
    assert json.loads(path.read_text())["told"] == ["failure"]


def test_an_alert_that_does_not_arrive_fails_nothing_and_is_sent_with_the_next(
    tmp_path: Path,
) -> None:
    record(tmp_path)
    with receiving(500) as receiver:
        done = run("alert", tmp_path, receiver.url)
    assert done.exit_code == 0
    assert "was not delivered" in done.output
    assert SECRET not in done.output
    with receiving(200) as receiver:
        run("alert", tmp_path, receiver.url)
    assert len(receiver.bodies) == 1


def test_runs_that_go_on_are_left_alone_and_nonsense_is_named(tmp_path: Path) -> None:
    record(tmp_path, status="running")
    with receiving(200) as receiver:
        assert run("alert", tmp_path, receiver.url).exit_code == 0
        assert not receiver.bodies
        (tmp_path / "r2.json").write_text("{")
        done = run("alert", tmp_path, receiver.url)
    assert "r2.json is no record of a run" in str(done.exception)
