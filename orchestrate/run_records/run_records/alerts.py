"""Which runs people have to be told about, and in which words.

A failure is told when it begins, and again when it is over; as long as a command goes on failing in
the same step nothing is said. Likewise for sources that are stale. A load of unusual size is told
each time.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from run_records import volumes

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from run_records.files import RunRecord

FAILURE, RECOVERY, STALE, VOLUME = "failure", "recovery", "stale", "volume"
MOST_LINES = 6
MOST_NAMED = 10

HELP = {
    FAILURE: "docs/operations.md, 'When it fails', has the messages and what to do",
    STALE: "docs/operations.md, 'How did it go': see which run failed, or did not start",
    VOLUME: "docs/operations.md, 'How did it go': ask the source first, then the last release",
}


@dataclass(frozen=True)
class Alert:
    """What people are told.

    Attributes:
        kind: failure, recovery, stale or volume.
        title: In a line.
        lines: The rest.
    """

    kind: str
    title: str
    lines: list[str] = field(default_factory=list)

    @property
    def body(self) -> str:
        """The rest as one text."""
        return "\n".join(self.lines)


def alerts(
    record: RunRecord, history: Sequence[RunRecord] | None, stale_before: frozenset[str] | set[str]
) -> Iterator[Alert]:
    """Yield what has to be told about a run.

    Args:
        record: Of the run.
        history: Earlier runs of the same command, the oldest first; None if the warehouse cannot be
            asked, and then only a failure is told.
        stale_before: Sources that were stale when freshness was last looked at.
    """
    earlier = [run for run in history or () if run.started_at < record.started_at]
    stale = _stale(record)
    if not record.has_succeeded:
        is_only_stale = bool(stale) and record.failed_step == _step_of_sources(record)
        if not is_only_stale and not _has_been_told(record, earlier):
            yield _failure(record)
    elif _series(earlier, None):
        told = {kind for run in _series(earlier, None) for kind in run.told}
        if FAILURE in told:
            yield Alert(RECOVERY, f"{_name(record)} succeeds again", [_run_line(record)])
    if history is None:
        return
    if new := stale.keys() - stale_before:
        lines = [f"{name.removeprefix('source.')}: {text}" for name, text in stale.items()]
        title = f"{record.environment}: {len(new)} more sources are stale"
        yield Alert(STALE, title, [*_few(lines), _run_line(record), HELP[STALE]])
    elif stale_before and _step_of_sources(record) and not stale:
        yield Alert(RECOVERY, f"{record.environment}: all sources are fresh again")
    if record.has_succeeded and (lines := list(_unusual_loads(record, earlier))):
        title = f"{_name(record)} brought unusual numbers of rows"
        yield Alert(VOLUME, title, [*_few(lines), _run_line(record), HELP[VOLUME]])


def _failure(record: RunRecord) -> Alert:
    title = f"{_name(record)} {'was killed' if record.status == 'killed' else record.status}"
    if record.failed_step:
        title += f" in {record.failed_step}"
    lines = [str(record.content.get("error") or "no reason given")]
    lines += record.content.get("last_lines", [])[-MOST_LINES:]
    return Alert(FAILURE, title, [*lines, _run_line(record), HELP[FAILURE]])


def _has_been_told(record: RunRecord, earlier: Sequence[RunRecord]) -> bool:
    """Whether the runs just before failed alike, and somebody was told."""
    return any(FAILURE in run.told for run in _series(earlier, record))


def _series(earlier: Sequence[RunRecord], like: RunRecord | None) -> list[RunRecord]:
    """Return the runs just before that failed; alike, if a record is given."""
    found = []
    for run in reversed(earlier):
        if run.has_succeeded or (like and not _is_alike(run, like)):
            break
        found.append(run)
    return found


def _is_alike(run: RunRecord, other: RunRecord) -> bool:
    return (run.status, run.failed_step) == (other.status, other.failed_step)


def _stale(record: RunRecord) -> dict[str, str]:
    """Return the sources that are not fresh, each with what is to be said of it."""
    found = {}
    for result in record.content.get("dbt_results", ()):
        if result["node"].startswith("source.") and result["status"] != "pass":
            age = result.get("age_seconds")
            how_old = f"newest row {age / 3600:,.1f} hours old" if age is not None else "no answer"
            found[result["node"]] = f"{how_old} ({result['status']})"
    return found


def _step_of_sources(record: RunRecord) -> str | None:
    """Return the step that looked at the sources, if one did."""
    for result in record.content.get("dbt_results", ()):
        if result["node"].startswith("source."):
            return str(record.content["steps"][result["step_number"] - 1]["step"])
    return None


def _unusual_loads(record: RunRecord, earlier: Sequence[RunRecord]) -> Iterator[str]:
    if record.content["is_full_refresh"]:
        return
    comparable = [
        run for run in earlier if run.has_succeeded and not run.content["is_full_refresh"]
    ]
    rows = _rows(record)
    # A stream that was read every time and is not there now has brought nothing.
    streams = set(rows).union(*(_rows(run) for run in comparable[-1:]))
    for stream in sorted(streams):
        history = [
            volumes.Load(run.started_at, loaded)
            for run in comparable
            if (loaded := _rows(run).get(stream)) is not None
        ]
        load = volumes.Load(record.started_at, rows.get(stream, 0))
        if found := volumes.judge(load, history):
            yield (
                f"{stream}: {found.rows:,} rows, usually about {found.usual:,.0f} "
                f"(median of {found.compared_with} runs)"
            )


def _rows(record: RunRecord) -> dict[str, int]:
    found: dict[str, int] = {}
    for line in record.content.get("streams", ()):
        if line.get("rows_loaded") is not None:
            found[line["stream"]] = found.get(line["stream"], 0) + line["rows_loaded"]
    return found


def _name(record: RunRecord) -> str:
    return f"{record.environment}: {record.command}"


def _run_line(record: RunRecord) -> str:
    started = f"{record.started_at:%Y-%m-%d %H:%M} UTC"
    return f"run {record.run_id}, started {started}, {record.seconds:,.0f} s"


def _few(lines: list[str]) -> list[str]:
    more = len(lines) - MOST_NAMED
    return lines if more <= 0 else [*lines[:MOST_NAMED], f"and {more} more"]
