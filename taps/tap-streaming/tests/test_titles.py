"""tmdb_movies and tmdb_tv: the sweep, the change feed, and going on from any state."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from tap_fakes import FakeTmdb, make_tap, run, table

if TYPE_CHECKING:
    from collections.abc import Mapping

MOVIES, TV = "tmdb_movies", "tmdb_tv"
CURSOR = {"day": "2026-11-22", "since": "2026-11-22", "media_type": "movie", "after_id": 1}
DETAIL = "/3/movie/{}"


def ids(messages: Any, stream: str = MOVIES) -> list[int]:
    return [record["id"] for record in messages.records(stream)]


def bookmark(state: Mapping[str, Any], stream: str = MOVIES) -> dict[str, Any]:
    found: dict[str, Any] = state["bookmarks"][stream]
    return found


def state_at(day: str, **more: Any) -> dict[str, Any]:
    return {"bookmarks": {MOVIES: {"replication_key_value": day, **more}}}


@pytest.fixture
def catalogue(tmdb: FakeTmdb) -> FakeTmdb:
    for title in range(1, 8):
        tmdb.add("movie", title, f"201{title}-06-01")
        tmdb.add("tv", title, f"201{title}-06-01")
    tmdb.add("movie", 90, "2015-01-01", votes=9)
    tmdb.add("movie", 91, "")
    return tmdb


def test_the_first_run_reads_every_selected_title(catalogue: FakeTmdb) -> None:
    messages = run(MOVIES)
    assert ids(messages) == [1, 2, 3, 4, 5, 6, 7, 91]
    record = messages.records(MOVIES)[0]
    assert record["change_date"] == "2026-11-23"
    assert record["media_type"] == "movie"
    assert record["external_ids"] == {"imdb_id": "tt1", "tvdb_id": 1}
    assert messages.records(MOVIES)[-1]["release_date"] is None
    state = bookmark(messages.states[-1])
    assert state["replication_key_value"] == "2026-11-23"
    assert state["sweep"] is None
    assert catalogue.asked[0][0] == "/3/authentication"
    assert sum("discover" in path for path in catalogue.counts().elements()) == 4


def test_series_carry_their_ids_elsewhere(catalogue: FakeTmdb) -> None:
    record = run(TV).records(TV)[2]
    assert (record["imdb_id"], record["tvdb_id"], record["media_type"]) == ("tt3", 3, "tv")
    assert catalogue.asked[1][1]["include_null_first_air_dates"] == "true"


def test_a_selection_beyond_the_last_page_is_cut_into_windows(
    tmdb: FakeTmdb, monkeypatch: pytest.MonkeyPatch
) -> None:
    tmdb.last_page = 3
    monkeypatch.setattr("tap_streaming.streams.tmdb_base.LAST_PAGE", 3)
    for title in range(1, 101):
        year, month = divmod(title * 7, 12)
        tmdb.add("movie", title, f"{1960 + year}-{month + 1:02}-15")
    assert sorted(ids(run(MOVIES))) == list(range(1, 101))
    assert max(tmdb.counts()[DETAIL.format(title)] for title in range(1, 101)) == 1


def test_a_day_beyond_the_last_page_is_told(
    tmdb: FakeTmdb, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    tmdb.last_page = 3
    monkeypatch.setattr("tap_streaming.streams.tmdb_base.LAST_PAGE", 3)
    for title in range(1, 11):
        tmdb.add("movie", title, "2000-01-01")
    assert len(ids(run(MOVIES))) == 6
    assert "released on 2000-01-01; raise tmdb_min_vote_count" in caplog.text


def test_rows_that_move_between_pages_are_found(catalogue: FakeTmdb) -> None:
    listing = catalogue.discover
    calls = 0

    def moving(media_type: str, query: dict[str, str]) -> Any:
        nonlocal calls
        calls += 1
        body = listing(media_type, query)
        if calls == 2:
            body["results"] = listing(media_type, {**query, "page": "1"})["results"]
        return body

    catalogue.routes[1] = (r"/3/discover/(\w+)", moving)
    assert ids(run(MOVIES)) == [1, 2, 3, 4, 5, 6, 7, 91]


def test_later_runs_read_what_the_feed_names(catalogue: FakeTmdb) -> None:
    first = run(MOVIES)
    catalogue.change("movie", "2026-11-23", 3)
    catalogue.change("movie", "2026-11-24", 5, None, {"id": 6}, 5)
    catalogue.change("movie", "2026-11-25", 3, 90, 7)
    catalogue.clock += timedelta(days=2)
    catalogue.asked.clear()
    second = run(MOVIES, state=first.states[-1])
    assert [(record["id"], record["change_date"]) for record in second.records()] == [
        (5, "2026-11-24"), (3, "2026-11-25"), (7, "2026-11-25"),
    ]  # fmt: skip
    assert bookmark(second.states[-1])["replication_key_value"] == "2026-11-25"
    windows = [query for path, query in catalogue.asked if path.endswith("changes")]
    assert list(dict.fromkeys(query["start_date"] for query in windows)) == [
        "2026-11-23", "2026-11-24", "2026-11-25",
    ]  # fmt: skip
    assert not any("discover" in path for path, _ in catalogue.asked)


def test_a_day_counts_as_complete_when_no_cached_answer_can_be_older(
    catalogue: FakeTmdb,
) -> None:
    catalogue.clock = catalogue.clock.replace(hour=7, minute=59)
    first = run(MOVIES)
    assert first.records()[0]["change_date"] == "2026-11-23"
    assert bookmark(first.states[-1])["replication_key_value"] == "2026-11-22"
    catalogue.change("movie", "2026-11-23", 4)
    second = run(MOVIES, state=first.states[-1])
    assert ids(second) == [4]
    assert bookmark(second.states[-1])["replication_key_value"] == "2026-11-22"
    catalogue.clock = catalogue.clock.replace(hour=8)
    third = run(MOVIES, state=second.states[-1])
    assert ids(third) == [4]
    assert bookmark(third.states[-1])["replication_key_value"] == "2026-11-23"


def test_a_run_without_changes_emits_nothing(catalogue: FakeTmdb) -> None:
    first = run(MOVIES)
    catalogue.asked.clear()
    second = run(MOVIES, state=first.states[-1])
    assert second.records() == []
    assert len(catalogue.asked) == 2
    assert second.states[-1] == first.states[-1]


def test_a_title_that_is_gone_leaves_a_tombstone(catalogue: FakeTmdb) -> None:
    first = run(MOVIES)
    del catalogue.titles["movie"][4]
    catalogue.change("movie", "2026-11-23", 4)
    (record,) = run(MOVIES, state=first.states[-1]).records()
    assert record["id"] == 4
    assert record["_sdc_deleted_at"].startswith("2026-11-23T15:00:00")
    assert record["title"] is None


def test_a_title_for_adults_is_not_selected(catalogue: FakeTmdb) -> None:
    first = run(MOVIES)
    catalogue.titles["movie"][2]["adult"] = True
    catalogue.change("movie", "2026-11-23", 2)
    assert run(MOVIES, state=first.states[-1]).records() == []


@pytest.mark.parametrize("day", ["2026-08-24", "2026-11-26", "1999-01-01"])
@pytest.mark.usefixtures("catalogue")
def test_a_bookmark_out_of_reach_is_told_and_all_is_read(
    day: str, caplog: pytest.LogCaptureFixture
) -> None:
    messages = run(MOVIES, state=state_at(day))
    assert len(ids(messages)) == 8
    assert f"bookmark {day} is out of the reach" in caplog.text
    assert bookmark(messages.states[-1])["replication_key_value"] == "2026-11-23"


def test_a_bookmark_at_the_end_of_the_reach_counts(catalogue: FakeTmdb) -> None:
    catalogue.change("movie", "2026-08-25", 2)
    messages = run(MOVIES, state=state_at("2026-08-25"))
    assert ids(messages) == [2]
    assert catalogue.counts()["/3/movie/changes"] == 91


@pytest.mark.parametrize(
    "state",
    [
        state_at("soon"),
        {"bookmarks": {MOVIES: {}}},
        {"bookmarks": {MOVIES: {"replication_key_value": 5, "sweep": 7, "feed": "x"}}},
        {"bookmarks": {MOVIES: {"sweep": {**CURSOR, "media_type": "tv"}}}},
        {"bookmarks": {MOVIES: {"sweep": {**CURSOR, "start": "x"}}}},
        {"bookmarks": {MOVIES: {"sweep": {**CURSOR, "after_id": None}}}},
        {"bookmarks": {MOVIES: {"sweep": {**CURSOR, "since": "2024-01-01"}}}},
    ],
)  # fmt: skip
@pytest.mark.usefixtures("catalogue")
def test_a_state_without_meaning_means_a_first_run(state: dict[str, Any]) -> None:
    assert len(ids(run(MOVIES, state=state))) == 8


@pytest.mark.usefixtures("catalogue")
def test_fewer_votes_than_before_mean_a_full_reading() -> None:
    state = run(MOVIES).states[-1]
    assert ids(run(MOVIES, state=state, tmdb_min_vote_count=20)) == []
    assert len(ids(run(MOVIES, state=state, tmdb_min_vote_count=5))) == 9


@pytest.mark.usefixtures("catalogue")
def test_full_table_reads_all_each_time() -> None:
    tap = make_tap([MOVIES], state_at("2026-11-23"))
    tap.streams[MOVIES].forced_replication_method = "FULL_TABLE"
    tap.sync_all()
    assert len(ids(tap.message_writer)) == 8


@pytest.fixture
def large(tmdb: FakeTmdb, monkeypatch: pytest.MonkeyPatch) -> FakeTmdb:
    """Titles in several windows; changes on three days; a checkpoint after every title."""
    tmdb.last_page = 3
    monkeypatch.setattr("tap_streaming.streams.tmdb_base.LAST_PAGE", 3)
    monkeypatch.setattr("tap_streaming.streams.tmdb_titles.CHECKPOINT_EVERY", 1)
    for title in range(1, 25):
        tmdb.add("movie", title * 37 % 101, f"{1950 + title * 3}-06-01")
    return tmdb


def test_a_sweep_goes_on_from_every_checkpoint(large: FakeTmdb) -> None:
    clean = run(MOVIES)
    tap = make_tap([])
    whole = table(clean.all, tap)
    assert len(clean.states) > 20
    for place in range(1, len(clean.all)):
        cut = run(MOVIES, stop_after=place)
        kept, state = cut.safe()
        large.asked.clear()
        rest = run(MOVIES, state=state)
        assert table([*kept, *rest.all], tap) == whole
        assert rest.states[-1] == clean.states[-1]


def test_a_sweep_goes_on_although_the_catalogue_has_changed(large: FakeTmdb) -> None:
    kept, state = run(MOVIES, stop_after=30).safe()
    done = {message["record"]["id"] for message in kept if message["type"] == "RECORD"}
    assert 0 < len(done) < 24
    large.clock += timedelta(days=2)
    gone = next(title for title in large.titles["movie"] if title not in done)
    del large.titles["movie"][gone]
    large.add("movie", 500, "1900-01-01")
    large.change("movie", "2026-11-24", 500, gone)
    rest = run(MOVIES, state=state)
    assert done | set(ids(rest)) >= set(large.titles["movie"])
    assert [r["id"] for r in rest.records() if r["_sdc_deleted_at"]] == [gone]
    assert bookmark(rest.states[-1])["replication_key_value"] == "2026-11-25"


def test_the_feed_goes_on_from_every_checkpoint(large: FakeTmdb) -> None:
    start = run(MOVIES).states[-1]
    titles = sorted(large.titles["movie"])
    for offset, day in enumerate(("2026-11-23", "2026-11-24", "2026-11-25")):
        large.change("movie", day, *titles[offset * 5 : offset * 5 + 6])
    large.clock += timedelta(days=2)
    clean = run(MOVIES, state=start)
    changed = {record["id"] for record in clean.records()}
    assert len(changed) == 16
    for place in range(1, len(clean.all)):
        kept, state = run(MOVIES, state=start, stop_after=place).safe()
        seen = {message["record"]["id"] for message in kept if message["type"] == "RECORD"}
        rest = run(MOVIES, state=state or start)
        assert seen | set(ids(rest)) == changed
        assert bookmark(rest.states[-1])["replication_key_value"] == "2026-11-25"


@pytest.mark.parametrize("later", [timedelta(hours=2), timedelta(hours=14), timedelta(days=1)])
def test_what_changes_on_a_day_after_it_was_listed_is_not_lost(
    large: FakeTmdb, later: timedelta
) -> None:
    titles = sorted(large.titles["movie"])
    start = run(MOVIES).states[-1]
    large.change("movie", "2026-11-23", *titles[5:10])
    _, state = run(MOVIES, state=start, stop_after=8).safe()
    assert bookmark(state or {})["feed"]["after_id"] >= titles[5]
    large.change("movie", "2026-11-23", titles[0])
    large.clock += later
    second = run(MOVIES, state=state)
    large.clock += timedelta(days=1)
    third = run(MOVIES, state=second.states[-1])
    assert titles[0] in ids(second) + ids(third)


def test_a_state_is_small_and_always_has_the_same_keys(large: FakeTmdb) -> None:
    first = run(MOVIES)
    large.change("movie", "2026-11-23", *large.titles["movie"])
    second = run(MOVIES, state=first.states[-1])
    states = [*first.states, *second.states]
    shapes = {tuple(sorted(bookmark(state))) for state in states if bookmark(state)}
    assert len(shapes) == 1
    assert max(len(str(state)) for state in states) < 500
