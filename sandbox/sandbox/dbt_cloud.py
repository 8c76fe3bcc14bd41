"""A stand-in for dbt Cloud's Administrative API, as far as a job is started and watched with it.

It runs no dbt: a run goes through the states that it was told to, one step with each look. Paths,
fields, states and error bodies are those of https://docs.getdbt.com/dbt-cloud/api-v2. It serves in
the process that asks for it, on a free port, and is of use to tests only: a local run that
pretended to build would say nothing, so no environment points at it.
"""

from __future__ import annotations

import json
import re
import socket
import struct
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from sandbox.settings import HOST

if TYPE_CHECKING:
    from collections.abc import Iterator

ACCOUNT_ID, JOB_ID, TOKEN = 1001, 70007, "sandbox-dbt-cloud-token"
JOB_NAME = "Production build"
QUEUED, STARTING, RUNNING, SUCCESS, ERROR, CANCELLED = 1, 2, 3, 10, 20, 30
NAMES = {1: "Queued", 2: "Starting", 3: "Running", 10: "Success", 20: "Error", 30: "Cancelled"}
STEPS = ("Clone git repository", "Create profile from connection", "Invoke dbt with `dbt build`")

_NO_LINGER = struct.pack("ii", 1, 0)
_MESSAGES = {
    401: "The API token is missing or invalid.",
    403: "You do not have permission to perform this action.",
    404: "The requested resource was not found. Please check that you have the proper permissions.",
    429: "Too many requests.",
}


@dataclass
class Fault:
    """One way to answer badly.

    Attributes:
        kind: ``status``, ``reset`` (the connection, unread), ``reset_after`` (once it was done),
            ``hang`` (for ``seconds``) or ``html``.
        call: Regular expression, searched in ``METHOD /path``.
        times: How often.
        status: For ``status``.
        retry_after: Value of that header, for ``status``.
        seconds: For ``hang``.
    """

    kind: str
    call: str
    times: int = 1
    status: int = 503
    retry_after: str | None = None
    seconds: float = 5


@dataclass
class Run:
    """A run of the job.

    Attributes:
        number: Its id.
        cause: What it was started with.
        states: What it goes through; the last one stays.
    """

    number: int
    cause: str
    states: list[int]

    def look(self) -> int:
        """Return the state, and go on to the next."""
        return self.states.pop(0) if len(self.states) > 1 else self.states[0]


@dataclass
class DbtCloud:
    """The account's state, and what was asked of it.

    Attributes:
        url: Address to give to clients.
        states: What the next run goes through.
        faults: How to answer badly, the first that fits.
        runs: Every run, the oldest first.
        calls: Every call, as ``METHOD /path``.
        message: ``status_message`` of runs that fail.
    """

    url: str = ""
    states: tuple[int, ...] = (QUEUED, STARTING, RUNNING, SUCCESS)
    faults: list[Fault] = field(default_factory=list)
    runs: list[Run] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    message: str | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)

    def fault(self, call: str) -> Fault | None:
        """Take the fault that is to be played on a call."""
        for fault in self.faults:
            if fault.times and re.search(fault.call, call):
                fault.times -= 1
                return fault
        return None

    def answer(self, method: str, path: str, query: dict[str, list[str]], body: Any) -> Any:
        """Return the ``data`` of an answer, or None if there is no such thing."""
        root = f"/api/v2/accounts/{ACCOUNT_ID}"
        related = json.loads(query.get("include_related", ["[]"])[0])
        if (method, path) == ("GET", f"{root}/jobs/{JOB_ID}/"):
            return {"id": JOB_ID, "account_id": ACCOUNT_ID, "name": JOB_NAME}
        if (method, path) == ("POST", f"{root}/jobs/{JOB_ID}/run/"):
            run = Run(500 + len(self.runs), body["cause"], list(self.states))
            self.runs.append(run)
            return self._described(run, run.states[0], related)
        if (method, path) == ("GET", f"{root}/runs/"):
            newest = self.runs[::-1] if query.get("order_by") == ["-id"] else self.runs
            limit = int(query.get("limit", ["100"])[0])
            return [self._described(run, run.states[0], related) for run in newest[:limit]]
        for run in self.runs:
            if (method, path) == ("GET", f"{root}/runs/{run.number}/"):
                return self._described(run, run.look(), related)
            if (method, path) == ("POST", f"{root}/runs/{run.number}/cancel/"):
                run.states = [CANCELLED]
                return self._described(run, CANCELLED, related)
        return None

    def _described(self, run: Run, state: int, related: list[str]) -> dict[str, Any]:
        found = {
            "id": run.number,
            "account_id": ACCOUNT_ID,
            "job_definition_id": JOB_ID,
            "status": state,
            "status_humanized": NAMES[state],
            "status_message": self.message if state == ERROR else None,
            "href": f"{self.url}/deploy/{ACCOUNT_ID}/projects/1/runs/{run.number}",
        }
        if "trigger" in related:
            found["trigger"] = {"cause": run.cause}
        if "run_steps" in related:
            found["run_steps"] = _steps(state)
        return found


def _steps(state: int) -> list[dict[str, Any]]:
    """All steps but the last have gone well once the run is running."""
    if state in (QUEUED, STARTING):
        return []
    return [
        {
            "id": 9000 + index,
            "index": index,
            "name": name,
            "status": state if index == len(STEPS) else SUCCESS,
            "logs": f"log of {name}\nDatabase Error in model dim_titles\n",
        }
        for index, name in enumerate(STEPS, start=1)
    ]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    account: DbtCloud

    def do_GET(self) -> None:
        self._serve("GET")

    def do_POST(self) -> None:
        self._serve("POST")

    def log_message(self, *_: object) -> None:
        """Be silent."""

    def _serve(self, method: str) -> None:
        parts = urlsplit(self.path)
        given = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        call = f"{method} {parts.path}"
        with self.account.lock:
            self.account.calls.append(call)
            fault = self.account.fault(call)
        if fault and fault.kind == "reset":
            self._reset()
        elif fault and fault.kind == "hang":
            time.sleep(fault.seconds)
            self._reset()
        elif fault and fault.kind == "html":
            self._send(200, b"<html><body>Sign in</body></html>", {"Content-Type": "text/html"})
        elif fault and fault.kind == "status":
            wait = {"Retry-After": fault.retry_after} if fault.retry_after is not None else {}
            self._tell(fault.status, None, wait)
        elif self.headers.get("Authorization") not in (f"Token {TOKEN}", f"Bearer {TOKEN}"):
            self._tell(401)
        else:
            with self.account.lock:
                body = json.loads(given) if given else None
                data = self.account.answer(method, parts.path, parse_qs(parts.query), body)
            if fault and fault.kind == "reset_after":
                self._reset()
            else:
                self._tell(404 if data is None else 200, data)

    def _tell(self, status: int, data: Any = None, headers: dict[str, str] | None = None) -> None:
        message = _MESSAGES.get(status, HTTPStatus(status).phrase)
        about = {
            "code": status,
            "is_success": status == HTTPStatus.OK,
            "user_message": "Success!" if status == HTTPStatus.OK else message,
            "developer_message": "",
        }
        text = json.dumps({"status": about, "data": data}).encode()
        self._send(status, text, {"Content-Type": "application/json", **(headers or {})})

    def _send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _reset(self) -> None:
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
        self.connection.close()
        self.close_connection = True


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, *_: object) -> None:
        """Clients hang up, and connections are reset on purpose."""


@contextmanager
def serving() -> Iterator[DbtCloud]:
    """Serve an account on a free port of the loopback address for as long as the context lasts."""
    account = DbtCloud()
    handler = type("Handler", (_Handler,), {"account": account})
    with _Server((HOST, 0), handler) as server:
        account.url = f"http://{HOST}:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield account
        finally:
            server.shutdown()
            thread.join()
