"""sa_offers: where titles can be watched."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import Any

import pytest
from fake_streaming_availability import (
    CONFIG,
    FULL,
    FakeStreamingAvailability,
    current,
    option,
    sa_run,
    serve,
    stocked,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tap_fakes import Messages, make_tap, table

from tap_streaming.client import PlatformStream

HOUR = timedelta(hours=1)
ONE_DAY = timedelta(days=1)
SEARCH = "/shows/search/filters"


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> FakeStreamingAvailability:
    return stocked(monkeypatch)


def state_of(messages: Messages) -> dict[str, Any]:
    for one in messages.states:
        assert len(json.dumps(one)) < 2000
    return messages.states[-1]


def cost_of(state: Any = None, **more: Any) -> int:
    one = make_tap(["sa_offers"], state, **{**CONFIG, **more}).streams["sa_offers"]
    assert isinstance(one, PlatformStream)
    return one.cost()


def markers(messages: Messages) -> list[tuple[Any, str]]:
    return [
        (row["show_id"], row["country"])
        for row in messages.records("sa_offers")
        if row["type"] is None
    ]


class TestRows:
    """What a row holds."""

    def test_all_and_the_least_that_an_option_may_have(
        self, api: FakeStreamingAvailability
    ) -> None:
        api.offers = {}
        api.offer("1", option("prime", "addon", **FULL), option("netflix"))
        full, least, marker = sa_run("sa_offers").records()
        assert full == {
            "offer_id": full["offer_id"], "show_id": "1", "title": "show 1", "media_type": "movie",
            "tmdb_id": 1, "imdb_id": "tt0000001", "country": "us", "service_id": "prime",
            "service_name": "Prime", "type": "addon", "addon_id": "max", "addon_name": "Max",
            "quality": "uhd", "link": "https://prime.test/addon",
            "video_link": "https://netflix.test/watch", "price_amount": 3.99,
            "price_currency": "USD", "audios": ["eng", "spa-419"],
            "subtitles": ["eng+cc", "por-BRA"], "expires_soon": True,
            "expires_on": "2027-01-15T08:00:00+00:00",
            "available_since": "2023-11-14T22:13:20+00:00", "read_at": api.clock.isoformat(),
        }  # fmt: skip
        empty = {name for name, value in least.items() if value is None}
        assert empty == {
            "addon_id", "addon_name", "quality", "video_link", "price_amount", "price_currency",
            "expires_on",
        }  # fmt: skip
        told = {name: value for name, value in marker.items() if value not in (None, [])}
        assert told.keys() == {"offer_id", "country", "read_at"}

    def test_each_part_of_the_key_counts(self, api: FakeStreamingAvailability) -> None:
        api.offers = {}
        others = [{"quality": "hd"}, {"quality": "sd"}, {"link": "x"}, {"addon": "max"}]
        api.offer(
            "1", option(), option(kind="rent"), option("prime"), *(option(**o) for o in others)
        )
        api.offer("2", option())
        rows = sa_run("sa_offers").records()
        assert len({row["offer_id"] for row in rows}) == len(rows) == 7 + 1 + 1
        again = sa_run("sa_offers").records()
        assert [row["offer_id"] for row in again] == [row["offer_id"] for row in rows]

    @pytest.mark.parametrize(
        "odd",
        [
            {"price": {"amount": "free"}}, {"price": 5}, {"price": {"amount": "nan"}},
            {"price": {"amount": True}}, {"audios": None}, {"audios": [None, {"language": ""}]},
            {"subtitles": {"eng": 1}}, {"subtitles": [{"locale": "eng"}]}, {"service": None},
            {"service": {"id": 5}}, {"type": 5}, {"link": {"web": []}}, {"addon": "max"},
            {"expiresOn": 10**30}, {"expiresOn": "soon"}, {"availableSince": -5},
            {"expiresSoon": "yes"}, {"quality": ["hd"]}, {"fresh": 1}, {"link": "x" * 100_000},
        ],
    )  # fmt: skip
    def test_odd_options(self, api: FakeStreamingAvailability, odd: dict[str, Any]) -> None:
        api.offers = {("1", "us"): [{**option(), **odd}]}
        api.is_in = lambda *_: True
        rows = sa_run("sa_offers", sa_services=[]).records()
        assert len(rows) == 2

    @pytest.mark.parametrize(
        ("odd", "rows"),
        [
            ({"tmdbId": None}, 2), ({"tmdbId": "person/5"}, 2), ({"tmdbId": 603}, 2),
            ({"showType": "game", "tmdbId": ""}, 2), ({"showType": []}, 2), ({"title": 5}, 2),
            ({"streamingOptions": None}, 0), ({"streamingOptions": []}, 0),
            ({"streamingOptions": {"us": None}}, 0), ({"streamingOptions": {"us": {}}}, 0),
            ({"streamingOptions": {"us": [None, 5]}}, 1),
        ],
    )  # fmt: skip
    def test_odd_shows(
        self, api: FakeStreamingAvailability, odd: dict[str, Any], rows: int
    ) -> None:
        show = {**api.show("1", "us"), **odd}
        api.faults = [(200, {"shows": [None, "x", show], "hasMore": False}, {})]
        api.faulty = re.compile("search")
        found = sa_run("sa_offers").records()
        assert len(found) == rows + 1
        assert {row["show_id"] for row in found} <= {"1", None}


class TestCatalogs:
    """All offers of the chosen catalogs: read once, then kept up by the feed."""

    def test_the_first_reading(self, api: FakeStreamingAvailability) -> None:
        first = sa_run("sa_offers", sa_countries=["US", "de"])
        assert current(first.all) == api.held("us", "de")
        assert api.paths == [SEARCH] * (4 + 1)
        before = len(api.billed)
        api.clock += HOUR
        assert cost_of(state_of(first), sa_countries=["us", "de"]) == 0
        second = sa_run("sa_offers", state=state_of(first), sa_countries=["us", "de"])
        assert (second.records(), len(api.billed)) == ([], before)

    def test_what_changes_is_read_once_a_day(self, api: FakeStreamingAvailability) -> None:
        first = sa_run("sa_offers")
        api.clock += HOUR
        api.offer("1", option("prime", "rent"))
        api.offer("2")
        api.offer("11", option("netflix", "rent"))
        api.offer("3", option("hulu"))
        api.clock += ONE_DAY
        assert cost_of(state_of(first)) == 1
        second = sa_run("sa_offers", state=state_of(first))
        assert SEARCH not in api.paths[-3:]
        assert {row["show_id"] for row in second.records()} == {"1", "2", "3", "11"}
        assert set(markers(second)) == {("2", "us"), ("3", "us")}
        assert current(first.all, second.all) == api.held("us")

    @pytest.mark.parametrize(
        "catalogs", [["netflix"], ["prime.rent", "netflix.addon.max"], ["prime.addon"], []]
    )
    def test_only_the_chosen_catalogs(
        self, api: FakeStreamingAvailability, catalogs: list[str]
    ) -> None:
        api.offer("1", option("netflix", "addon", addon="max"), option("prime", "addon", addon="x"))
        api.offer("2", option("netflix", "addon", addon="x"), option("hulu"))
        first = sa_run("sa_offers", sa_services=catalogs)
        assert current(first.all) == api.held("us", catalogs=",".join(catalogs))

    def test_an_old_bookmark_causes_a_full_reading(
        self, api: FakeStreamingAvailability, caplog: pytest.LogCaptureFixture
    ) -> None:
        first = sa_run("sa_offers")
        api.clock += HOUR
        api.offer("1")
        api.offer("2", option("prime", "rent"))
        api.clock += timedelta(days=40)
        second = sa_run("sa_offers", state=state_of(first))
        assert "reading all offers again" in caplog.text
        assert api.paths.count(SEARCH) == 4 + 3
        assert current(first.all, second.all) == api.held("us")
        assert state_of(second)["bookmarks"]["sa_offers"]["sweep"] is None

    @pytest.mark.parametrize(
        "left",
        [
            {"sweep": {"began": 10**12, "at": "us", "cursor": None}},
            {"sweep": {"began": 5, "at": "fr", "cursor": None}},
            {"sweep": {"began": 5, "at": "us", "cursor": 5}},
            {"sweep": {"began": None, "at": ["us"]}},
            {"sweep": "nonsense"},
            {"feed": {"until": 5, "feed": "us/updated"}, "sweep": 1},
            {"feed": {"until": 10**12, "feed": "us/updated"}, "sweep": {}},
        ],
    )
    def test_a_place_that_makes_no_sense(
        self,
        api: FakeStreamingAvailability,
        left: dict[str, Any],
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        state = state_of(sa_run("sa_offers"))
        state["bookmarks"]["sa_offers"] |= left
        assert current(sa_run("sa_offers", state=state).all) == api.held("us")
        assert "begins anew" in caplog.text

    def test_other_settings_cause_a_full_reading(self, api: FakeStreamingAvailability) -> None:
        first = sa_run("sa_offers")
        api.clock += HOUR
        second = sa_run("sa_offers", state=state_of(first), sa_services=["prime"])
        assert current(first.all, second.all) == api.held("us", catalogs="prime")

    @pytest.mark.parametrize("days", [0, 3, 40])
    @pytest.mark.parametrize("reading", ["the first", "a later one"])
    def test_every_state_can_be_gone_on_from(
        self, api: FakeStreamingAvailability, days: int, reading: str
    ) -> None:
        countries = {"sa_countries": ["us", "de"]}
        before: list[dict[str, Any]] = []
        state = None
        if reading != "the first":
            whole = sa_run("sa_offers", **countries)
            before, state = whole.all, state_of(whole)
            api.clock += HOUR
            for number in range(1, 8):
                api.offer(str(number), *[option("prime")] * (number % 2))
            api.clock += ONE_DAY
        start = api.clock
        clean = sa_run("sa_offers", state=state, **countries)
        for stop in range(1, len(clean.all), 2):
            api.clock = start
            kept, reached = sa_run("sa_offers", state=state, stop_after=stop, **countries).safe()
            api.clock += timedelta(days=days)
            api.age += stop % 2
            rest = sa_run("sa_offers", state=reached or state, **countries)
            assert current(before, kept, rest.all) == api.held("us", "de")

    @settings(
        deadline=None, max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture]
    )
    @given(data=st.data())
    def test_the_offers_that_hold_are_known(
        self, monkeypatch: pytest.MonkeyPatch, data: st.DataObject
    ) -> None:
        """Whatever changes while all offers are read, and wherever runs end."""
        api = serve(monkeypatch)
        offers = st.lists(st.sampled_from(["netflix", "prime", "hulu"]), max_size=2, unique=True)
        for key in "abcdefgh":
            api.add(key, tmdb=ord(key))
        state = None
        kept: list[dict[str, Any]] = []
        for _ in range(data.draw(st.integers(1, 6), "runs")):
            for key, services in data.draw(
                st.lists(st.tuples(st.sampled_from("abcdefgh"), offers), max_size=4), "changes"
            ):
                api.offer(key, *(option(service) for service in services))
            hours = data.draw(st.sampled_from([1, 12, 24, 100, 1000]), "hours")
            api.clock += hours * HOUR
            monthly = data.draw(st.sampled_from([30, 90, 100_000]), "requests")
            stop = data.draw(st.none() | st.integers(1, 20), "stop")
            part = sa_run("sa_offers", state=state, stop_after=stop, sa_monthly_requests=monthly)
            safe, reached = part.safe()
            kept += safe
            state = reached or state
        api.clock += ONE_DAY
        last = sa_run("sa_offers", state=state, sa_monthly_requests=100_000)
        assert current(kept, last.all) == api.held("us")


class TestTitles:
    """The offers of titles chosen by id."""

    ids = ("movie/1", "movie/3", "tv/2", "tv/99")

    def test_one_request_per_title(self, api: FakeStreamingAvailability) -> None:
        api.offer("1", option("hulu"), option("itv"))
        first = sa_run("sa_offers", title_ids=list(self.ids))
        assert api.paths == [f"/shows/{title}" for title in self.ids]
        assert all(query["country"] == "us" for path, query in api.asked if "/shows" in path)
        assert {row["show_id"] for row in first.records()} == {"1", "2", "3", None}
        assert {row["service_id"] for row in first.records()} >= {"hulu", "itv"}
        assert cost_of(state_of(first), title_ids=list(self.ids)) == 0
        api.clock += ONE_DAY
        api.offer("1")
        api.offers["2", "us"] = []
        del api.shows["3"]
        assert cost_of(state_of(first), title_ids=list(self.ids)) == 4
        second = sa_run("sa_offers", state=state_of(first), title_ids=list(self.ids))
        assert markers(second) == [("1", "us"), ("2", "us"), (None, "us")]
        assert current(first.all, second.all) == set()

    def test_several_countries_are_one_request(self, api: FakeStreamingAvailability) -> None:
        api.offer("3", option("itv"), country="gb")
        first = sa_run("sa_offers", title_ids=["movie/3"], sa_countries=["us", "de"])
        assert len(api.billed) == 1
        assert {row["country"] for row in first.records()} == {"us", "de"}

    def test_a_long_list_takes_days(self, api: FakeStreamingAvailability) -> None:
        ids = [f"movie/{number}" for number in range(1, 40)]
        for number in range(1, 40):
            api.add(str(number))
            api.offers[str(number), "us"] = [option()]
        state = None
        seen: list[str] = []
        api.clock = api.clock.replace(month=12, day=1)
        for _ in range(11 * 4):
            part = sa_run("sa_offers", state=state, title_ids=ids, sa_monthly_requests=120)
            seen += [row["show_id"] for row in part.records() if row["show_id"]]
            state = state_of(part) if part.states else state
            api.clock += 6 * HOUR
        assert seen[:39] == [str(number) for number in range(1, 40)]
        assert len(api.billed) <= 12 * 4

    def test_every_state_can_be_gone_on_from(self, api: FakeStreamingAvailability) -> None:
        chosen = {"title_ids": list(self.ids), "sa_countries": ["us", "de"]}
        clean = sa_run("sa_offers", **chosen)
        for stop in range(1, len(clean.all)):
            kept, state = sa_run("sa_offers", stop_after=stop, **chosen).safe()
            asked = len(api.billed)
            left = cost_of(state, **chosen)
            rest = sa_run("sa_offers", state=state, **chosen)
            assert len(api.billed) - asked == left
            assert table([*kept, *rest.all], make_tap([])) == table(clean.all, make_tap([]))

    def test_other_titles_cause_a_full_reading(self, api: FakeStreamingAvailability) -> None:
        first = sa_run("sa_offers", title_ids=["movie/1", "tv/2"])
        api.clock += HOUR
        second = sa_run("sa_offers", state=state_of(first), title_ids=["movie/1"])
        assert {row[0] for row in current(first.all, second.all)} == {"1"}
        third = sa_run("sa_offers", state=state_of(second))
        assert current(first.all, second.all, third.all) == api.held("us")
