"""Recorded answers spoilt at random: whatever comes, no trace, and no record that is invalid."""

from __future__ import annotations

import copy
import json
import logging
import random
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator
from singer_sdk.typing import DEFAULT_JSONSCHEMA_VALIDATOR
from tap_fakes import make_tap

from tap_streaming.client import PlatformStream
from tap_streaming.errors import TapError
from tap_streaming.replay import _called, _manifest, _Recorded

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MUTANTS_PER_FILE = 12
LARGEST = 60_000
"""Bytes; a larger body holds more of the same rows."""
ODD: list[Any] = [
    None, "", "odd", "x" * 100_000, 0, -1, 1.5, 1e308, 10**30, True, [], {}, [None], [[[]]],
    {"a": {"b": []}}, [{}], "2026-02-30", "\ud83d\ude00\x00",
]  # fmt: skip


def places(body: Any) -> Iterator[tuple[Any, Any]]:
    """Yield each container in a body with each of its keys."""
    keys = body.keys() if isinstance(body, dict) else range(len(body))
    for key in list(keys):
        yield body, key
        if isinstance(body[key], dict | list):
            yield from places(body[key])


def mutant(body: Any, chance: random.Random) -> Any:
    spoilt = copy.deepcopy(body)
    for _ in range(chance.randint(1, 3)):
        found = list(places(spoilt))
        if not found:
            break
        container, key = chance.choice(found)
        if chance.random() < 0.3:
            del container[key]
        else:
            container[key] = copy.deepcopy(chance.choice(ODD))
    return spoilt


@pytest.mark.parametrize("platform", ["tmdb", "tvmaze", "watchmode"])
def test_spoilt_answers_leave_no_trace(recordings: Path, platform: str) -> None:
    streams = [one for one in make_tap([]).streams.values() if isinstance(one, PlatformStream)]
    streams = [stream for stream in streams if stream.platform.recorded_as == platform]
    validators = {
        stream.name: DEFAULT_JSONSCHEMA_VALIDATOR(
            stream.schema, format_checker=Draft202012Validator.FORMAT_CHECKER
        )
        for stream in streams
    }
    chance, logger, tried, kept = random.Random(2026), logging.getLogger("mutations"), 0, 0
    for row in _manifest(recordings):
        content = (recordings / row["local_path"]).read_bytes()
        if row["platform"] != platform or row["http_status"] != "200" or len(content) > LARGEST:
            continue
        for stream, call in _called(row["endpoint"], stream_platform(streams), streams):
            body = json.loads(content)
            for _ in range(MUTANTS_PER_FILE):
                spoilt = json.dumps(mutant(body, chance)).encode()
                answer = _Recorded(stream.platform, 200, spoilt, logger)
                outcome, parsed = answer.read(call)
                tried += 1
                if outcome:
                    continue
                if call.endpoint in stream.listings:
                    assert all(isinstance(one, int) for one in stream.ids_in(parsed))
                    continue
                stream.client = answer.client
                dig = call.endpoint.dig
                fitter = stream.fitter()
                try:
                    rows = list(stream.parse(dig(parsed) if dig else parsed, call))
                except TapError:
                    continue
                for record in filter(None, map(fitter.fit, rows)):
                    validators[stream.name].validate(record)
                    kept += 1
    assert tried > 50
    assert kept > 50


def stream_platform(streams: list[PlatformStream]) -> Any:
    return streams[0].platform
