"""Asks Microsoft's Power BI modelling server, by its protocol (MCP on standard streams)."""

from __future__ import annotations

import json
import subprocess
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

Json = dict[str, Any]

# It needs no network to load a model, and is given none where the system can take it away.
ALONE = ["unshare", "--map-root-user", "--net"]


def load(program: Path, folder: Path) -> tuple[bool, str]:
    """Load a model from a folder of TMDL, as Power BI Desktop would.

    Args:
        program: The server.
        folder: The ``definition`` of a semantic model.

    Returns:
        Whether it was accepted, and what the server said.
    """
    can_be_alone = not subprocess.run([*ALONE, "true"], capture_output=True, check=False).returncode
    server = subprocess.Popen(
        [*(ALONE if can_be_alone else []), program, "--start"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert server.stdin
    assert server.stdout
    try:
        hello = {
            "protocolVersion": "2024-11-05",
            "capabilities": {},
            "clientInfo": {"name": "check-bi", "version": "1"},
        }
        _call(server.stdin, server.stdout, 1, "initialize", hello)
        _send(server.stdin, {"jsonrpc": "2.0", "method": "notifications/initialized"})
        request = {"operation": "ConnectFolder", "folderPath": str(folder)}
        asked = {"name": "connection_operations", "arguments": {"request": request}}
        result = _call(server.stdin, server.stdout, 2, "tools/call", asked)
    finally:
        server.stdin.close()
        server.terminate()
        server.wait()
    said = result["content"][0]["text"]
    return not result.get("isError") and "Successfully loaded" in said, said


def _call(to: IO[str], from_: IO[str], number: int, method: str, params: Json) -> Json:
    _send(to, {"jsonrpc": "2.0", "id": number, "method": method, "params": params})
    for line in from_:
        answer = json.loads(line)
        if answer.get("id") == number:
            result: Json = answer["result"]
            return result
    message = f"the server ended without an answer to {method}"
    raise RuntimeError(message)


def _send(to: IO[str], message: Json) -> None:
    to.write(json.dumps(message) + "\n")
    to.flush()
