"""What an extractor and its loader tell of their streams while Meltano passes their lines on."""

from __future__ import annotations

import json
import logging
import re
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

import structlog
from meltano.core.logging.parsers import get_parser_factory

from meltano_run_addon.redaction import redact

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from meltano.core.logging.utils import SubprocessOutputWriter as Writer

KEPT_LINES = 8

_logger = structlog.stdlib.get_logger("meltano_run_addon")

# As the SDK and singer-python write it; other orders of the members are read by no extractor here.
_MESSAGE = re.compile(r'\{"type": ?"(RECORD|BATCH|SCHEMA)", ?"stream": ?"((?:[^"\\]|\\.)*)"')
# A bookmark is kept if it is a time, a day or a number: a key of text may be somebody's name.
_TIME = re.compile(r"\d{4}-\d\d-\d\d(?:[T ][\d:.]+(?:Z|[+-]\d\d:?\d\d)?)?")


@dataclass
class StreamCounts:
    """What is known of one stream in one step; None is what nobody told."""

    rows_extracted: int | None = None
    rows_loaded: int | None = None
    bytes_loaded: int = 0
    extract_seconds: float | None = None
    load_seconds: float | None = None

    def add(self, name: str, value: float) -> None:
        """Add to a count."""
        setattr(self, name, (getattr(self, name) or 0) + value)


@dataclass
class LastLines:
    """The last lines that a plugin wrote; only its errors, if it says which lines are."""

    lines: deque[str] = field(default_factory=lambda: deque(maxlen=KEPT_LINES))
    errors: deque[str] = field(default_factory=lambda: deque(maxlen=KEPT_LINES))

    def writeline(self, line: str) -> None:
        """Take a line."""
        if text := line.strip():
            self.lines.append(text)

    def told(self) -> list[str]:
        """Return what is worth telling."""
        return list(self.errors or self.lines)


class Listener:
    """Hands lines on to one whose mistakes must not stop them from reaching the loader."""

    def __init__(self, writer: Writer) -> None:
        """Listen for this one."""
        self._writer: Writer | None = writer

    def writeline(self, line: str) -> None:
        """Take a line; after a mistake no more."""
        if self._writer is None:
            return
        try:
            self._writer.writeline(line)
        except Exception as error:  # noqa: BLE001
            self._writer = None
            reason = f"{type(error).__name__} in {line[:40]!r}…"
            _logger.warning("The run's record will lack what its plugins tell: %s", redact(reason))


class SingerStep:
    """The streams of one extractor and its loader.

    Attributes:
        extractor_log: Takes the lines of the extractor's log.
        loader_log: Takes those of the loader's.
        messages: Takes the messages that go to the loader.
        states: Takes the states that the loader has made sure of.
    """

    # What each plugin's metrics are called here; the names are the SDK's (singer_sdk/metrics.py).
    EXTRACTOR = {"record_count": "rows_extracted", "sync_duration": "extract_seconds"}  # noqa: RUF012
    LOADER = {"record_count": "rows_loaded", "batch_processing_time": "load_seconds"}  # noqa: RUF012

    def __init__(self) -> None:
        """Start without counts and bookmarks."""
        self.counts: dict[str, StreamCounts] = {}
        self.extractor_log = PluginLog(self, self.EXTRACTOR)
        self.loader_log = PluginLog(self, self.LOADER)
        self.messages = Messages(self)
        self.states = States()
        self._before: dict[str, str] = {}

    def resume(self, state: dict[str, Any]) -> None:
        """Take the state that the extractor goes on from."""
        self._before = bookmarks(state)

    def of(self, stream: str) -> StreamCounts:
        """Return the counts of a stream."""
        return self.counts.setdefault(stream, StreamCounts())

    def streams(self) -> Iterator[dict[str, Any]]:
        """Yield a line for each stream, as a record has it."""
        after = {**self._before, **bookmarks(self.states.newest)}
        for stream, counts in sorted(self.counts.items()):
            yield {
                "stream": stream,
                "rows_loaded": counts.rows_loaded,
                "rows_extracted": counts.rows_extracted,
                "bytes_loaded": counts.bytes_loaded,
                "extract_seconds": _rounded(counts.extract_seconds),
                "load_seconds": _rounded(counts.load_seconds),
                "bookmark_before": self._before.get(stream),
                "bookmark_after": after.get(stream),
            }

    def told(self) -> list[str]:
        """Return the last lines of both, the loader's after the extractor's."""
        errors = [*self.extractor_log.last.errors, *self.loader_log.last.errors]
        return errors or [*self.extractor_log.last.told(), *self.loader_log.last.told()]


class PluginLog:
    """Takes the lines of a plugin's log."""

    def __init__(self, step: SingerStep, metrics: dict[str, str]) -> None:
        """Take metrics by these names."""
        self.last = LastLines()
        self._step = step
        self._metrics = metrics

    def writeline(self, line: str) -> None:
        """Take a line: structured, as the SDK writes it for Meltano, or not."""
        parsed = get_parser_factory().parse_line(line, "singer-sdk")
        if parsed is None:
            return
        if metric := parsed.extra.get("metric_info"):
            name = self._metrics.get(metric.get("metric"))
            stream = metric.get("tags", {}).get("stream")
            if name and stream:
                self._step.of(stream).add(name, metric["value"])
            return
        text = parsed.message
        if parsed.exception:
            text = f"{text} {parsed.exception.type}: {parsed.exception.message}"
        if parsed.level >= logging.ERROR:
            self.last.errors.append(text)
        self.last.writeline(text)


class Messages:
    """Takes the messages that an extractor writes for the loader."""

    def __init__(self, step: SingerStep) -> None:
        """Count for this step."""
        self._step = step

    def writeline(self, line: str) -> None:
        """Count a message."""
        match = _MESSAGE.match(line)
        if not match:
            return
        kind, stream = match[1], json.loads(f'"{match[2]}"')
        counts = self._step.of(stream)
        if kind == "RECORD":
            counts.bytes_loaded += len(line.encode())
        elif kind == "BATCH":
            # Before the loader, which deletes the files, sees the message.
            counts.bytes_loaded += sum(_sizes(json.loads(line).get("manifest", ())))


class States:
    """Takes the states that a loader writes: all up to there is in the warehouse."""

    def __init__(self) -> None:
        """Start without one."""
        self.newest: dict[str, Any] = {}

    def writeline(self, line: str) -> None:
        """Take a state; anything else is Meltano's to complain about."""
        try:
            state = json.loads(line)
        except ValueError:
            return
        if isinstance(state, dict) and state:
            self.newest = state


def bookmarks(state: dict[str, Any]) -> dict[str, str]:
    """Return the replication key that each stream has reached.

    Args:
        state: A Singer state. What else its bookmarks hold, such as how far an interrupted reading
            came, is left out, and so is a key that is neither a time nor a number.
    """
    found = {}
    for stream, bookmark in (state.get("bookmarks") or {}).items():
        value = bookmark.get("replication_key_value") if isinstance(bookmark, dict) else None
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if is_number or (isinstance(value, str) and _TIME.fullmatch(value)):
            found[stream] = str(value)
    return found


def _sizes(manifest: Iterable[str]) -> Iterator[int]:
    for address in manifest:
        path = Path(unquote(urlsplit(address).path))
        if path.exists():
            yield path.stat().st_size


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 3)
