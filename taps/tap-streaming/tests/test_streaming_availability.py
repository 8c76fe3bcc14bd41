"""sa_services, sa_top and sa_changes, and what all streams of Streaming Availability share."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from fake_streaming_availability import (
    ALL,
    CONFIG,
    DAY,
    FakeStreamingAvailability,
    option,
    sa_run,
    serve,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tap_fakes import Messages, make_tap, table

from tap_streaming.client import PlatformStream
from tap_streaming.errors import TapError

if TYPE_CHECKING:
    from collections.abc import Mapping

HOUR = timedelta(hours=1)
LISTS = [("us", service, kind) for service in ("netflix", "prime") for kind in ("movie", "series")]


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> FakeStreamingAvailability:
    fake = serve(monkeypatch)
    for number in range(1, 6):
        fake.add(str(number), "movie" if number % 2 else "series")
    return fake


def read(*streams: str, state: Any = None, **settings: Any) -> Messages:
    """Run, and check that the state holds what runs need and no more."""
    messages = sa_run(*streams, state=state, **settings)
    for one in messages.states:
        assert len(json.dumps(one)) < 2000
    return messages


def state_of(messages: Messages) -> dict[str, Any]:
    return messages.states[-1]


def cost_of(stream: str, state: Mapping[str, Any] | None = None, **more: Any) -> int:
    one = make_tap([stream], state, **{**CONFIG, **more}).streams[stream]
    assert isinstance(one, PlatformStream)
    return one.cost()


class TestServices:
    """The dictionary of services."""

    def test_every_service_of_every_country(self, api: FakeStreamingAvailability) -> None:
        rows = read("sa_services").records()
        assert [(row["country_code"], row["service_id"]) for row in rows] == [
            ("us", "netflix"), ("us", "prime"), ("de", "netflix"), ("de", "prime"),
        ]  # fmt: skip
        assert rows[1] == {
            "country_code": "us",
            "service_id": "prime",
            "country_name": "US",
            "service_name": "Prime",
            "home_page": "https://prime.test/",
            "streaming_option_types": {
                "addon": False, "buy": False, "rent": False, "free": False, "subscription": True,
            },
            "addons": [{"id": "max", "name": "Max", "home_page": "https://max.test/"}],
            "read_at": api.clock.isoformat(),
        }  # fmt: skip

    def test_read_again_after_a_week(self, api: FakeStreamingAvailability) -> None:
        state = state_of(read("sa_services"))
        api.clock += timedelta(hours=1)
        assert read("sa_services", state=state).records() == []
        assert cost_of("sa_services", state) == 0
        api.clock += timedelta(days=7)
        assert cost_of("sa_services", state) == 1
        assert len(read("sa_services", state=state).records()) == 4
        assert api.paths == ["/countries"] * 2

    @pytest.mark.parametrize("left", ["2099-01-01T00:00:00+00:00", "nonsense", 5, [1], None])
    def test_a_bookmark_that_makes_no_sense(
        self, api: FakeStreamingAvailability, left: Any, caplog: pytest.LogCaptureFixture
    ) -> None:
        state = {"bookmarks": {name: {"replication_key_value": left} for name in ALL}}
        api.offer("1", option())
        rows = read(*ALL, state=state).records()
        assert len(rows) == 4 + 1 + 1 + 1
        assert ("reading in full" in caplog.text) == (left is not None)


class TestTop:
    """The services' own lists."""

    def test_ranks_of_each_list(self, api: FakeStreamingAvailability) -> None:
        api.top["us", "netflix", "movie"] = ["3", "1"]
        api.top["us", "prime", "series"] = ["2"]
        api.top["de", "prime", "series"] = ["4"]
        rows = read("sa_top").records()
        assert [
            (row["service_id"], row["show_type"], row["rank"], row["show_id"]) for row in rows
        ] == [
            ("netflix", "movie", 1, "3"),
            ("netflix", "movie", 2, "1"),
            ("prime", "series", 1, "2"),
        ]
        assert rows[2] == {
            "country": "us", "service_id": "prime", "show_type": "series", "rank": 1,
            "snapshot_date": "2026-11-23", "show_id": "2", "title": "show 2", "media_type": "tv",
            "tmdb_id": 2, "imdb_id": "tt0000002", "snapshot_at": api.clock.isoformat(),
        }  # fmt: skip

    @pytest.mark.parametrize(
        ("services", "asked"),
        [
            (["netflix.subscription", "netflix.rent", "hulu"], {"netflix"}),
            ([], {"netflix", "prime", "disney", "apple", "hbo", "crunchyroll"}),
            (["hulu"], set()),
        ],
    )
    def test_only_services_with_lists_are_asked(
        self, api: FakeStreamingAvailability, services: list[str], asked: set[str]
    ) -> None:
        read("sa_top", sa_services=services)
        assert {query["service"] for _, query in api.asked if query} == asked
        assert len(api.billed) == 2 * len(asked)

    def test_once_in_a_period(self, api: FakeStreamingAvailability) -> None:
        """The period is a day: a run a little earlier than the day before reads, too."""
        state = state_of(read("sa_top"))
        for hours, calls in ((1, 0), (7.9, 0), (14.9, 4), (1, 0)):
            api.clock += hours * HOUR
            before = len(api.billed)
            assert cost_of("sa_top", state) == calls
            state = state_of(read("sa_top", state=state)) if calls else state
            assert len(api.billed) == before + calls
        assert cost_of("sa_top", state, sa_refresh_hours=1) == 4
        assert cost_of("sa_top", state, sa_refresh_hours=12) == 0

    def test_every_state_can_be_gone_on_from(self, api: FakeStreamingAvailability) -> None:
        for _, service, kind in LISTS:
            api.top["us", service, kind] = ["1", "2", "3"]
        clean = read("sa_top")
        calls = len(api.billed)
        for stop in range(1, len(clean.all)):
            cut = sa_run("sa_top", stop_after=stop)
            kept, state = cut.safe()
            done = 4 - cost_of("sa_top", state)
            before = len(api.billed)
            rest = read("sa_top", state=state)
            assert len(api.billed) - before == calls - done
            tap = make_tap([])
            assert table([*kept, *rest.all], tap) == table(clean.all, tap)

    def test_other_settings_cause_a_full_reading(self, api: FakeStreamingAvailability) -> None:
        state = state_of(read("sa_top"))
        api.clock += HOUR
        read("sa_top", state=state, sa_countries=["DE", "us", "de"])
        assert [query["country"] for _, query in api.asked if query][4:] == ["de"] * 4 + ["us"] * 4


class TestChanges:
    """The feed of changes."""

    def changes(self, *parts: Messages) -> set[tuple[str, str, Any]]:
        rows = table([message for part in parts for message in part.all], make_tap([])).values()
        return {(row["change_type"], row["show_id"], row["changed_at"]) for row in rows}

    def test_rows(self, api: FakeStreamingAvailability) -> None:
        api.tell("new", "2", "us", option("prime", "addon", addon="max"), at=api.now - 60)
        (row,) = read("sa_changes").records()
        assert len(row.pop("change_id")) == 32
        assert row == {
            "country": "us", "change_type": "new", "item_type": "show", "show_id": "2",
            "title": "show 2", "media_type": "tv", "tmdb_id": 2, "imdb_id": "tt0000002",
            "season": None, "episode": None, "service_id": "prime", "service_name": "Prime",
            "option_type": "addon", "addon_id": "max", "addon_name": "Max",
            "changed_at": "2026-11-23T14:59:00+00:00", "link": "https://prime.test/addon",
            "read_at": api.clock.isoformat(),
        }  # fmt: skip

    def test_the_past_is_read_once_and_announcements_each_time(
        self, api: FakeStreamingAvailability
    ) -> None:
        for days in (40, 30, 3):
            api.tell("new", "1", "us", option(), at=api.now - days * DAY)
        api.tell("expiring", "2", "us", option(), at=api.now + 10 * DAY)
        api.tell("upcoming", "3", "us", option(), at=None)
        first = read("sa_changes")
        assert {row["change_type"] for row in first.records()} == {"new", "expiring", "upcoming"}
        assert len(first.records()) == 4
        api.clock += timedelta(days=1)
        api.tell("removed", "1", "us", option())
        second = read("sa_changes", state=state_of(first))
        assert [row["change_type"] for row in second.records()] == [
            "removed", "expiring", "upcoming",
        ]  # fmt: skip
        assert {row["read_at"] for row in second.records()} == {api.clock.isoformat()}
        api.clock += HOUR
        before = len(api.billed)
        assert cost_of("sa_changes", state_of(second)) == 0
        assert read("sa_changes", state=state_of(second)).records() == []
        assert len(api.billed) == before

    def test_an_old_bookmark_tells_of_the_gap(
        self, api: FakeStreamingAvailability, caplog: pytest.LogCaptureFixture
    ) -> None:
        state = state_of(read("sa_changes"))
        assert "missing" not in caplog.text
        api.clock += timedelta(days=40)
        for days in (35, 20):
            api.tell("new", "1", "us", option(), at=api.now - days * DAY)
        assert len(read("sa_changes", state=state).records()) == 1
        assert caplog.text.count("are missing") == 2
        assert "us/new: the platform tells the changes of 31 days only; those from" in caplog.text

    @pytest.mark.parametrize(
        "left",
        [
            "nonsense",
            {"feed": "us/new"},
            {"feed": "fr/new", "until": 1_795_446_000},
            {"feed": "us/new", "until": 1_795_446_000 - 40 * DAY},
            {"feed": "us/new", "until": 1_795_446_000, "start": 10**15, "seen": 5},
            {"feed": "us/new", "until": 1_795_446_000, "cursor": "0:5:5"},
            {"feed": "us/new", "until": 1_795_446_000, "cursor": 5, "start": 5, "seen": 5},
            {"feed": "us/new", "until": 10**30},
        ],
    )
    def test_a_place_that_makes_no_sense(
        self, api: FakeStreamingAvailability, left: Any, caplog: pytest.LogCaptureFixture
    ) -> None:
        assert api.now == 1_795_446_000
        for days in (1, 20):
            api.tell("new", "1", "us", option(), at=api.now - days * DAY)
        state = state_of(read("sa_changes", sa_monthly_requests=1))
        state["bookmarks"]["sa_changes"] |= {"feed": left, "spent": None}
        assert len(read("sa_changes", state=state).records()) == 2
        assert "begins anew" in caplog.text

    def test_a_cursor_that_holds_no_more(
        self, api: FakeStreamingAvailability, caplog: pytest.LogCaptureFixture
    ) -> None:
        for minutes in range(7):
            api.tell("new", "1", "us", option(), at=api.now - 60 * minutes)
            api.tell("expiring", "1", "us", option(), at=api.now + 60 * minutes)
        clean = read("sa_changes")
        for stop in range(1, len(clean.all)):
            cut = sa_run("sa_changes", stop_after=stop)
            kept, state = cut.safe()
            api.age += 1
            writer = Messages()
            writer.all = kept
            assert self.changes(writer, read("sa_changes", state=state)) == self.changes(clean)
        assert "a place in a list holds no more" in caplog.text

    def test_a_list_that_cannot_be_gone_on_with_ends_the_run(
        self, api: FakeStreamingAvailability
    ) -> None:
        body = {"changes": [{"showId": "1"}], "shows": {}, "hasMore": True}
        for bad in ({}, {"nextCursor": None}, {"nextCursor": ""}, {"nextCursor": 5}):
            api.faults = [(200, {**body, **bad}, {})]
            api.faulty = re.compile("/changes")
            with pytest.raises(TapError, match="more pages, but not how"):
                make_tap(["sa_changes"], **CONFIG).sync_all()

    @settings(
        deadline=None, max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture]
    )
    @given(
        days=st.lists(
            st.lists(
                st.tuples(st.sampled_from(["new", "removed"]), st.integers(0, DAY)), max_size=9
            ),
            min_size=1,
            max_size=6,
        ),
        monthly=st.sampled_from([120, 300, 1_000_000]),
        cuts=st.lists(st.integers(1, 30), min_size=1),
    )
    def test_nothing_is_lost(
        self,
        api: FakeStreamingAvailability,
        days: list[list[tuple[str, int]]],
        monthly: int,
        cuts: list[int],
    ) -> None:
        """Whenever changes come, however small the budget, and wherever runs end."""
        fake = FakeStreamingAvailability()
        fake.add("1")
        api.send = fake.send
        state: Any = None
        got: set[Any] = set()
        for number, told in enumerate([*days, *[[]] * 15]):
            for kind, seconds in sorted(told, key=lambda one: one[1]):
                fake.tell(kind, "1", "us", option(), at=fake.now + seconds)
            fake.clock += timedelta(days=1)
            stop = cuts[number] if number < len(cuts) else None
            run = sa_run("sa_changes", state=state, stop_after=stop, sa_monthly_requests=monthly)
            kept, reached = run.safe() if stop else (run.all, state_of(run) if run.states else None)
            state = reached or state
            rows = [message["record"] for message in kept if message["type"] == "RECORD"]
            got |= {(row["change_type"], row["changed_at"]) for row in rows}
        told_of = {
            (change["body"]["changeType"], change["body"]["timestamp"]) for change in fake.changes
        }
        assert len(got) == len(told_of)


class TestErrors:
    """What the platform says when it will not answer, and odd payloads."""

    def test_without_a_key_there_are_no_rows(
        self, api: FakeStreamingAvailability, caplog: pytest.LogCaptureFixture
    ) -> None:
        assert sa_run(*ALL, sa_api_key="").records() == []
        assert "sa_api_key is not set: nothing is read" in caplog.text
        assert api.sent == []

    def test_a_month_that_is_used_up_ends_the_run_quietly(
        self, api: FakeStreamingAvailability, caplog: pytest.LogCaptureFixture
    ) -> None:
        words = {"message": "You have exceeded the MONTHLY quota for Requests on your plan"}
        api.faults = [(429, words, {})] * 9
        assert read(*ALL).records() == []
        assert len(api.billed) == len(ALL)
        assert "the month's quota is spent" in caplog.text

    @pytest.mark.parametrize(
        ("status", "body", "told"),
        [
            (401, {"message": "Invalid API key"}, "sa_api_key"),
            (400, {"message": "country is not supported: uk"}, "country is not supported: uk"),
            (403, {"message": "You are not subscribed"}, "You are not subscribed"),
            (404, {"message": "Not Found"}, "HTTP 404"),
            (429, {"message": "Too many requests"}, "in 1 tries"),
            (418, b"<html>", "HTTP 418"),
        ],
    )
    def test_other_refusals_end_the_run_in_one_line(
        self, api: FakeStreamingAvailability, status: int, body: Any, told: str
    ) -> None:
        api.faults = [(status, body, {})] * 9
        api.faulty = re.compile("v4/")
        with pytest.raises(TapError, match=told) as caught:
            make_tap(["sa_top"], **CONFIG, request_max_tries=1).sync_all()
        assert "\n" not in str(caught.value)
        assert "a-key" not in str(caught.value)

    def test_no_countries_are_a_mistake(self, api: FakeStreamingAvailability) -> None:
        for stream in ("sa_top", "sa_changes", "sa_offers"):
            with pytest.raises(TapError, match="sa_countries is empty"):
                make_tap([stream], **{**CONFIG, "sa_countries": []}).sync_all()
        assert api.billed == []
