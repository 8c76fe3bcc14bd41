"""Good answers of the sandbox, spoilt in every way: no trace, and no record that is invalid."""

from __future__ import annotations

import json
import logging
from email.utils import format_datetime
from random import Random
from typing import TYPE_CHECKING, Any

import pytest
import requests
from conftest import START
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from requests.adapters import BaseAdapter
from singer_sdk.typing import DEFAULT_JSONSCHEMA_VALIDATOR
from tap_fakes import Messages, make_tap
from whole_tap import PLATFORMS, attempt, config, forget_what_was_spent, some_shows, streams_of

from tap_streaming.budget import BudgetSpentError
from tap_streaming.errors import TapError
from tap_streaming.session import PlatformClient
from tap_streaming.tap import STREAM_TYPES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_streaming.calls import Call

Bodies = list[tuple["Call", Any]]
RAW = {
    "@deep@": "[" * 300 + "]" * 300,
    "@deeper@": '{"a":' * 450 + "1" + "}" * 450,
    "@too deep@": "[" * 5000 + "]" * 5000,
    "@not a number@": "NaN",
    "@infinite@": "-Infinity",
    "@too large@": "1e400",
    "@long@": "1" + "0" * 400,
    "@too long@": "1" + "0" * 5000,
    "@half a character@": r'"\ud83d"',
    "@no character@": r'"a\u0000b"',
}
"""JSON that ``json.dumps`` would not write, by the text it is written in place of."""
ODD: list[Any] = [
    None, "", "odd", "x" * 100_000, 0, -1, 1.5, 2**63, 10**30, True, [], {}, [None], [[[]]],
    {"a": {"b": []}}, [{}], "2026-02-30", "0000-00-00", "9" * 30,
]  # fmt: skip
KEPT, LARGEST = 6, 6000
"""Bodies of each endpoint, and most characters of one if there are such."""


class Gives(BaseAdapter):
    """A platform that gives one answer to all."""

    def __init__(self, content: bytes) -> None:
        super().__init__()
        self.content = content

    def send(self, request: requests.PreparedRequest, **_: Any) -> requests.Response:
        response = requests.Response()
        response.status_code = 200
        response.request, response.url = request, request.url or ""
        response._content = self.content
        response.headers["Date"] = format_datetime(START, usegmt=True)
        return response

    def close(self) -> None:
        """Nothing to close."""


def places(body: Any) -> Iterator[tuple[Any, Any]]:
    for key in list(body) if isinstance(body, dict) else range(len(body)):
        yield body, key
        if isinstance(body[key], dict | list):
            yield from places(body[key])


def spoilt(body: Any, chance: Random) -> bytes:
    """Return a body's JSON with one to three values dropped or put in place of others."""
    body = json.loads(json.dumps(body))
    for _ in range(chance.randint(1, 3)):
        found = list(places(body))
        if not found:
            break
        container, key = chance.choice(found)
        if chance.random() < 0.3:
            del container[key]
        else:
            container[key] = json.loads(json.dumps(chance.choice(chance.choice([ODD, [*RAW]]))))
    text = json.dumps(body)
    for mark, raw in RAW.items():
        text = text.replace(json.dumps(mark), raw)
    return text.encode()


@pytest.fixture(scope="module")
def bodies(sandbox_server: Any) -> dict[str, Bodies]:
    """What each stream asked and was answered, by its name."""
    sandbox_server.set_clock(START)
    sandbox_server.faults()
    forget_what_was_spent(sandbox_server)
    told: Bodies = []
    find = PlatformClient.find

    def listening(self: PlatformClient, call: Call) -> Any:
        body = find(self, call)
        told.append((call, body))
        return body

    chosen = some_shows(sandbox_server)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(PlatformClient, "find", listening)
        for platform in PLATFORMS:
            _, error = attempt(streams_of(platform), None, config(sandbox_server, title_ids=chosen))
            assert error is None
        attempt(["tvmaze_shows"], None, config(sandbox_server))
    told = sorted([*told], key=lambda one: len(json.dumps(one[1])))
    return {
        stream.name: [
            one
            for endpoint in stream.endpoints
            for one in some([one for one in told if one[1] and one[0].endpoint == endpoint])
        ]
        for stream in STREAM_TYPES
    }


@pytest.fixture(scope="module")
def tap() -> Any:
    names = [stream.name for stream in STREAM_TYPES]
    return make_tap(names, sa_api_key="x", sa_countries=["us"], watchmode_api_key="x")


def some(found: Bodies) -> Bodies:
    """Return a few of some bodies, which are sorted by length."""
    return [one for one in found if len(json.dumps(one[1])) <= LARGEST][-KEPT:] or found[:1]


def refuse(constant: str) -> Any:
    message = f"{constant} is not JSON"
    raise AssertionError(message)


@pytest.mark.parametrize("name", [stream.name for stream in STREAM_TYPES])
@settings(
    max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(seed=st.integers(0, 2**32))
def test_whatever_comes_is_a_good_record_or_none(
    bodies: dict[str, Bodies], tap: Any, name: str, seed: int
) -> None:
    chance = Random(seed)
    call, body = chance.choice(bodies[name])
    stream: Any = tap.streams[name]
    url = {stream.platform.url_setting: "http://platform.test", "request_max_tries": 1}
    stream.client = PlatformClient(
        stream.platform,
        {**tap.config, **url},
        logging.getLogger("tap"),
        adapter=Gives(spoilt(body, chance)),
    )
    validator = DEFAULT_JSONSCHEMA_VALIDATOR(
        stream.schema, format_checker=Draft202012Validator.FORMAT_CHECKER
    )
    try:
        answer = stream.client.find(call)
        rows = [] if answer is None else list(stream.parse(answer, call))
    except (TapError, BudgetSpentError):
        return
    for record in filter(None, map(stream.fitter().fit, rows)):
        (message,) = stream._generate_record_messages(record)
        written = json.loads(Messages().format_message(message), parse_constant=refuse)
        validator.validate(written["record"])
        json.dumps(written, ensure_ascii=False).encode()
