"""watchmode_titles: which titles, snapshots over many days, and what they cost."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from fake_watchmode import (
    ALL,
    PLACEHOLDER,
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

DAY, HOUR = timedelta(days=1), timedelta(hours=1)


@pytest.fixture
def watchmode(monkeypatch: pytest.MonkeyPatch) -> FakeWatchmode:
    """Three films and two series; the ids are not in the order of popularity."""
    fake = FakeWatchmode()
    for title, media_type, tmdb_id in (
        (50, "movie", 603), (10, "tv", 603), (40, "movie", 9), (20, "movie", 78), (30, "tv", 1396),
    ):  # fmt: skip
        fake.add(title, media_type, tmdb_id)
    monkeypatch.setattr(
        "requests.adapters.HTTPAdapter.send", lambda _, request, **__: fake.send(request)
    )
    return fake


def ids(messages: Messages) -> list[int]:
    return [row["id"] for row in messages.records(TITLES)]


def bookmark(messages: Messages, stream: str = TITLES) -> dict[str, Any]:
    state: dict[str, Any] = messages.states[-1]["bookmarks"][stream]
    return state


def state_of(messages: Messages, state: Any = None) -> Any:
    return messages.states[-1] if messages.states else state


def cost_of(state: Any = None, **more: Any) -> int:
    one = make_tap([TITLES], state, **more).streams[TITLES]
    assert isinstance(one, PlatformStream)
    return one.cost()


def test_details_and_offers_are_in_one_row(watchmode: FakeWatchmode) -> None:
    row = run(TITLES).records()[1]
    assert (row["id"], row["media_type"], row["tmdb_id"]) == (20, "movie", 78)
    assert (row["snapshot_date"], row["trailer"]) == ("2026-11-02", None)
    assert row["read_at"] == "2026-11-02T09:00:00+00:00"
    assert row["sources"] == [
        {
            "source_id": 203, "name": "Netflix", "type": "sub", "region": "US", "format": "HD",
            "price": None, "web_url": "https://watch.test/1", "ios_url": None,
            "android_url": None, "tvos_url": None, "android_tv_url": None, "roku_url": None,
            "seasons": None, "episodes": None,
        }
    ]  # fmt: skip
    details = [query for path, query in watchmode.asked if path.endswith("/details")]
    assert details[0] == {"append_to_response": "sources", "regions": "US"}


def test_the_most_popular_are_read_in_the_order_of_their_ids(watchmode: FakeWatchmode) -> None:
    assert ids(run(TITLES)) == [10, 20, 30, 40, 50]
    assert ids(run(TITLES, watchmode_max_titles=3)) == [10, 40, 50]
    watchmode.asked.clear()
    run(TITLES, watchmode_max_titles=3, watchmode_regions=["us", "GB", "US"])
    path, query = watchmode.asked[1]
    assert (path, query) == (
        "/v1/list-titles",
        {"regions": "GB,US", "sort_by": "popularity_desc", "limit": "3", "page": "1"},
    )


def test_a_long_list_has_pages(watchmode: FakeWatchmode) -> None:
    for title in range(100, 640):
        watchmode.add(title)
    assert len(ids(run(TITLES))) == 500
    pages = [query["page"] for path, query in watchmode.asked if path == "/v1/list-titles"]
    assert pages == ["1", "2"]
    assert watchmode.used == 2 + 2 * 500
    watchmode.popular.clear()
    for title in range(250):
        watchmode.add(title + 1)
    watchmode.asked.clear()
    assert len(ids(run(TITLES))) == 250
    assert sum(path == "/v1/list-titles" for path, _ in watchmode.asked) == 1


def test_titles_can_be_chosen_by_id(
    watchmode: FakeWatchmode, caplog: pytest.LogCaptureFixture
) -> None:
    chosen = ["tv/1396", "movie/603", "tv/603", "movie/5", "tvmaze/3"]
    messages = run(TITLES, title_ids=chosen)
    assert ids(messages) == [50, 10, 30]
    assert watchmode.paid() == [
        f"/v1/title/{name}/details" for name in ("movie-5", "movie-603", "tv-603", "tv-1396")
    ]
    assert "Watchmode does not know the title movie-5" in caplog.text
    assert watchmode.used == cost_of(title_ids=chosen) == 4 * 3


@pytest.mark.usefixtures("watchmode")
def test_ids_of_another_platform_do_not_choose() -> None:
    assert len(ids(run(TITLES, title_ids=["tvmaze/3"]))) == 5


@pytest.mark.parametrize("regions", [["US"], ["US", "gb"], []])
def test_what_a_run_costs_is_known_before(watchmode: FakeWatchmode, regions: list[str]) -> None:
    more = {"watchmode_regions": regions, "watchmode_max_titles": 4}
    expected = cost_of(**more)
    watchmode.bills.clear()
    run(TITLES, **more)
    assert watchmode.used == expected == max(1, len(regions)) + 4 * 2


def test_what_is_left_costs_less_and_is_known_for_nothing(watchmode: FakeWatchmode) -> None:
    _, state = run(TITLES, stop_after=6).safe()
    watchmode.bills.clear()
    expected = cost_of(state)
    assert watchmode.used == 0
    run(TITLES, state=state)
    assert 0 < watchmode.used < 1 + 5 * 2
    assert expected - watchmode.used == 1  # The list is estimated at its longest.


def test_a_snapshot_is_taken_once_a_week(watchmode: FakeWatchmode) -> None:
    state = run(TITLES).states[-1]
    for later in (0, 1, 6):
        watchmode.clock = datetime.fromisoformat("2026-11-02T09:00:00+00:00") + later * DAY
        watchmode.paid()
        assert run(TITLES, state=state).records() == []
        assert cost_of(state) == 0
        assert watchmode.paid() == []
    watchmode.clock += DAY
    again = run(TITLES, state=state)
    assert {row["snapshot_date"] for row in again.records()} == {"2026-11-09"}
    assert bookmark(again)["replication_key_value"] == "2026-11-09"


@pytest.mark.usefixtures("watchmode")
@pytest.mark.parametrize(
    ("more", "rows"),
    [
        ({"watchmode_regions": ["us"]}, 0),
        ({"watchmode_regions": ["GB"]}, 5),
        ({"watchmode_max_titles": 2}, 2),
        ({"title_ids": ["movie/603"]}, 1),
    ],
)
def test_another_selection_needs_another_snapshot(more: dict[str, Any], rows: int) -> None:
    state = run(TITLES).states[-1]
    assert len(run(TITLES, state=state, **more).records()) == rows


def test_a_title_that_is_gone_leaves_a_tombstone(watchmode: FakeWatchmode) -> None:
    del watchmode.titles[30]
    (row,) = [row for row in run(TITLES).records() if row["_sdc_deleted_at"]]
    assert (row["id"], row["snapshot_date"], row["title"]) == (30, "2026-11-02", None)


@pytest.mark.parametrize("chosen", [[], ["movie/603", "movie/9", "tv/603", "tv/1396"]])
@pytest.mark.usefixtures("watchmode")
def test_a_snapshot_goes_on_from_every_state(chosen: list[str]) -> None:
    clean = run(TITLES, title_ids=chosen)
    tap = make_tap([])
    whole = table(clean.all, tap)
    assert len(whole) == len(chosen or range(5))
    lengths = set()
    for place in range(1, len(clean.all)):
        kept, state = run(TITLES, title_ids=chosen, stop_after=place).safe()
        rest = run(TITLES, state=state, title_ids=chosen)
        lengths.add(len(rest.records()))
        assert table([*kept, *rest.all], tap) == whole
        ends = [bookmark(one) for one in (clean, rest)]
        assert ends[0]["replication_key_value"] == ends[1]["replication_key_value"]
        assert ends[1]["sweep"] is None
    assert lengths == {*range(1, len(whole) + 1)}


def test_a_list_that_moves_meanwhile(watchmode: FakeWatchmode) -> None:
    _, state = run(TITLES, stop_after=6).safe()
    assert state is not None
    assert state["bookmarks"][TITLES]["sweep"]["id"] == 20
    watchmode.add(15)
    watchmode.add(45)
    watchmode.popular.remove(40)
    rest = run(TITLES, state=state)
    assert ids(rest) == [30, 45, 50]
    assert bookmark(rest)["replication_key_value"] == "2026-11-02"


def test_an_empty_list_finishes_nothing(
    watchmode: FakeWatchmode, caplog: pytest.LogCaptureFixture
) -> None:
    _, state = run(TITLES, stop_after=6).safe()
    watchmode.popular = []
    empty = run(TITLES, state=state)
    assert empty.records() == []
    assert "check the setting watchmode_regions" in caplog.text
    assert bookmark(empty)["sweep"]["id"] == 20
    assert bookmark(empty)["replication_key_value"] is None


@pytest.mark.parametrize("answer", [None, {"titles": [], "total_pages": 2, "total_results": 305}])
def test_a_page_that_vanishes_gets_a_second_chance(watchmode: FakeWatchmode, answer: Any) -> None:
    for title in range(100, 400):
        watchmode.add(title)
    pages, seen = watchmode.list_titles, []

    def once(query: dict[str, str]) -> Any:
        seen.append(query["page"])
        return answer if seen.count("2") == 1 and query["page"] == "2" else pages(query)

    def always(query: dict[str, str]) -> Any:
        return answer if query["page"] == "2" else pages(query)

    watchmode.routes[2] = ("/v1/list-titles", once)
    assert len(ids(run(TITLES))) == 305
    assert seen == ["1", "2", "2"]
    watchmode.routes[2] = ("/v1/list-titles", always)
    assert len(ids(run(TITLES))) == 250


@pytest.mark.parametrize("total", [None, "x", -1])
def test_a_list_that_does_not_tell_its_length(watchmode: FakeWatchmode, total: Any) -> None:
    pages = watchmode.list_titles
    watchmode.routes[2] = (
        "/v1/list-titles",
        lambda query: {**pages(query), "total_pages": total, "total_results": total},
    )
    assert ids(run(TITLES)) == [10, 20, 30, 40, 50]
    assert cost_of() == 2


@pytest.mark.parametrize(
    "sweep",
    [
        5, "x", {}, {"day": "2026-11-01", "kind": "person", "id": 3},
        {"day": "2026-11-01", "kind": "", "id": -3}, {"day": "2028-01-01", "kind": "", "id": 40},
        {"day": "2026-11-01", "kind": [], "id": 40},
    ],
)  # fmt: skip
@pytest.mark.usefixtures("watchmode")
def test_a_place_without_meaning_is_told(sweep: Any, caplog: pytest.LogCaptureFixture) -> None:
    good = run(TITLES).states[-1]
    state = {**bookmark(run(TITLES)), "sweep": sweep}
    assert good
    assert len(ids(run(TITLES, state={"bookmarks": {TITLES: state}}))) == 5
    assert "makes no sense: reading anew" in caplog.text


def test_a_snapshot_that_takes_too_long_is_told(
    watchmode: FakeWatchmode, caplog: pytest.LogCaptureFixture
) -> None:
    _, state = run(TITLES, stop_after=6).safe()
    watchmode.clock += 31 * DAY
    assert ids(run(TITLES, state=state)) == [30, 40, 50]
    assert "another within 30 days: lower watchmode_max_titles" in caplog.text


def test_odd_values_do_no_harm(watchmode: FakeWatchmode, caplog: pytest.LogCaptureFixture) -> None:
    watchmode.titles[10] = {"id": 10}
    watchmode.titles[20] |= {
        "type": [], "tmdb_type": 7, "tmdb_id": 2**80, "runtime_minutes": 0, "release_date": "soon",
        "genres": {"a": 1}, "user_rating": "high", "title": "x" * 100_000, "unheard_of": {},
        "networks": None, "similar_titles": [1, None, "x", 2.5], "posterMedium": "", "year": 1e300,
    }  # fmt: skip
    watchmode.titles[30]["sources"] = "none"
    watchmode.titles[40]["sources"] = [
        "x", None, {}, {"region": 5, "ios_url": 3, "type": [1], "price": "3.99", "new": ["", 1]},
        {"type": "purchase", "region": "gb", "ios_url": "app://42", "android_url": "", "price": 4},
    ]  # fmt: skip
    rows = {row["id"]: row for row in run(TITLES).records()}
    assert rows[10]["media_type"] is rows[10]["sources"] is None
    assert (rows[20]["media_type"], rows[20]["tmdb_id"], rows[20]["runtime_minutes"]) == (None,) * 3
    assert (rows[20]["similar_titles"], rows[20]["release_date"]) == ([1], None)
    assert rows[30]["sources"] is None
    empty, odd, bought = rows[40]["sources"]
    assert set(empty.values()) == {None}
    assert (odd["region"], odd["ios_url"], odd["type"], odd["price"]) == (None,) * 4
    assert odd["new"] == [None, 1]
    assert (bought["type"], bought["region"], bought["price"]) == ("buy", "GB", 4)
    assert (bought["ios_url"], bought["android_url"]) == ("app://42", None)
    assert PLACEHOLDER not in json.dumps(list(rows.values()))
    assert "unheard_of" in caplog.text
    assert "posterMedium" not in caplog.text


@pytest.mark.parametrize(
    ("kind", "told", "expected"),
    [
        ("movie", None, "movie"),
        ("tv_movie", None, "movie"),
        ("tv_miniseries", None, "tv"),
        ("tv_special", "movie", "movie"),
        ("short_film", "", "movie"),
        ("podcast", None, None),
    ],
)
def test_media_types_are_those_of_tmdb(
    watchmode: FakeWatchmode, kind: str, told: Any, expected: Any
) -> None:
    watchmode.titles[10] |= {"type": kind, "tmdb_type": told}
    assert run(TITLES).records()[0]["media_type"] == expected


class Month:
    """Runs some hours apart, with what a target has in the end."""

    def __init__(self, watchmode: FakeWatchmode, hours: int = 1) -> None:
        self.watchmode = watchmode
        self.hours = hours
        self.tap = make_tap([])
        self.state: Any = None
        self.rows: dict[tuple[Any, ...], Any] = {}
        self.snapshots: list[str] = []

    def run(self, stop_after: int | None = None) -> None:
        messages = run(*ALL, state=self.state, stop_after=stop_after)
        kept, state = messages.safe()
        self.state = state or self.state
        self.rows |= table(kept, self.tap)
        done = (self.state or {}).get("bookmarks", {}).get(TITLES, {}).get("replication_key_value")
        if done and done not in self.snapshots:
            self.snapshots.append(done)
        self.watchmode.clock += self.hours * HOUR

    def ids(self) -> set[int]:
        return {key[1] for key in self.rows if key[0] == TITLES}


def test_weeks_of_runs_keep_to_a_small_quota(watchmode: FakeWatchmode) -> None:
    for title in range(100, 160):
        watchmode.add(title)
    watchmode.releases = [release(5, "2026-11-20")]
    watchmode.quota = 500
    month = Month(watchmode, hours=8)
    while watchmode.clock.month == 11:
        month.run()
    assert 400 < sum(cost for when, _, cost in watchmode.bills if when.month == 11) <= 500
    assert max(watchmode.used_on(f"2026-11-{day:02}") for day in range(2, 31)) <= 2 * 500 / 29
    assert month.ids() == set(watchmode.titles)
    first, second, *_ = (datetime.fromisoformat(day) for day in month.snapshots)
    assert 7 * DAY <= second - first < 14 * DAY
    sources = {row["snapshot_date"] for key, row in month.rows.items() if key[0] == SOURCES}
    assert sources == {"2026-11-30"}
    assert month.state["bookmarks"][RELEASES]["replication_key_value"] == "2026-11-30"
    assert len(json.dumps(month.state)) < 2000


def test_a_day_of_hourly_runs_lists_the_titles_once(watchmode: FakeWatchmode) -> None:
    for title in range(100, 160):
        watchmode.add(title)
    watchmode.quota = 500
    month = Month(watchmode)
    for _ in range(15):
        month.run()
    paths = watchmode.paid()
    assert [path for path in paths if "title/" not in path] == [
        "/v1/releases", "/v1/sources", "/v1/list-titles",
    ]  # fmt: skip
    assert len(paths) == 3 + (-(-500 // 29) - 3) // 2


def test_what_others_spend_is_left_alone(watchmode: FakeWatchmode) -> None:
    for title in range(100, 200):
        watchmode.add(title)
    watchmode.quota = 600
    month = Month(watchmode, hours=6)
    for number in range(40):
        if number == 5:
            watchmode.bills.append((watchmode.clock, "somebody", 400))
        month.run()
    assert watchmode.used <= 600
    later = [watchmode.used_on(f"2026-11-{day:02}") for day in range(4, 11)]
    assert 0 < max(later) <= 200 / 20


def test_a_quota_that_is_spent_waits_for_the_next_month(watchmode: FakeWatchmode) -> None:
    watchmode.clock = watchmode.clock.replace(day=29)
    watchmode.quota = 100
    watchmode.bills.append((watchmode.clock, "somebody", 100))
    month = Month(watchmode, hours=8)
    while watchmode.clock.month == 11:
        month.run()
    assert month.rows == {}
    assert watchmode.paid() == []
    month.run()
    assert month.rows


@settings(
    deadline=None, max_examples=5, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    quota=st.integers(150, 1500),
    titles=st.sets(st.integers(1, 500), min_size=1, max_size=30),
    stops=st.lists(st.none() | st.integers(1, 30), max_size=12),
)
def test_however_runs_end_nothing_is_lost_or_overspent(
    watchmode: FakeWatchmode, quota: int, titles: set[int], stops: list[int | None]
) -> None:
    watchmode.clock = watchmode.clock.replace(month=11, day=1, hour=0)
    watchmode.quota, watchmode.bills, watchmode.popular = quota, [], []
    watchmode.titles = {}
    for title in titles:
        watchmode.add(title)
    month = Month(watchmode, hours=3)
    for stop in stops:
        month.run(stop)
    month.hours = 24
    while watchmode.clock.day < 28:
        month.run()
    assert watchmode.used <= quota
    assert month.ids() == titles
    assert month.snapshots
