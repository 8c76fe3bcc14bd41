"""A platform on a real socket, for what happens below HTTP's meaning."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Callable


class Request(BaseHTTPRequestHandler):
    """One request, and ways to answer it."""

    protocol_version = "HTTP/1.1"
    server: Wire

    def do_GET(self) -> None:
        self.server.seen.append((self.path, {**self.headers}))
        self.server.answer(self)

    def reply(self, body: Any, status: int = 200, **headers: str) -> None:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.begin(status, **{"Content_Length": str(len(content)), **headers})
        self.wfile.write(content)

    def begin(self, status: int = 200, **headers: str) -> None:
        """Send the head; underscores in names of headers stand for hyphens."""
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


class Wire(ThreadingHTTPServer):
    """A server on a free port of the loopback address.

    Attributes:
        answer: Answers a request.
        seen: Path and headers of each request so far.
        closing: Set when the test is over: whoever answers slowly ends.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Request)
        self.answer: Callable[[Request], None] = lambda request: request.reply({"id": 1})
        self.seen: list[tuple[str, dict[str, str]]] = []
        self.closing = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def handle_error(self, *_: Any) -> None:
        """Clients go away in these tests."""

    def __enter__(self) -> Self:
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.closing.set()
        self.shutdown()
        self.server_close()
