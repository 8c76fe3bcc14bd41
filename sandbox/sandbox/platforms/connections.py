"""Open connections by the client's address, so that a fault can break the right one."""

from __future__ import annotations

import socket
import struct
from typing import TYPE_CHECKING, Any

from uvicorn.protocols.http.h11_impl import H11Protocol

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Mapping

_NO_LINGER = struct.pack("ii", 1, 0)
_open: dict[tuple[str, int], asyncio.Transport] = {}


class TrackedProtocol(H11Protocol):
    """uvicorn's HTTP protocol that keeps its transport findable while it is open."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Remember the transport under its peer's address."""
        super().connection_made(transport)
        if self.client:
            _open[self.client] = transport

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the transport."""
        if self.client:
            _open.pop(self.client, None)
        super().connection_lost(exc)


def reset(scope: Mapping[str, Any]) -> bool:
    """Reset the connection of a request (TCP RST); False if it is not a real connection."""
    transport = _transport(scope)
    if transport is None:
        return False
    raw = transport.get_extra_info("socket")
    if raw is not None:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
    transport.abort()
    return True


def close(scope: Mapping[str, Any]) -> bool:
    """Close the connection after what was written; False if it is not a real connection."""
    transport = _transport(scope)
    if transport is None:
        return False
    transport.close()
    return True


def _transport(scope: Mapping[str, Any]) -> asyncio.Transport | None:
    client = scope.get("client")
    return _open.get((client[0], client[1])) if client else None
