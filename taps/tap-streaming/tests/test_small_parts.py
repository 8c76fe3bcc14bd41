"""The token bucket, windows of days, and fitting rows to a schema."""

from __future__ import annotations

import json
import logging
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tap_streaming.rate_limit import HEADROOM, TokenBucket
from tap_streaming.records import Fitter
from tap_streaming.windows import DAY, Window, days


class Time:
    def __init__(self) -> None:
        self.now = 100.0

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def bucket_with_time(rate: float) -> tuple[TokenBucket, Time]:
    time = Time()
    return TokenBucket(rate, clock=lambda: time.now, sleep=time.sleep), time


@pytest.mark.parametrize("rate", [0.5, 2, 20, 40])
def test_the_rate_is_kept(rate: float) -> None:
    bucket, time = bucket_with_time(rate)
    began = time.now
    for _ in range(200):
        bucket.acquire()
    assert time.now - began == pytest.approx(199 * HEADROOM / rate)
    assert 199 / (time.now - began) >= 0.97 * rate


def test_two_a_second_are_half_a_second_apart() -> None:
    bucket, time = bucket_with_time(2)
    moments = []
    for _ in range(4):
        bucket.acquire()
        moments.append(time.now)
    assert [round(b - a, 6) for a, b in pairwise(moments)] == [0.51] * 3


def test_unused_allowance_does_not_pile_up() -> None:
    bucket, time = bucket_with_time(20)
    bucket.acquire()
    time.sleep(3600)
    began = time.now
    for _ in range(20):
        bucket.acquire()
    assert time.now - began >= 0.9


def test_a_held_bucket_lets_nobody_through() -> None:
    bucket, time = bucket_with_time(1000)
    bucket.hold(30)
    bucket.acquire()
    assert time.now == pytest.approx(130)


def test_who_waits_when_the_bucket_is_held_does_not_burst_afterwards() -> None:
    bucket, time = bucket_with_time(10)
    bucket.acquire()
    sleep, moments = time.sleep, []

    def refused_while_waiting(seconds: float) -> None:
        sleep(seconds)
        if not moments:
            bucket.hold(5)
            moments.append(time.now)

    bucket._sleep = refused_while_waiting
    for _ in range(3):
        bucket.acquire()
        moments.append(time.now)
    assert moments[1] - moments[0] >= 5
    assert all(later - earlier >= 0.1 for earlier, later in pairwise(moments[1:]))


DATES = st.dates(date(1850, 1, 1), date(2100, 1, 1))


@given(DATES, st.none() | DATES, st.none() | DATES)
def test_halves_cover_a_window_exactly(today: date, start: date | None, end: date | None) -> None:
    if start and end and start > end:
        start, end = end, start
    window = Window(start, end)
    halves = window.halves(today)
    if halves is None:
        assert start == end or (start is None and end is not None)
        return
    left, right = halves
    assert (left.start, right.end) == (start, end)
    assert left.end is not None
    assert right.start == left.end + DAY
    assert left.start is None or left.start <= left.end
    assert right.end is None or right.start <= right.end


def test_days_include_both_ends() -> None:
    first = date(2026, 2, 27)
    assert [str(day) for day in days(first, first + timedelta(days=2))] == [
        "2026-02-27", "2026-02-28", "2026-03-01",
    ]  # fmt: skip
    assert not list(days(first, first - DAY))


SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "id": {"type": ["integer"]},
        "text": {"type": ["string", "null"]},
        "day": {"type": ["string", "null"], "format": "date"},
        "moment": {"type": ["string", "null"], "format": "date-time"},
        "number": {"type": ["number", "null"]},
        "flag": {"type": ["boolean", "null"]},
        "list": {"type": ["array", "null"], "items": {"type": ["integer", "null"]}},
        "object": {"type": ["object", "null"], "properties": {"n": {"type": ["integer", "null"]}}},
    },
}


def fitter() -> Fitter:
    return Fitter(SCHEMA, ["id"], logging.getLogger("tap"), {"left_out"})


@pytest.mark.parametrize(
    ("name", "given_value", "expected"),
    [
        ("text", "", None),
        ("text", 5, None),
        ("day", "2026-11-23", "2026-11-23"),
        ("day", "", None),
        ("day", "2026-02-30", None),
        ("day", "0000-00-00", None),
        ("day", "20261123", None),
        ("moment", "2026-11-23T15:00:00+00:00", "2026-11-23T15:00:00+00:00"),
        ("moment", "noon", None),
        ("number", 8, 8),
        ("number", 8.5, 8.5),
        ("number", True, None),
        ("number", float("nan"), None),
        ("number", float("inf"), None),
        ("number", 10**400, None),
        ("number", "8", None),
        ("flag", 1, None),
        ("flag", False, False),
        ("list", [1, "2", None, "x", 3.0, {}], [1, 2, 3]),
        ("list", {}, None),
        ("object", {"n": "7", "new": {"a": ["", 1]}}, {"n": 7, "new": {"a": [None, 1]}}),
        ("object", [], None),
    ],
)
def test_values_fit_or_become_null(name: str, given_value: Any, expected: Any) -> None:
    record = fitter().fit({"id": 1, name: given_value})
    assert record is not None
    assert record[name] == expected
    assert set(record) == set(SCHEMA["properties"])


@pytest.mark.parametrize("row", [None, [], "x", 3, {}, {"id": None}, {"id": "x"}, {"id": 2**70}])
def test_a_row_without_a_key_is_left_out(row: Any, caplog: pytest.LogCaptureFixture) -> None:
    assert fitter().fit(row) is None
    assert "left out" in caplog.text


def test_oddities_are_told_once(caplog: pytest.LogCaptureFixture) -> None:
    one = fitter()
    for number in range(3):
        record = one.fit({"id": number, "text": 5, "unheard_of": 1, "left_out": 2})
        assert record is not None
        assert "unheard_of" not in record
    assert len(caplog.records) == 2


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(st.sampled_from([*SCHEMA["properties"], "new"]), JSON))
def test_whatever_comes_is_valid_or_left_out(row: dict[str, Any]) -> None:
    record = fitter().fit(row)
    if record is not None:
        from jsonschema import Draft202012Validator  # noqa: PLC0415

        Draft202012Validator(SCHEMA).validate(record)


def test_half_a_character_and_endless_nesting_can_be_written() -> None:
    schema = {"properties": {"id": {"type": ["integer"]}, "name": {"type": ["string", "null"]},
              "more": {"type": ["object", "null"]}}}  # fmt: skip
    deep: Any = []
    for _ in range(300):
        deep = [deep]
    fitter = Fitter(schema, ["id"], logging.getLogger("test"))
    record = fitter.fit({"id": 1, "name": "a\ud83d", "more": {"\ud83d": deep}})
    assert record is not None
    assert json.dumps(record, ensure_ascii=False).encode()
    assert record["name"] == "a?"
