"""tmdb_seasons and tmdb_episodes: all seasons of a series, what it no longer has, going on."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from fake_tmdb_more import FakeTmdbMore
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tap_fakes import FakeTmdb, make_tap, run, table

from tap_streaming.streams.tmdb import TmdbTv
from tap_streaming.streams.tmdb_series import TmdbEpisodes, TmdbSeasons

SEASONS, EPISODES = "tmdb_seasons", "tmdb_episodes"
BOTH = (SEASONS, EPISODES)


@pytest.fixture
def catalogue(monkeypatch: pytest.MonkeyPatch) -> FakeTmdbMore:
    fake = FakeTmdbMore()
    monkeypatch.setattr(
        "requests.adapters.HTTPAdapter.send", lambda _, request, **__: fake.send(request)
    )
    for show in range(1, 6):
        fake.add("tv", show, f"201{show}-06-01")
        for number in range(3):
            fake.add_season(show, number, show * 100 + number * 10, show * 100 + number * 10 + 1)
    return fake


def ids(messages: Any, stream: str = EPISODES) -> list[int]:
    return [record["id"] for record in messages.records(stream)]


def living(*parts: Any, stream: str = EPISODES) -> set[Any]:
    """Return the keys that a reader of the README's rule takes for living."""
    rows = table([message for part in parts for message in part], make_tap([]))
    latest: dict[int, str] = {}
    mine = {key: row for key, row in rows.items() if key[0] == stream}
    for row in mine.values():
        latest[row["show_id"]] = max(row["snapshot_at"], latest.get(row["show_id"], ""))
    return {key[1:] for key, row in mine.items() if row["snapshot_at"] == latest[row["show_id"]]}


def test_every_episode_is_read_with_one_request_per_series(catalogue: FakeTmdbMore) -> None:
    messages = run(*BOTH)
    assert len(ids(messages)) == 5 * 3 * 2
    assert messages.records(EPISODES)[2] == {
        "id": 110, "media_type": "tv", "change_date": "2026-11-23",
        "snapshot_at": "2026-11-23T15:00:00+00:00", "show_id": 1, "season_id": 1001,
        "season_number": 1, "episode_number": 1, "episode_type": None, "name": "episode 110",
        "overview": None, "air_date": None, "runtime": None, "production_code": None,
        "still_path": None, "vote_average": None, "vote_count": None,
    }  # fmt: skip
    assert messages.records(SEASONS)[0] == {
        "show_id": 1, "season_number": 0, "media_type": "tv", "change_date": "2026-11-23",
        "snapshot_at": "2026-11-23T15:00:00+00:00", "id": 1000, "name": "S0", "overview": None,
        "air_date": None, "episode_count": 2, "poster_path": None, "vote_average": None,
    }  # fmt: skip
    assert catalogue.counts()["/3/tv/1"] == 2


@pytest.mark.parametrize(
    ("numbers", "requests"),
    [([20], 2), ([*range(20)], 1), ([*range(41)], 3), ([0, 1, *range(1990, 2026)], 3), ([], 1)],
)
def test_seasons_beyond_the_first_request_are_asked_for(
    catalogue: FakeTmdbMore, numbers: list[int], requests: int
) -> None:
    catalogue.seasons = {}
    for place, number in enumerate(numbers):
        catalogue.add_season(3, number, 5000 + place)
    messages = run(EPISODES, title_ids=["tv/3"])
    assert ids(messages) == [5000 + place for place in range(len(numbers))]
    assert catalogue.counts()["/3/tv/3"] == requests
    assert len({record["snapshot_at"] for record in messages.records()}) <= 1


def test_a_reading_of_many_requests_has_one_time(catalogue: FakeTmdbMore) -> None:
    catalogue.add_season(3, 2020, 9)
    detail = catalogue.detail

    def slowly(*asked: Any) -> Any:
        catalogue.clock += timedelta(seconds=7)
        return detail(*asked)

    catalogue.routes[3] = (r"/3/(movie|tv)/(\d+)", slowly)
    records = run(EPISODES, title_ids=["tv/3", "tv/4"]).records()
    assert len({record["snapshot_at"] for record in records if record["show_id"] == 3}) == 1
    assert len({record["snapshot_at"] for record in records}) == 2


def test_a_second_run_without_changes_reads_nothing(catalogue: FakeTmdbMore) -> None:
    first = run(*BOTH)
    catalogue.asked.clear()
    second = run(*BOTH, state=first.states[-1])
    assert second.records() == []
    assert len(catalogue.asked) == 3
    assert second.states[-1] == first.states[-1]


def test_what_a_series_no_longer_has_is_older_than_its_latest_reading(
    catalogue: FakeTmdbMore,
) -> None:
    first = run(*BOTH)
    del catalogue.seasons[2][2]
    catalogue.seasons[2][1].pop()
    catalogue.add_season(2, 3, 999)
    catalogue.change("tv", "2026-11-23", 2)
    catalogue.clock += timedelta(hours=1)
    second = run(*BOTH, state=first.states[-1])
    assert ids(second) == [200, 201, 210, 999]
    alive = living(first.all, second.all)
    assert {one for (one,) in alive if 200 <= one < 300 or one == 999} == {200, 201, 210, 999}
    assert len(alive) == 4 * 6 + 4
    seasons = living(first.all, second.all, stream=SEASONS)
    assert {number for show, number in seasons if show == 2} == {0, 1, 3}


def test_a_series_that_is_gone_is_not_told_here(catalogue: FakeTmdbMore) -> None:
    first = run(*BOTH)
    del catalogue.titles["tv"][2]
    catalogue.doubtful.add(2)
    catalogue.change("tv", "2026-11-23", 2)
    assert run(*BOTH, state=first.states[-1]).records() == []
    (record,) = run("tmdb_tv", state={"bookmarks": {"tmdb_tv": bookmark(first, SEASONS)}}).records()
    assert record["_sdc_deleted_at"]


def bookmark(messages: Any, stream: str) -> Any:
    return messages.states[-1]["bookmarks"][stream]


@pytest.mark.parametrize("stream", BOTH)
def test_a_stopped_run_goes_on_from_every_state(
    catalogue: FakeTmdbMore, monkeypatch: pytest.MonkeyPatch, stream: str
) -> None:
    monkeypatch.setattr("tap_streaming.streams.tmdb_titles.CHECKPOINT_EVERY", 1)
    catalogue.add_season(4, 2020, 77)
    start = run(stream).states[-1]
    for day, shows in (("2026-11-23", (1, 4)), ("2026-11-24", (4, 2, 5)), ("2026-11-25", (5,))):
        catalogue.change("tv", day, *shows)
    catalogue.clock += timedelta(days=2)
    for state in (None, start):
        clean = run(stream, state=state)
        whole = table(clean.all, make_tap([]))
        for place in range(1, len(clean.all)):
            kept, reached = run(stream, state=state, stop_after=place).safe()
            rest = run(stream, state=reached or state)
            both = table([*kept, *rest.all], make_tap([]))
            assert both.keys() == whole.keys()
            assert rest.states[-1] == clean.states[-1]


def test_what_a_run_costs(catalogue: FakeTmdbMore) -> None:
    start = run(*BOTH).states[-1]
    catalogue.change("tv", "2026-11-23", 1, 3)
    for state in (None, start):
        tap = make_tap(BOTH, state)
        costs: list[Any] = [tap.streams[name] for name in BOTH]
        told = [stream.cost() for stream in costs]
        for name, cost in zip(BOTH, told, strict=True):
            catalogue.asked.clear()
            run(name, state=state)
            assert abs(len(catalogue.asked) - 1 - cost) <= 4


def test_seasons_ask_as_series_do(tmdb: FakeTmdb) -> None:
    tmdb.add("tv", 1)
    run("tmdb_tv", SEASONS)
    details = [query for path, query in tmdb.asked if path == "/3/tv/1"]
    assert len(details) == 2
    assert details[0] == details[1]
    assert TmdbTv.endpoints == TmdbSeasons.endpoints == TmdbEpisodes.endpoints


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)
episode_values = st.dictionaries(
    st.sampled_from(["id", "show_id", "season_number", "air_date", "runtime", "crew", "new"]),
    json_values | st.integers(0, 9),
)
season_values = st.dictionaries(
    st.sampled_from(["id", "season_number", "name", "air_date"]), json_values | st.integers(0, 99)
).flatmap(
    lambda season: st.fixed_dictionaries(
        {"episodes": json_values | st.lists(json_values | episode_values, max_size=3)}
    ).map(lambda more: season | more)
)


@given(
    seasons=json_values | st.lists(json_values | season_values, max_size=4),
    appended=st.dictionaries(
        st.integers(0, 30).map(lambda n: f"season/{n}"), json_values | season_values, max_size=4
    ),
)
@settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_odd_bodies_end_no_run(catalogue: FakeTmdbMore, seasons: Any, appended: Any) -> None:
    body = {"id": 3, "vote_count": 50, "seasons": seasons, **appended}
    catalogue.routes[3] = (r"/3/(movie|tv)/(\d+)", lambda *_: body)
    messages = run(*BOTH, title_ids=["tv/3"], request_max_tries=1)
    tap = make_tap([])
    for name in BOTH:
        assert bookmark(messages, name)["replication_key_value"] == "2026-11-23"
        for record in messages.records(name):
            assert all(record[key] is not None for key in tap.streams[name].primary_keys)
