"""Run the pipeline with the real Meltano CLI and follow its log."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sandbox import environment
from sandbox.settings import SandboxError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sandbox.settings import Settings

BLOCKS = ("tap-postgres", "tap-streaming", "target-snowflake", "dbt:build")
KEPT_LINES = 12
STREAM = re.compile(r"Beginning .*sync of '(.+?)'")
DBT_STEP = re.compile(r"\b(\d+) of (\d+) (?:OK|PASS)")
DBT_STEPS_SHOWN = 20


@dataclass(frozen=True)
class Block:
    """One finished block of a run.

    Attributes:
        name: The extractor and its loader, or the command.
        seconds: How long it took.
    """

    name: str
    seconds: float


def run(
    settings: Settings,
    progress: Callable[[str], None],
    log: Path,
) -> Iterator[Block]:
    """Run ``meltano run`` with the blocks of the demo.

    Args:
        settings: The sandbox that the run uses.
        progress: Receives what is being worked on, a few words at a time.
        log: File that receives the whole log.

    Yields:
        Each block when it has finished.

    Raises:
        SandboxError: if the run fails; with the last lines of its log.
    """
    command = [
        str(Path(sys.executable).with_name("meltano")),
        "--log-format=json",
        "--environment=local",
        "run",
        *BLOCKS,
    ]
    variables = {} if settings.is_default else environment.variables(settings)
    said: list[str] = []
    with (
        log.open("w") as file,
        subprocess.Popen(
            command,
            cwd=settings.home.parent,
            env={**os.environ, **variables},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as process,
    ):
        for line in process.stdout or ():
            file.write(line)
            event = _event(line)
            text = str(event.get("event", "")).strip()
            said = [*said, text][-KEPT_LINES:]
            if text == "Block run completed" and event.get("success"):
                yield Block(_block_name(event["set_number"]), event["duration_seconds"])
            elif words := _progress(text, event):
                progress(words)
    if process.returncode:
        message = "\n".join(["The run failed. Its last words:", *said, f"The whole log: {log}"])
        raise SandboxError(message)


def _block_name(index: int) -> str:
    *extractors, loader, command = BLOCKS
    return f"{extractors[index]} → {loader}" if index < len(extractors) else command


def _event(line: str) -> dict[str, Any]:
    try:
        event = json.loads(line)
    except ValueError:
        return {"event": line}
    return event if isinstance(event, dict) else {"event": line}


def _progress(text: str, event: dict[str, Any]) -> str:
    """Say what a log line tells of the progress, or nothing."""
    if stream := STREAM.search(text):
        return f"{event.get('name', '')}: {stream[1]}"
    if step := DBT_STEP.search(text):
        return f"dbt: {step[1]} of {step[2]}" if int(step[1]) % DBT_STEPS_SHOWN == 0 else ""
    return ""
