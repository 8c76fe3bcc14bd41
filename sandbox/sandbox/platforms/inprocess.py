"""Ask the platform APIs without a socket or a process, for tests."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.types import ASGIApp, Message

HOST = "testserver"


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer as it would go over the wire.

    Attributes:
        status_code: HTTP status.
        raw_headers: Names in lower case, in the order sent.
        content: The body.
    """

    status_code: int
    raw_headers: tuple[tuple[str, str], ...]
    content: bytes

    @property
    def headers(self) -> dict[str, str]:
        """Headers by name; of several with one name the last."""
        return dict(self.raw_headers)

    @property
    def text(self) -> str:
        """The body as text."""
        return self.content.decode()

    def json(self) -> Any:
        """Parse the body.

        Raises:
            json.JSONDecodeError: if it is not JSON.
        """
        return json.loads(self.content)


class InProcessClient:
    """Calls an ASGI application directly. What breaks connections has no effect here."""

    def __init__(self, app: ASGIApp) -> None:
        """Ask this application."""
        self._app = app

    def get(
        self,
        path: str,
        *,
        params: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        """Send a GET request; ``params`` are appended to the path's query."""
        if params:
            path += ("&" if "?" in path else "?") + urlencode(params)
        return self.send("GET", path, headers=headers)

    def put(self, path: str, *, json: Any = None, content: bytes | None = None) -> Reply:
        """Send a PUT request with a JSON value or with bytes."""
        return self.send("PUT", path, body=_encoded(json) if content is None else content)

    def delete(self, path: str) -> Reply:
        """Send a DELETE request."""
        return self.send("DELETE", path)

    def send(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
    ) -> Reply:
        """Send any request and wait for its answer."""
        plain, _, query = path.partition("?")
        given = {"host": HOST, **{name.lower(): value for name, value in (headers or {}).items()}}
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": plain,
            "raw_path": plain.encode(),
            "root_path": "",
            "query_string": query.encode(),
            "headers": [(name.encode(), value.encode()) for name, value in given.items()],
            "client": None,
            "server": (HOST, 80),
        }
        sent: list[Message] = []
        asked: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

        async def receive() -> Message:
            return asked.pop() if asked else {"type": "http.disconnect"}

        async def keep(message: Message) -> None:
            sent.append(message)

        async def ask() -> None:
            await self._app(scope, receive, keep)

        asyncio.run(ask())
        start = sent[0]
        return Reply(
            status_code=start["status"],
            raw_headers=tuple((k.decode().lower(), v.decode()) for k, v in start["headers"]),
            content=b"".join(message.get("body", b"") for message in sent[1:]),
        )


def _encoded(value: Any) -> bytes:
    return json.dumps(value).encode()
