"""All streams of the tap against the sandbox, a platform at a time, on a small selection."""

from __future__ import annotations

import json
import urllib.request
from typing import TYPE_CHECKING, Any

import pytest
from tap_fakes import Messages, make_tap, table

from tap_streaming.errors import TapError
from tap_streaming.tap import STREAM_TYPES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Rows = dict[tuple[Any, ...], Any]
PLATFORMS = sorted({stream.platform.key for stream in STREAM_TYPES})
PATHS = {key: "streaming-availability" if key == "sa" else key for key in PLATFORMS}
"""First part of a platform's paths in the sandbox."""
LARGEST_STATE = 10_000
BACKOFF = 0.05


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Retries as ever, but no pause of the tap's own choice is long."""
    monkeypatch.setattr("tap_streaming.session.LONGEST_BACKOFF", BACKOFF)


def streams_of(platform: str) -> list[str]:
    return [stream.name for stream in STREAM_TYPES if stream.platform.key == platform]


def config(sandbox: Any, **settings: Any) -> dict[str, Any]:
    chosen = {
        "concurrent_requests": 16,
        "request_timeout": 30,
        "tmdb_min_vote_count": 1000,
        "tmdb_released_from": "2014-11-25",
        "tmdb_chart_pages": 1,
        "tmdb_watch_countries": ["US", "DE"],
        "sa_api_key": "sandbox",
        "sa_api_url": f"{sandbox.url}/streaming-availability",
        "sa_requests_per_second": 1e6,
        "sa_monthly_requests": 1_000_000,
        "sa_countries": ["us"],
        "sa_services": ["netflix"],
        "watchmode_api_key": "sandbox",
        "watchmode_api_url": f"{sandbox.url}/watchmode/v1",
        "watchmode_requests_per_second": 1e6,
        "watchmode_max_titles": 12,
    }
    return sandbox.config(**{**chosen, **settings})


def some_shows(sandbox: Any) -> list[str]:
    """Return ids of shows on TVmaze, some of them with episodes on the schedule."""
    messages, _ = attempt(["tvmaze_schedule"], None, config(sandbox))
    shown = sorted({record["show_id"] for record in messages.records()})[:6]
    return [f"tvmaze/{show}" for show in (*range(1, 31), *shown)]


def forget_what_was_spent(sandbox: Any) -> None:
    request = urllib.request.Request(f"{sandbox.url}/_sandbox/requests", method="DELETE")
    urllib.request.urlopen(request, timeout=10).close()


def attempt(
    streams: Iterable[str], state: Mapping[str, Any] | None, settings: Mapping[str, Any]
) -> tuple[Messages, TapError | None]:
    """Run the tap; return what it wrote, and the error it ended with."""
    writer = Messages()
    try:
        make_tap(streams, state, writer, **settings).sync_all()
    except TapError as error:
        return writer, error
    return writer, None


def kept(messages: Messages, error: TapError | None) -> list[dict[str, Any]]:
    """Return the messages of a run that a target can count on."""
    return messages.all if error is None else messages.safe()[0]


def living(*parts: list[dict[str, Any]]) -> Rows:
    """Return what a target has after runs, whole, without what it knows to be gone."""
    rows = table([message for part in parts for message in part], make_tap([]))
    return {key: row for key, row in rows.items() if not row.get("_sdc_deleted_at")}


def check_states(messages: Messages) -> None:
    assert all(len(json.dumps(state)) < LARGEST_STATE for state in messages.states)


def differences(found: Rows, right: Rows) -> list[str]:
    """Return a few lines that say where rows differ; none if they do not."""
    lines = [f"missing: {key}" for key in right.keys() - found.keys()]
    lines += [f"too many: {key}" for key in found.keys() - right.keys()]
    for key in found.keys() & right.keys():
        one, other = found[key], right[key]
        if one != other:
            names = [name for name in {**one, **other} if one.get(name) != other.get(name)]
            lines.append(f"other: {key}: {[(n, one.get(n), other.get(n)) for n in names]}"[:300])
    return sorted(lines)[:10]
