"""watchmode_sources and watchmode_releases, and what all streams of Watchmode share."""

from __future__ import annotations

import os
import re
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from fake_watchmode import (
    ALL,
    RELEASES,
    SOURCES,
    TITLES,
    FakeWatchmode,
    make_tap,
    release,
    run,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tap_fakes import Messages, table

from tap_streaming.client import PlatformStream
from tap_streaming.errors import TapError

DAY = timedelta(days=1)
ROOT = Path(__file__).parents[3]
SPEC = Path(
    os.environ.get("WATCHMODE_TYPES", ROOT.parent / "shared" / "specs" / "watchmode" / "index.d.ts")
)
"""The types of Watchmode's own client, which are not part of the repository."""


@pytest.fixture
def watchmode(monkeypatch: pytest.MonkeyPatch) -> FakeWatchmode:
    fake = FakeWatchmode()
    monkeypatch.setattr(
        "requests.adapters.HTTPAdapter.send", lambda _, request, **__: fake.send(request)
    )
    return fake


@pytest.fixture
def calendar(watchmode: FakeWatchmode, monkeypatch: pytest.MonkeyPatch) -> FakeWatchmode:
    """Two releases a day for five months, and answers of at most ten."""
    monkeypatch.setattr("tap_streaming.streams.watchmode.MOST_RELEASES", 10)
    first = date(2026, 8, 1)
    for number in range(150):
        day = (first + number * DAY).isoformat()
        watchmode.releases += [release(number + 1, day), release(900, day, 157, number)]
    return watchmode


def bookmark(messages: Messages, stream: str) -> dict[str, Any]:
    state: dict[str, Any] = messages.states[-1]["bookmarks"][stream]
    return state


def days(messages: Messages) -> list[str]:
    return sorted({row["source_release_date"] for row in messages.records(RELEASES)})


def cost_of(stream: str, state: Any = None, **more: Any) -> int:
    one = make_tap([stream], state, **more).streams[stream]
    assert isinstance(one, PlatformStream)
    return one.cost()


class TestAccount:
    """The key, and what the account says of itself."""

    def test_without_a_key_there_are_no_rows(
        self, watchmode: FakeWatchmode, caplog: pytest.LogCaptureFixture
    ) -> None:
        assert run(*ALL, watchmode_api_key="").records() == []
        assert watchmode.asked == []
        assert "watchmode_api_key is not set" in caplog.text

    def test_a_wrong_key_is_named(self, watchmode: FakeWatchmode) -> None:
        with pytest.raises(TapError, match=r"watchmode_api_key .*requestApiKey"):
            run(SOURCES, watchmode_api_key="another")
        assert watchmode.bills == []

    def test_the_key_is_in_a_header_and_the_account_is_asked_first(
        self, watchmode: FakeWatchmode
    ) -> None:
        run(SOURCES)
        assert [path for path, _ in watchmode.asked] == ["/v1/status", "/v1/sources"]
        assert all("a-key" not in (request.url or "") for request in watchmode.sent)

    @pytest.mark.parametrize("status", [402, 429])
    def test_an_account_without_credits_ends_quietly(
        self, watchmode: FakeWatchmode, caplog: pytest.LogCaptureFixture, status: int
    ) -> None:
        quota = {"X-Account-Quota": "2500", "X-Account-Quota-Used": "2500"}
        refused = (status, {"success": False}, quota)
        state = run(SOURCES).states[-1]
        watchmode.clock += 7 * DAY
        watchmode.faulty, watchmode.faults = re.compile("sources"), [refused] * 9
        again = run(SOURCES, state=state)
        assert again.records() == []
        assert bookmark(again, SOURCES)["replication_key_value"] == "2026-11-02"
        assert "the month's quota is spent" in caplog.text
        assert len(watchmode.faults) == 8

    def test_an_account_that_refuses_to_tell_ends_quietly(self, watchmode: FakeWatchmode) -> None:
        watchmode.faulty, watchmode.faults = re.compile("status"), [(402, {}, {})] * 9
        assert run(*ALL).records() == []
        assert set(watchmode.paid()) == set()

    def test_the_smaller_of_quota_and_setting_holds(self, watchmode: FakeWatchmode) -> None:
        for title in range(1, 300):
            watchmode.add(title)
        watchmode.quota = 290
        run(TITLES)
        assert watchmode.used <= 10
        watchmode.bills.clear()
        watchmode.quota = 100_000
        run(TITLES, watchmode_monthly_credits=580)
        assert 10 < watchmode.used <= 20

    @pytest.mark.parametrize("account", [{}, {"quota": "x", "quotaUsed": None}, {"quota": -1}])
    def test_an_account_that_tells_nothing(self, watchmode: FakeWatchmode, account: Any) -> None:
        watchmode.routes[0] = ("/v1/status", lambda _: account)
        assert len(run(SOURCES).records()) == 1

    def test_a_stumbling_platform_is_asked_again(
        self, watchmode: FakeWatchmode, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("tap_streaming.session.LONGEST_BACKOFF", 0.0)
        watchmode.faults = [
            (429, {"success": False}, {"Retry-After": "0", "X-RateLimit-Remaining": "0"}),
            requests.ConnectionError("reset"),
            (200, b'[{"id": 2', {}),
            (200, {"success": False, "errorMessage": "odd"}, {}),
            (200, {}, {}),
            (503, b"<html>", {}),
        ]
        assert len(run(SOURCES, request_max_tries=9).records()) == 1


class TestSources:
    """The dictionary of services."""

    def test_each_country_is_there_once(self, watchmode: FakeWatchmode) -> None:
        (row,) = run(SOURCES).records()
        assert (row["id"], row["name"], row["regions"]) == (203, "Netflix", ["US", "GB"])
        assert (row["snapshot_date"], row["logo_100px"]) == ("2026-11-02", None)
        assert watchmode.used == 1

    def test_they_are_read_once_a_week(self, watchmode: FakeWatchmode) -> None:
        state = run(SOURCES).states[-1]
        for days_later, expected in ((0, 0), (6, 0), (7, 1), (400, 1)):
            watchmode.clock = watchmode.clock.replace(day=2, month=11) + days_later * DAY
            assert cost_of(SOURCES, state) == expected
            watchmode.paid()
            run(SOURCES, state=state)
            assert len(watchmode.paid()) == expected

    @pytest.mark.parametrize("value", ["2027-05-05", "x", 5, [], {"a": 1}])
    def test_a_bookmark_without_meaning_is_told(
        self, watchmode: FakeWatchmode, caplog: pytest.LogCaptureFixture, value: Any
    ) -> None:
        state = {"bookmarks": {SOURCES: {"replication_key_value": value}}}
        assert len(run(SOURCES, state=state).records()) == 1
        assert "no day of the past: reading in full" in caplog.text
        assert watchmode.used == 1

    def test_odd_rows_do_no_harm(self, watchmode: FakeWatchmode) -> None:
        watchmode.sources += [
            "x", None, {"id": 4, "regions": "US"},
            {"id": 5, "regions": [None, 3, "de", ["x"]]}, {"id": 6, "name": 2**70, "new": 1},
        ]  # fmt: skip
        rows = {row["id"]: row for row in run(SOURCES).records()}
        assert rows.keys() == {203, 4, 5, 6}
        assert (rows[4]["regions"], rows[5]["regions"]) == (None, ["DE"])
        assert rows[6]["name"] is None


class TestReleases:
    """The calendar."""

    def test_rows_have_a_key_of_their_own(self, watchmode: FakeWatchmode) -> None:
        watchmode.releases = [
            release(7, "2026-11-01"), release(7, "2026-11-01", 157), release(8, "2026-11-09", 9, 2),
        ]  # fmt: skip
        film, _, series = run(RELEASES).records()
        assert [row["release_id"] for row in (film, series)] == [
            "7-203-2026-11-01-film", "8-9-2026-11-09-2",
        ]  # fmt: skip
        assert (film["media_type"], series["media_type"]) == ("movie", "tv")
        assert (film["is_original"], film["poster_url"]) == (True, None)
        assert film["snapshot_date"] == "2026-11-02"
        assert watchmode.used == cost_of(RELEASES) == 1

    @pytest.mark.parametrize("ends_count", [False, True])
    def test_thirty_days_back_and_ahead_are_read_whole(
        self, calendar: FakeWatchmode, *, ends_count: bool
    ) -> None:
        calendar.ends_count = ends_count
        messages = run(RELEASES)
        first = date(2026, 10, 3)
        assert days(messages) == [(first + number * DAY).isoformat() for number in range(61)]
        assert len(messages.records()) == 122
        assert bookmark(messages, RELEASES)["replication_key_value"] == "2026-11-02"
        assert bookmark(messages, RELEASES)["sweep"] is None
        assert calendar.used < 80

    def test_they_are_read_once_a_day(self, watchmode: FakeWatchmode) -> None:
        state = run(RELEASES).states[-1]
        watchmode.paid()
        assert cost_of(RELEASES, state) == 0
        run(RELEASES, state=state)
        assert watchmode.paid() == []
        watchmode.clock += DAY
        run(RELEASES, state=state)
        assert watchmode.paid() == ["/v1/releases"]

    def test_a_pause_leaves_no_gap(self, calendar: FakeWatchmode) -> None:
        state = {"bookmarks": {RELEASES: {"replication_key_value": "2026-09-05"}}}
        calendar.most_releases = 500
        messages = run(RELEASES, state=state)
        assert (days(messages)[0], days(messages)[-1]) == ("2026-08-06", "2026-12-02")

    def test_a_bookmark_of_long_ago_is_told(
        self, watchmode: FakeWatchmode, caplog: pytest.LogCaptureFixture
    ) -> None:
        state = {"bookmarks": {RELEASES: {"replication_key_value": "1990-01-01"}}}
        watchmode.releases = [release(1, "2026-01-01")]
        assert len(run(RELEASES, state=state).records()) == 1
        assert "releases before 2025-10-03 are not read" in caplog.text

    @pytest.mark.parametrize(
        "sweep",
        [
            5, "x", [], {}, {"day": "2026-11-02"},
            {"day": "2028-01-01", "start": "2026-11-01", "end": "2026-11-02", "last": "2026-11-03"},
            {"day": "2026-11-01", "start": "2026-11-05", "end": "2026-11-02", "last": "2026-11-03"},
        ],
    )  # fmt: skip
    def test_a_place_without_meaning_is_told(
        self, watchmode: FakeWatchmode, caplog: pytest.LogCaptureFixture, sweep: Any
    ) -> None:
        watchmode.releases = [release(1, "2026-11-01")]
        state = {"replication_key_value": "2026-11-02", "sweep": sweep}
        assert len(run(RELEASES, state={"bookmarks": {RELEASES: state}}).records()) == 1
        assert "makes no sense: reading anew" in caplog.text

    def test_a_day_that_is_too_long_is_told(
        self, calendar: FakeWatchmode, caplog: pytest.LogCaptureFixture
    ) -> None:
        calendar.releases = [release(number, "2026-11-05") for number in range(12)]
        messages = run(RELEASES)
        assert len(messages.records()) == 10
        assert "no more than 10 releases: some of 2026-11-05 may be missing" in caplog.text
        assert bookmark(messages, RELEASES)["replication_key_value"] == "2026-11-02"

    @pytest.mark.usefixtures("calendar")
    def test_it_goes_on_from_every_state(self) -> None:
        clean = run(RELEASES)
        tap = make_tap([])
        whole = table(clean.all, tap)
        for place in range(1, len(clean.all), 4):
            kept, state = run(RELEASES, stop_after=place).safe()
            rest = run(RELEASES, state=state)
            assert table([*kept, *rest.all], tap) == whole
            ends = [bookmark(one, RELEASES) for one in (clean, rest)]
            assert ends[0]["replication_key_value"] == ends[1]["replication_key_value"]

    def test_a_reading_of_yesterday_is_finished_before_todays(
        self, calendar: FakeWatchmode
    ) -> None:
        kept, state = run(RELEASES, stop_after=60).safe()
        calendar.clock += DAY
        rest = run(RELEASES, state=state)
        rows = table([*kept, *rest.all], make_tap([]))
        assert len(rows) == 122
        assert bookmark(rest, RELEASES)["replication_key_value"] == "2026-11-02"
        assert bookmark(run(RELEASES, state=rest.states[-1]), RELEASES)[
            "replication_key_value"
        ] == "2026-11-03"  # fmt: skip

    def test_one_credit_a_day_gets_on(self, calendar: FakeWatchmode) -> None:
        calendar.releases = [row for row in calendar.releases if row["id"] == 900]
        state, rows, tap = None, {}, make_tap([])
        for _ in range(40):
            messages = run(RELEASES, state=state, watchmode_monthly_credits=30)
            state = messages.states[-1] if messages.states else state
            rows |= table(messages.all, tap)
            calendar.clock += DAY
        assert {row["source_release_date"] for row in rows.values()} >= {
            (date(2026, 10, 3) + number * DAY).isoformat() for number in range(61)
        }

    def test_odd_rows_do_no_harm(self, watchmode: FakeWatchmode) -> None:
        good = release(1, "2026-11-01")
        odd = [
            "x", None, {**good, "source_id": "x"},
            {**good, "source_release_date": "soon"}, {**good, "source_release_date": 5},
            {**good, "id": 2, "is_original": "x", "type": [1], "tmdb_type": {}, "title": []},
            {**good, "id": 3, "is_original": None, "season_number": {"a": 1}, "new": 1},
            {**good, "id": 4, "is_original": 0, "tmdb_id": 2**90, "tmdb_type": None},
        ]  # fmt: skip
        watchmode.routes[3] = ("/v1/releases", lambda _: {"releases": odd})
        rows = {row["id"]: row for row in run(RELEASES).records()}
        assert rows.keys() == {2, 3, 4}
        assert [rows[number]["is_original"] for number in rows] == [None, None, False]
        assert rows[3]["release_id"] == "3-203-2026-11-01-film"
        assert (rows[4]["media_type"], rows[4]["tmdb_id"]) == ("movie", None)


@settings(
    deadline=None, max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(counts=st.dictionaries(st.integers(-35, 35), st.integers(1, 9)), stop=st.integers(1, 80))
def test_however_many_releases_a_day_has_all_are_read(
    watchmode: FakeWatchmode, counts: dict[int, int], stop: int
) -> None:
    today = watchmode.clock.date()
    watchmode.most_releases = 10
    watchmode.releases = [
        release(number, (today + offset * DAY).isoformat())
        for offset, count in counts.items()
        for number in range(count)
    ]
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("tap_streaming.streams.watchmode.MOST_RELEASES", 10)
        kept, state = run(RELEASES, stop_after=stop).safe()
        rest = run(RELEASES, state=state)
    # Days next to each other may fill an answer to a window of one day: nine at most do not.
    wanted = {
        offset
        for offset in counts
        if abs(offset) <= 30 and sum(counts.get(offset + near, 0) for near in (-1, 0, 1)) < 10
    }
    rows = table([*kept, *rest.all], make_tap([])).values()
    found = [row["source_release_date"] for row in rows]
    for offset in wanted:
        assert found.count((today + offset * DAY).isoformat()) == counts[offset]
    assert len(found) <= sum(counts[offset] for offset in counts if abs(offset) <= 30)


class TestDocumented:
    """The schemas against what Watchmode documents and has answered."""

    NOT_ASKED: dict[str, set[str]] = {TITLES: {"seasons", "episodes", "cast"}}  # noqa: RUF012

    @pytest.mark.parametrize(
        ("stream", "documented"),
        [(SOURCES, "Source"), (RELEASES, "Release"), (TITLES, "TitleDetails")],
    )
    def test_every_documented_field_has_a_column(self, stream: str, documented: str) -> None:
        one = make_tap([]).streams[stream]
        assert isinstance(one, PlatformStream)
        for name, kind in _fields(documented).items():
            if name in one.ignored_fields:
                continue
            column = one.schema["properties"][name]
            expected = {"string": "string", "number": ("integer", "number")}.get(kind)
            if expected and name != "is_original":
                assert set(column["type"]) & {*([expected] if expected == "string" else expected)}
        assert self.NOT_ASKED.get(stream, set()) <= one.ignored_fields

    def test_every_documented_field_of_an_offer_has_a_type(self) -> None:
        schema = make_tap([]).streams[TITLES].schema["properties"]["sources"]["items"]
        assert schema["properties"].keys() >= _fields("TitleSource").keys()


def _fields(name: str) -> dict[str, str]:
    """Return the fields of a type of Watchmode's client, with their types."""
    if not SPEC.is_file():
        pytest.skip(f"NO TYPES OF WATCHMODE at {SPEC}: the schemas were not held against them")
    (block,) = re.findall(
        rf"^type {name} = {{\n(.*?)^}};", SPEC.read_text(), re.MULTILINE | re.DOTALL
    )
    found = dict(re.findall(r"^    (\w+)\?: ([^;]+);", block, re.MULTILINE))
    assert found
    return found
