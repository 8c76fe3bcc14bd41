"""The record of a run: one JSON file, written as the run goes on.

A file that says ``running`` belongs to a run that holds the lock beside it. One whose lock is free
was killed, and the next run says so in it.
"""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any, Self

from filelock import FileLock, Timeout

if TYPE_CHECKING:
    from pathlib import Path

VERSION = 1
"""Of the files' shape; see README.md."""

MOST_FILES = 500
"""The oldest are removed beyond that, where nobody ever loads them."""

LONGEST_ERROR = 500

Json = dict[str, Any]


def now() -> str:
    """Return the time in UTC, as records have it."""
    return _text(dt.datetime.now(dt.UTC))


class RunRecord:
    """What a run leaves.

    Attributes:
        path: Its file.
        content: As README.md describes it.
    """

    def __init__(self, path: Path, content: Json, lock: FileLock | None = None) -> None:
        """Hold a record that is there.

        Args:
            path: Its file.
            content: What is in it.
            lock: Held while the run goes on.
        """
        self.path = path
        self.content = content
        self._lock = lock

    @classmethod
    def begin(
        cls, folder: Path, run_id: str, command: str, environment: str, *, is_full_refresh: bool
    ) -> Self:
        """Open the record of a run that starts now.

        Args:
            folder: Of the records.
            run_id: Meltano's id of the run.
            command: What is run, as it was typed.
            environment: Meltano's environment.
            is_full_refresh: Whether bookmarks are ignored.

        Raises:
            OSError: if it cannot be written.
        """
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{run_id}.json"
        lock = FileLock(_lock_of(path))
        lock.acquire(timeout=0)
        content = {
            "version": VERSION,
            "run_id": run_id,
            "command": command,
            "environment": environment,
            "status": "running",
            "failed_step": None,
            "error": None,
            "last_lines": [],
            "is_full_refresh": is_full_refresh,
            "started_at": now(),
            "ended_at": None,
            "steps": [],
            "streams": [],
            "dbt_results": [],
            "reconciliations": [],
        }
        record = cls(path, content, lock)
        record.write()
        return record

    @property
    def status(self) -> str:
        """Return how the run is, or how it ended."""
        return str(self.content["status"])

    def end(self, status: str, error: str | None = None) -> None:
        """Say how the run ended; the first reason that is given stays."""
        self.content["status"] = status
        self.content["ended_at"] = now()
        if error and not self.content["error"]:
            self.content["error"] = error[:LONGEST_ERROR]

    def write(self) -> None:
        """Write the file, so that whoever reads it finds the old or the new content.

        Raises:
            OSError: if that fails.
        """
        text = json.dumps(self.content, ensure_ascii=False, separators=(",", ":"))
        beside = self.path.with_suffix(".new")
        beside.write_text(text, encoding="utf-8")
        beside.replace(self.path)

    def release(self) -> None:
        """Let go of the record: its run has ended."""
        if self._lock:
            self._lock.release()
            _lock_of(self.path).unlink(missing_ok=True)


def close_killed(folder: Path) -> list[RunRecord]:
    """Close the records of runs that died without a word, and drop the oldest beyond many.

    Args:
        folder: Of the records.

    Returns:
        Those that were closed.

    Raises:
        OSError: if a file cannot be read or written.
    """
    closed = []
    paths = sorted(folder.glob("*.json"), key=lambda path: path.stat().st_mtime)
    for path in paths[: max(0, len(paths) - MOST_FILES)]:
        path.unlink(missing_ok=True)
    for lock_path in folder.glob("*.running"):
        path = lock_path.with_suffix(".json")
        if not path.exists():
            continue  # it is about to begin
        lock = FileLock(lock_path)
        try:
            lock.acquire(timeout=0)
        except Timeout:
            continue  # it is at work
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            if content["status"] == "running":
                closed.append(_closed(RunRecord(path, content)))
        finally:
            lock.release()
            lock_path.unlink(missing_ok=True)
    return closed


def _closed(record: RunRecord) -> RunRecord:
    last_written = dt.datetime.fromtimestamp(record.path.stat().st_mtime, dt.UTC)
    for step in record.content["steps"]:
        if step["status"] == "running":
            step |= {"status": "killed", "ended_at": _text(last_written)}
            record.content["failed_step"] = step["step"]
    record.end("killed", "the run ended without a word; the next one on this machine found it")
    record.content["ended_at"] = _text(last_written)
    record.write()
    return record


def _lock_of(path: Path) -> Path:
    return path.with_suffix(".running")


def _text(moment: dt.datetime) -> str:
    return moment.isoformat(timespec="microseconds").replace("+00:00", "Z")
