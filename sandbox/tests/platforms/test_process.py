"""The server as a process of its own: start, stop, broken connections, a user's mistakes."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from http.client import HTTPConnection, IncompleteRead
from typing import TYPE_CHECKING, Any

import pytest

from sandbox.platforms.server import _listener
from sandbox.settings import HOST
from sandbox.testing import free_port_base

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sandbox.world import World

COMMAND = [sys.executable, "-m", "sandbox.platforms"]
SHOWS = "/tvmaze/shows?page=0"


def environment(home: Path, base: int) -> dict[str, str]:
    return {**os.environ, "SANDBOX_HOME": str(home), "SANDBOX_PORT_BASE": str(base)}


class Caller:
    """HTTP over a new connection per call; errors are the socket's and the protocol's own."""

    def __init__(self, port: int) -> None:
        self.port = port

    def get(self, path: str, timeout: float = 30) -> tuple[int, list[str]]:
        """Ask; returns the status and the Date headers after reading the whole body."""
        return self._call("GET", path, None, timeout)

    def play(self, **rule: Any) -> None:
        body = json.dumps([rule]).encode()
        assert self._call("PUT", "/_sandbox/faults", body, 30)[0] == 200

    def _call(
        self, method: str, path: str, body: bytes | None, timeout: float
    ) -> tuple[int, list[str]]:
        connection = HTTPConnection(HOST, self.port, timeout=timeout)
        try:
            connection.request(method, path, body)
            answer = connection.getresponse()
            answer.read()
            return answer.status, answer.headers.get_all("date") or []
        finally:
            connection.close()


@contextmanager
def running(home: Path) -> Iterator[tuple[subprocess.Popen[bytes], Caller]]:
    base = free_port_base()
    process = subprocess.Popen(COMMAND, env=environment(home, base), stderr=subprocess.PIPE)
    caller = Caller(base + 80)
    try:
        deadline = time.monotonic() + 30
        while True:
            try:
                assert caller.get("/_sandbox/health")[0] == 200
                break
            except OSError:
                assert process.poll() is None, process.stderr and process.stderr.read()
                assert time.monotonic() < deadline
                time.sleep(0.1)
        yield process, caller
    finally:
        process.kill()
        process.wait()


@pytest.fixture(scope="module")
def home(world: World, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("home")
    world.save(folder / "world.json", world.start)
    return folder


def test_one_life(home: Path, world: World) -> None:
    with running(home) as (process, caller):
        status, dates = caller.get("/tmdb/3/movie/popular?api_key=sandbox")
        assert (status, dates) == (200, ["Mon, 23 Nov 2026 00:00:00 GMT"])
        world.save(home / "world.json", world.start.replace(hour=5))
        status, dates = caller.get(SHOWS)
        assert (status, dates) == (200, ["Mon, 23 Nov 2026 05:00:00 GMT"])
        ask_again(caller)
        break_connections(caller)
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
        assert process.stderr
        assert process.stderr.read() == b""


def ask_again(caller: Caller) -> None:
    """A 304 has no body, so the next answer of the same connection is read in its place."""
    connection = HTTPConnection(HOST, caller.port, timeout=30)
    connection.request("GET", SHOWS)
    answer = connection.getresponse()
    body, tag = answer.read(), answer.headers["etag"]
    connection.request("GET", SHOWS, headers={"If-None-Match": tag})
    answer = connection.getresponse()
    assert (answer.status, answer.read()) == (304, b"")
    connection.request("GET", SHOWS)
    assert connection.getresponse().read() == body
    connection.close()


def break_connections(caller: Caller) -> None:
    caller.play(kind="reset", times=1)
    with pytest.raises(ConnectionResetError):
        caller.get(SHOWS)
    caller.play(kind="disconnect", times=1)
    with pytest.raises(IncompleteRead):
        caller.get(SHOWS)
    caller.play(kind="hang", seconds=60, times=1)
    with pytest.raises(TimeoutError):
        caller.get(SHOWS, timeout=0.3)
    caller.play(kind="hang", seconds=0.1, times=1)
    with pytest.raises(ConnectionResetError):
        caller.get(SHOWS)
    assert caller.get(SHOWS)[0] == 200


def test_stops_while_a_call_hangs(home: Path) -> None:
    with running(home) as (process, caller):
        caller.play(kind="hang")
        with socket.create_connection((HOST, caller.port)) as waiting:
            waiting.sendall(b"GET /tvmaze/shows HTTP/1.1\r\nHost: x\r\n\r\n")
            time.sleep(0.3)
            process.send_signal(signal.SIGTERM)
            assert process.wait(10) == 0


def test_answers_do_not_wait_for_acknowledgements() -> None:
    """A socket that does not say it is TCP costs 40 ms per call on a kept connection."""
    with _listener(free_port_base() + 80) as listener:
        assert listener.proto == socket.IPPROTO_TCP


def failed(home: Path, base: int) -> str:
    result = subprocess.run(
        COMMAND,
        env=environment(home, base),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert result.returncode == 1
    assert result.stderr.count("\n") == 1
    return result.stderr


def test_a_taken_port_is_one_line(home: Path) -> None:
    with socket.socket() as holder:
        holder.bind((HOST, 0))
        holder.listen()
        port: int = holder.getsockname()[1]
        message = failed(home, port - 80)
    assert str(port) in message
    assert "SANDBOX_PORT_BASE" in message


def test_no_world_is_one_line(tmp_path: Path) -> None:
    assert "sandbox up" in failed(tmp_path, free_port_base())
