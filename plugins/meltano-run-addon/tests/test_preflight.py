from __future__ import annotations

import re
import socket

import pytest

from meltano_run_addon.preflight import _host_and_port
from meltano_run_addon.streams import unknown_streams


def output_of(done) -> str:
    return " ".join(done.stdout.split())


def test_every_missing_setting_is_named_before_anything_starts(project) -> None:
    project.amend(
        "    settings: [{name: stream}]\n",
        "    settings: [{name: stream}, {name: token}, {name: host}, {name: user}]\n"
        "    settings_group_validation: [[token, host], [token, host, user]]\n",
    )
    project.amend("config: {stream: a}", "config: {stream: a, token: '${SERVICE_TOKEN}'}")
    done = project.meltano("run", "tap-a", "tap-b", "target-lines")
    assert done.returncode == 1
    assert "Environment 'local' is not ready, so nothing was started:" in output_of(done)
    assert "tap-a: set SERVICE_TOKEN (token)" in output_of(done)
    assert "tap-a: set TAP_A_HOST (host)" in output_of(done)
    assert "tap-b: set TAP_B_HOST (host)" in output_of(done)
    assert "(user)" not in output_of(done), "the group that lacks least is the one to complete"
    assert "Traceback" not in done.stdout
    assert project.loaded() == []
    ready = project.meltano("run", "tap-a", "target-lines", SERVICE_TOKEN="t", TAP_A_HOST="h")
    assert ready.returncode == 0, ready.stdout
    assert project.loaded() == ["a"]


def test_a_key_file_that_is_not_there(project) -> None:
    project.amend(
        "settings: [{name: output}]", "settings: [{name: output}, {name: key, kind: file}]"
    )
    done = project.meltano("run", "tap-a", "target-lines", TARGET_LINES_KEY="/nowhere/key.p8")
    assert done.returncode == 1
    assert "target-lines: key names /nowhere/key.p8, and there is no such file" in output_of(done)
    unset = project.meltano("run", "tap-a", "target-lines")
    assert unset.returncode == 0, unset.stdout


@pytest.fixture
def port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_an_address_that_nothing_answers_at(project, port: int) -> None:
    project.amend(
        "    settings: [{name: output}]\n",
        "    settings: [{name: output}, {name: proxy}, {name: host}, {name: port}]\n"
        "    annotations: {preflight: {connect: ['{proxy}', '{host}:{port}']}}\n",
    )
    project.amend(
        "- name: bare\n", "- name: bare\n  annotations: {preflight: {advice: Plug it in}}\n"
    )
    run = ("run", "tap-a", "target-lines")
    done = project.meltano(
        "--environment=bare", *run, TARGET_LINES_PROXY="http://me:secret@127.0.0.1:9"
    )
    assert done.returncode == 1
    assert "cannot connect to 127.0.0.1:9 (connection refused); see proxy" in output_of(done)
    assert "Plug it in" in output_of(done)
    assert "secret" not in done.stdout
    answered = project.meltano(*run, TARGET_LINES_HOST="127.0.0.1", TARGET_LINES_PORT=str(port))
    assert answered.returncode == 0, answered.stdout
    off = project.meltano(
        *run, TARGET_LINES_PROXY="http://127.0.0.1:9", MELTANO_RUN_PREFLIGHT="false"
    )
    assert off.returncode == 0, off.stdout


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("db.example:5432", ("db.example", 5432)),
        ("db.example", ("db.example", 443)),
        ("http://me:secret@proxy.example", ("proxy.example", 80)),
        ("https://proxy.example", ("proxy.example", 443)),
        ("[::1]:5432", ("::1", 5432)),
        ("/var/run/postgresql:5432", (None, 443)),
        ("::1:5432", (None, 0)),
        ("db.example:99999", (None, 0)),
    ],
)
def test_addresses(address: str, expected: tuple[str | None, int]) -> None:
    assert _host_and_port(address) == expected


def test_a_value_of_another_kind(project) -> None:
    project.amend(
        "settings: [{name: output}]", "settings: [{name: output}, {name: port, kind: integer}]"
    )
    done = project.meltano("run", "tap-a", "target-lines", TARGET_LINES_PORT="top-secret")
    assert done.returncode == 1
    assert "target-lines: port is no integer; see TARGET_LINES_PORT" in output_of(done)
    assert done.stdout.count("target-lines: ") == 1, "no other setting is named"
    assert "Traceback" not in done.stdout
    assert "top-secret" not in done.stdout


def test_a_malformed_variable_of_an_extractor_names_no_other(project) -> None:
    project.amend(
        "settings: [{name: stream}]", "settings: [{name: stream}, {name: pages, kind: integer}]"
    )
    done = project.meltano("run", "tap-a", "target-lines", TAP_A_PAGES="many")
    assert done.returncode == 1
    assert re.findall(r"tap-a: (\w+) is no", done.stdout) == ["pages"]
    done = project.meltano("run", "tap-a", "target-lines", TAP_A__SELECT="[a")
    assert done.returncode == 1
    assert re.findall(r"tap-a: (\w+) is no", done.stdout) == ["_select"]


def test_a_dry_run_tells_and_goes_on(project) -> None:
    project.amend(
        "settings: [{name: output}]", "settings: [{name: output}, {name: key, kind: file}]"
    )
    done = project.meltano(
        "run", "--dry-run", "tap-a", "tap-b", "target-lines", TARGET_LINES_KEY="/nowhere/key.p8"
    )
    assert done.returncode == 0, done.stdout
    assert "there is no such file" in output_of(done)
    assert "would have run block 2/2" in output_of(done)
    assert project.loaded() == []


def test_a_stream_that_the_extractor_does_not_have(project) -> None:
    project.amend("config: {stream: a}", "config: {stream: a}\n    select: [a.*, moovies.*]")
    done = project.meltano("run", "tap-a", "target-lines")
    assert done.returncode == 1
    assert "'tap-a' has no stream for 'moovies.*'" in output_of(done)
    assert "Its streams are: a" in output_of(done)
    assert project.loaded() == []


def test_unknown_streams() -> None:
    streams = ["app-users", "app-plans"]
    patterns = ["*.*", "app-users.email", "!app-users.password", "app-user.*", "!other.*", "app-*"]
    assert unknown_streams(patterns, streams) == ["app-user.*", "!other.*"]
