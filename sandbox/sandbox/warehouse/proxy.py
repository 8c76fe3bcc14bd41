"""The HTTP CONNECT proxy in front of the local Snowflake account.

Clients set ``HTTPS_PROXY`` to it. Tunnels to the account's host name end at the local TLS server;
tunnels to any other host go there untouched. A plain ``GET /health`` tells whether the account
answers.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
from typing import TYPE_CHECKING

from sandbox.settings import HOST
from sandbox.warehouse.tls import ACCOUNT_HOST

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

_CHUNK_BYTES = 1 << 18
_REQUEST_SECONDS = 20.0
_CONNECT_SECONDS = 20.0
_HTTPS_PORT = 443
_REASONS = {
    200: "OK",
    400: "Bad Request",
    404: "Not Found",
    405: "Method Not Allowed",
    502: "Bad Gateway",
    503: "Service Unavailable",
    504: "Gateway Timeout",
}


class Proxy:
    """Accepts tunnels and health checks on one loopback port."""

    def __init__(
        self, *, port: int, account_port: int, health: Callable[[], Awaitable[str]]
    ) -> None:
        """Describe a proxy; ``start`` opens it.

        Args:
            port: TCP port to listen on.
            account_port: TCP port of the local TLS server.
            health: Returns ``ok``, or what is wrong.
        """
        self._port = port
        self._account_port = account_port
        self._health = health
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        """Open the port.

        Raises:
            OSError: if the port is taken.
        """
        self._server = await asyncio.start_server(self._handle, HOST, self._port)

    async def stop(self) -> None:
        """Close the port; open tunnels end with the process."""
        if self._server is not None:
            self._server.close()

    async def _handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            request = await asyncio.wait_for(_request_line(reader), _REQUEST_SECONDS)
            if request is None:
                await _answer(writer, 400, {"error": "not an HTTP request"})
            elif request[0] == "CONNECT":
                await self._tunnel(request[1], reader, writer)
            elif request[0] == "GET":
                await self._report(request[1], writer)
            else:
                await _answer(writer, 405, {"error": "this is a CONNECT proxy"})
        except (OSError, TimeoutError, asyncio.LimitOverrunError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def _report(self, target: str, writer: asyncio.StreamWriter) -> None:
        if target.partition("?")[0] != "/health":
            await _answer(writer, 404, {"error": "only /health is served here"})
            return
        state = await self._health()
        await _answer(
            writer, 200 if state == "ok" else 503, {"status": state, "account": ACCOUNT_HOST}
        )

    async def _tunnel(
        self, target: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        host, _, port_text = target.rpartition(":")
        host = host.strip("[]").lower()
        if not host or not port_text.isdecimal():
            await _answer(writer, 400, {"error": f"CONNECT wants host:port, not '{target}'"})
            return
        port = int(port_text)
        if host == ACCOUNT_HOST and port == _HTTPS_PORT:
            host, port = HOST, self._account_port
        try:
            there = await asyncio.wait_for(asyncio.open_connection(host, port), _CONNECT_SECONDS)
        except TimeoutError:
            await _answer(writer, 504, {"error": f"{target} did not answer"})
            return
        except (OSError, OverflowError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            await _answer(writer, 502, {"error": f"{target} cannot be reached: {reason}"})
            return
        writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        _acknowledge(writer.get_extra_info("socket"))
        try:
            await writer.drain()
            await asyncio.gather(
                _copy(reader, there[1], writer.get_extra_info("socket")),
                _copy(there[0], writer, None),
            )
        finally:
            there[1].close()


async def _request_line(reader: asyncio.StreamReader) -> tuple[str, str] | None:
    words = (await reader.readline()).decode("latin-1").split()
    while (await reader.readline()) not in (b"\r\n", b"\n", b""):
        pass
    return (words[0].upper(), words[1]) if len(words) == 3 else None  # noqa: PLR2004


async def _answer(writer: asyncio.StreamWriter, status: int, body: dict[str, str]) -> None:
    content = json.dumps(body).encode()
    head = (
        f"HTTP/1.1 {status} {_REASONS[status]}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(content)}\r\nConnection: close\r\n\r\n"
    )
    writer.write(head.encode() + content)
    await writer.drain()


async def _copy(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    received_on: socket.socket | None,
) -> None:
    with contextlib.suppress(OSError):
        while chunk := await reader.read(_CHUNK_BYTES):
            _acknowledge(received_on)
            writer.write(chunk)
            await writer.drain()
    with contextlib.suppress(OSError, RuntimeError):
        if writer.can_write_eof():
            writer.write_eof()


def _acknowledge(received_on: socket.socket | None) -> None:
    """Spare a client that sends head and body apart the 40 ms of a delayed acknowledgement."""
    if received_on is not None and hasattr(socket, "TCP_QUICKACK"):
        received_on.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
