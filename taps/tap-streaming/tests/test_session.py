"""How one platform is asked: headers, retries, waiting, giving up."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any

import pytest
import requests
from tap_fakes import CONFIG, FakeApi

from tap_streaming.answers import LIST, Shape
from tap_streaming.calls import Endpoint
from tap_streaming.errors import TapError
from tap_streaming.session import PlatformClient
from tap_streaming.streams.streaming_availability_base import STREAMING_AVAILABILITY
from tap_streaming.streams.tmdb_base import TMDB
from tap_streaming.streams.tvmaze_base import TVMAZE

if TYPE_CHECKING:
    from tap_streaming.platforms import Platform

HTML = (502, b"<html>Bad Gateway</html>", {"Content-Type": "text/html"})
THING, NOTHING = Endpoint("/thing"), Endpoint("/nothing")
DEFAULTS = {"request_timeout": 60, "request_max_tries": 4, "user_agent": "a-tap/1"}


@pytest.fixture
def waits() -> list[float]:
    return []


@pytest.fixture
def connect(api: FakeApi, waits: list[float]) -> Any:
    api.routes = [(r"/3/thing", lambda _: {"id": 1}), (r"/thing", lambda _: [1])]

    def make(platform: Platform = TMDB, **settings: Any) -> PlatformClient:
        config = {**CONFIG, **DEFAULTS, **settings}
        logger = logging.getLogger("tap")
        return PlatformClient(
            platform, config, logger, clock=lambda: sum(waits), sleep=waits.append
        )

    return make


def test_the_token_is_in_a_header_and_nowhere_else(api: FakeApi, connect: Any) -> None:
    connect().get(THING.call())
    request = api.sent[0]
    assert request.headers["Authorization"] == "Bearer a-token"
    assert request.headers["User-Agent"] == "a-tap/1"
    assert "token" not in (request.url or "")


def test_tvmaze_gets_no_token(api: FakeApi, connect: Any) -> None:
    connect(TVMAZE, tmdb_access_token=None).get(Endpoint("/thing", LIST).call())
    assert "Authorization" not in api.sent[0].headers


@pytest.mark.parametrize("token", [None, "", "  "])
def test_a_missing_token_names_the_setting(connect: Any, token: str | None) -> None:
    with pytest.raises(TapError, match=r"TAP_STREAMING_TMDB_ACCESS_TOKEN.*themoviedb.org/settings"):
        connect(tmdb_access_token=token)


@pytest.mark.parametrize("token", ["a secret", "a\nsecret", "sécret"])
def test_a_token_that_is_none_is_not_repeated(connect: Any, token: str) -> None:
    with pytest.raises(TapError, match="tmdb_access_token") as caught:
        connect(tmdb_access_token=token)
    assert "cret" not in str(caught.value)


def test_a_newline_after_the_token_does_not_matter(api: FakeApi, connect: Any) -> None:
    connect(tmdb_access_token="a-token\n").get(THING.call())
    assert api.sent[0].headers["Authorization"] == "Bearer a-token"


@pytest.mark.parametrize(
    "fault",
    [
        (500, b"", {}),
        (503, {"success": False, "status_code": 9}, {}),
        HTML,
        (200, b"<html>Maintenance</html>", {"Content-Type": "text/html"}),
        (200, b'{"id": 1, "na', {}),
        (200, b"", {}),
        (200, b"[" * 100_000, {}),
        (200, ["another", "shape"], {}),
        (200, {"success": False, "status_code": 11, "status_message": "Internal error"}, {}),
        (200, {"name": "Error", "message": "", "code": 0, "status": 500}, {}),
        (200, {"message": "Too busy"}, {}),
        (408, b"", {}),
        requests.ConnectionError("reset"),
        requests.ReadTimeout("slow"),
        requests.exceptions.ChunkedEncodingError("cut"),
        requests.exceptions.ContentDecodingError("gzip"),
    ],
)
def test_what_may_pass_is_asked_again(
    api: FakeApi, connect: Any, waits: list[float], fault: Any
) -> None:
    api.faults = [fault, fault]
    client = connect()
    assert client.get(THING.call()) == {"id": 1}
    assert client.requests == 3
    assert client.retries == 2
    pauses = [wait for wait in waits if wait > 0.1]
    assert len(pauses) == 2
    assert 0.5 <= pauses[0] <= 1 <= pauses[1] <= 2


ROWS = [
    (Shape(list, row_key="id"), [{"id": 1}, {"id": None}]),
    (Shape(list, row_key="id"), [{}]),
    (Shape(list, row_key="id"), [None, ["id"]]),
    (Shape(dict, filled=True), {}),
    (Shape(list, filled=True), []),
    (Shape(dict, "rows", list, row_key="id"), {"rows": [{"id": None}]}),
    (Shape(dict, "rows", list, filled=True), {"rows": []}),
]


@pytest.mark.parametrize(("shape", "body"), ROWS)
def test_rows_that_lack_what_no_row_lacks_are_asked_for_again(
    api: FakeApi, connect: Any, shape: Shape, body: Any
) -> None:
    row = {"id": 2}
    good = {"rows": [row]} if shape.kind is dict else [row, "odd"]
    api.routes = [(r"/3/thing", lambda _: good)]
    api.faults = [(200, body, {})]
    client = connect()
    assert client.get(Endpoint("/thing", shape).call())
    assert client.retries == 1
    assert shape.outline.fits(body)


def test_it_gives_up_with_one_line(api: FakeApi, connect: Any) -> None:
    api.faults = [HTML] * 10
    with pytest.raises(TapError, match=r"GET /thing in 4 tries \(last: HTTP 502\)") as caught:
        connect().get(THING.call())
    assert "\n" not in str(caught.value)
    assert len(api.asked) == 4


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("7", 7.0),
        ("0", 0.0),
        (format_datetime(datetime(2026, 11, 23, 15, 0, 9, tzinfo=UTC), usegmt=True), 9.0),
        (format_datetime(datetime(2026, 11, 23, 14, tzinfo=UTC), usegmt=True), 0.0),
    ],
)
def test_retry_after_is_honoured(
    api: FakeApi, connect: Any, waits: list[float], given: str, expected: float
) -> None:
    api.faults = [(429, {"status_code": 25}, {"Retry-After": given})]
    assert connect().get(THING.call()) == {"id": 1}
    assert sum(waits) == pytest.approx(expected, abs=0.2)


@pytest.mark.parametrize("headers", [{}, {"Retry-After": "soon"}, {"Retry-After": "-4"}])
def test_without_a_usable_retry_after_it_backs_off(
    api: FakeApi, connect: Any, waits: list[float], headers: dict[str, str]
) -> None:
    api.faults = [(429, b"slow down", headers)] * 3
    assert connect().get(THING.call()) == {"id": 1}
    assert [wait for wait in waits if wait > 0.1][-1] > 1.5


def test_a_pause_beyond_reason_ends_the_run(api: FakeApi, connect: Any) -> None:
    api.faults = [(429, b"", {"Retry-After": "86400"})]
    with pytest.raises(TapError, match=r"wait 86400 s.*tmdb_requests_per_second"):
        connect().get(THING.call())


def test_a_wrong_token_is_not_tried_twice(api: FakeApi, connect: Any) -> None:
    api.faults = [(401, {"success": False, "status_code": 7}, {})] * 2
    with pytest.raises(TapError, match=r"refused the key.*tmdb_access_token") as caught:
        connect().get(THING.call())
    assert len(api.asked) == 1
    assert "a-token" not in str(caught.value)


@pytest.mark.parametrize("status", [400, 403, 422])
def test_a_refusal_is_told_in_the_platforms_words(api: FakeApi, connect: Any, status: int) -> None:
    api.faults = [(status, {"status_message": "Invalid page."}, {})]
    with pytest.raises(TapError, match=rf"HTTP {status}: Invalid page.*tmdb_api_url"):
        connect().get(THING.call())


def test_what_is_not_there_is_none_or_an_error(api: FakeApi, connect: Any) -> None:
    client = connect()
    assert client.find(NOTHING.call()) is None
    api.faults = [(200, {"success": False, "status_code": 21}, {})]
    assert client.find(THING.call()) is None
    with pytest.raises(TapError, match=r"HTTP 404.*tmdb_api_url"):
        client.get(NOTHING.call())


@pytest.mark.parametrize(
    "error", [requests.ConnectionError("refused"), requests.ConnectTimeout("no answer")]
)
def test_an_unreachable_platform_is_given_up_soon(
    api: FakeApi, connect: Any, error: Exception
) -> None:
    api.faults = [error] * 10
    with pytest.raises(TapError, match=r"cannot reach TMDB at http://h\.test/3 .*tmdb_api_url"):
        connect(tmdb_api_url="http://user:pw@h.test/3", request_max_tries=9).get(THING.call())
    assert len(api.asked) == 3


def test_a_wrong_address_is_told(api: FakeApi, connect: Any) -> None:
    api.faults = [requests.exceptions.InvalidURL("x"), requests.exceptions.SSLError("x")]
    client = connect()
    for _ in range(2):
        with pytest.raises(TapError, match="tmdb_api_url"):
            client.get(THING.call())


def test_answers_come_in_the_order_of_the_calls(connect: Any) -> None:
    calls = [THING.call(place=1), NOTHING.call(place=2), THING.call(place=3)]
    answers = connect().get_many(calls)
    assert [(call.values["place"], body) for call, body in answers] == [
        (1, {"id": 1}), (2, None), (3, {"id": 1}),
    ]  # fmt: skip


def test_the_platforms_clock_is_read_from_its_answers(api: FakeApi, connect: Any) -> None:
    api.clock = datetime(2031, 1, 1, 23, 59, tzinfo=UTC)
    client = connect(TVMAZE)
    api.routes = [("/updates/shows", lambda _: {})]
    assert client.today().isoformat() == "2031-01-01"
    assert api.asked == [("/updates/shows", {"since": "day"})]
    api.faults = [(200, {}, {"Age": "120"})]
    client.get(Endpoint("/updates/shows").call())
    assert client.now() == api.clock + timedelta(seconds=120)
    api.faults = [(200, {}, {"Date": "yesterday"})]
    client.get(Endpoint("/updates/shows").call())
    assert abs(client.now() - datetime.now(UTC)) < timedelta(minutes=1)


def test_retries_are_logged_without_secrets(
    api: FakeApi, connect: Any, caplog: pytest.LogCaptureFixture
) -> None:
    api.faults = [HTML]
    connect().get(THING.call({"page": 3}))
    (line,) = [record.getMessage() for record in caplog.records if record.name == "tap"]
    assert line.startswith("TMDB: HTTP 502 for GET /thing; try 2 of 4 in ")
    assert "a-token" not in caplog.text


def test_the_time_of_a_platform_that_counts_is_asked_without_the_key(
    api: FakeApi, connect: Any
) -> None:
    api.clock = datetime(2031, 1, 1, 12, tzinfo=UTC)
    settings = {"sa_api_url": "http://sa.test", "sa_api_key": "k", "sa_requests_per_second": 1}
    client = connect(STREAMING_AVAILABILITY, **settings)
    assert client.now() == api.clock
    (request,) = api.sent
    assert (request.method, request.headers["User-Agent"]) == ("HEAD", "a-tap/1")
    assert not {"X-API-Key", "Authorization"} & request.headers.keys()
    assert client.requests == 0


def test_without_any_answer_this_machines_time_is_taken(api: FakeApi, connect: Any) -> None:
    api.faults = [requests.ConnectionError("refused")]
    settings = {"sa_api_url": "http://sa.test", "sa_api_key": "k", "sa_requests_per_second": 1}
    client = connect(STREAMING_AVAILABILITY, **settings)
    assert abs(client.now() - datetime.now(UTC)) < timedelta(minutes=1)
