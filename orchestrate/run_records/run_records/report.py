"""The last runs, for a person to read."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from run_records.files import RunRecord

GOOD = frozenset({"success", "pass"})
LONGEST_COMMAND = 50


def report(records: Sequence[RunRecord]) -> Iterator[str]:
    """Yield the lines of a report.

    Args:
        records: The newest first.
    """
    if not records:
        yield "No run has left a record yet."
        return
    rows = [
        (
            f"{record.started_at:%Y-%m-%d %H:%M:%S}",
            record.status,
            f"{record.seconds:,.1f} s",
            f"{_rows(record):,}",
            _shortened(record.command),
            record.failed_step or "",
        )
        for record in records
    ]
    yield from _table(("started (UTC)", "status", "took", "rows", "run", "failed in"), rows, "><>>")
    for record in records:
        if not record.has_succeeded:
            yield ""
            started = f"{record.started_at:%Y-%m-%d %H:%M:%S}"
            yield f"{started} {record.status}: {record.content['error']}"
            yield from (f"  {line}" for line in record.content["last_lines"])
    loaded = next((record for record in records if record.content["streams"]), None)
    if loaded:
        yield from _streams(loaded)
    built = next((record for record in records if _nodes(record, "source.", is_source=False)), None)
    if built:
        yield from _dbt(built)
    checked = next((record for record in records if _nodes(record, "source.")), None)
    if checked:
        yield from _freshness(checked)


def _streams(record: RunRecord) -> Iterator[str]:
    yield ""
    yield f"streams of {_shortened(record.command)}, {record.started_at:%Y-%m-%d %H:%M:%S}"
    rows = [
        (
            stream["stream"],
            _number(stream["rows_loaded"]),
            _number(stream["bytes_loaded"]),
            f"{(stream['extract_seconds'] or 0) + (stream['load_seconds'] or 0):,.1f} s",
            stream["bookmark_before"] or "",
            stream["bookmark_after"] or "",
        )
        for stream in record.content["streams"]
    ]
    head = ("stream", "rows", "bytes", "work", "bookmark before", "bookmark after")
    yield from _table(head, rows, "<>>>")
    yield ""
    for step in record.content["steps"]:
        yield f"{step['step']}: {step['status']}"


def _dbt(record: RunRecord) -> Iterator[str]:
    nodes = _nodes(record, "source.", is_source=False)
    counts = Counter(node["status"] for node in nodes)
    told = ", ".join(f"{number:,} {status}" for status, number in counts.most_common())
    yield ""
    yield f"dbt, {record.started_at:%Y-%m-%d %H:%M:%S}: {told}"
    for node in nodes:
        if node["status"] not in GOOD:
            failures = f", {node['failures']:,} rows" if node["failures"] else ""
            yield f"  {node['status']}: {node['node']}{failures}"


def _freshness(record: RunRecord) -> Iterator[str]:
    nodes = _nodes(record, "source.")
    stale = [node for node in nodes if node["status"] != "pass"]
    yield ""
    yield (
        f"sources, {record.started_at:%Y-%m-%d %H:%M:%S}: "
        f"{len(nodes) - len(stale)} of {len(nodes)} are fresh"
    )
    for node in stale:
        age = node["age_seconds"]
        old = "no answer" if age is None else f"newest row {age / 3600:,.1f} hours old"
        yield f"  {node['status']}: {node['node'].removeprefix('source.')}, {old}"


def _nodes(record: RunRecord, prefix: str, *, is_source: bool = True) -> list[dict[str, Any]]:
    return [
        node
        for node in record.content["dbt_results"]
        if node["node"].startswith(prefix) is is_source
    ]


def _rows(record: RunRecord) -> int:
    return sum(stream["rows_loaded"] or 0 for stream in record.content["streams"])


def _number(value: int | None) -> str:
    return "" if value is None else f"{value:,}"


def _shortened(command: str) -> str:
    return command if len(command) <= LONGEST_COMMAND else command[: LONGEST_COMMAND - 1] + "…"


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]], aligned: str) -> Iterator[str]:
    """Yield the lines of a table; columns beyond those that are aligned are left-aligned."""
    sides = aligned.ljust(len(head), "<")
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    for row in (head, *rows):
        cells = (
            f"{cell:{side}{width}}" for cell, side, width in zip(row, sides, widths, strict=True)
        )
        yield "  ".join(cells).rstrip()
