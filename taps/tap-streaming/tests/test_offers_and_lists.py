"""tmdb_watch_offers, tmdb_trending, tmdb_genres and tmdb_watch_providers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tap_fakes import FakeApi, FakeTmdb, make_tap, run, table

OFFERS = "tmdb_watch_offers"


@pytest.fixture
def catalogue(tmdb: FakeTmdb, monkeypatch: pytest.MonkeyPatch) -> FakeTmdb:
    monkeypatch.setattr("tap_streaming.streams.tmdb.CHECKPOINT_EVERY", 1)
    for title in range(1, 6):
        tmdb.add("movie", title)
        tmdb.add("tv", title)
    return tmdb


def days(messages: Any) -> set[str]:
    return {record["snapshot_date"] for record in messages.records(OFFERS)}


def test_offers_are_flat(catalogue: FakeTmdb) -> None:
    records = run(OFFERS).records()
    assert len(records) == 2 * 5 * 3
    assert records[0] == {
        "media_type": "movie", "title_id": 1, "country": "US", "monetization": "flatrate",
        "provider_id": 8, "provider_name": "Netflix", "display_priority": 1,
        "link": "https://tmdb.test/watch", "snapshot_date": "2026-11-23",
    }  # fmt: skip
    assert {record["country"] for record in records} == {"US", "DE"}
    assert catalogue.asked[0][0] == "/3/authentication"


@pytest.mark.usefixtures("catalogue")
def test_countries_can_be_chosen() -> None:
    records = run(OFFERS, tmdb_watch_countries=["de"]).records()
    assert {record["country"] for record in records} == {"DE"}


def test_a_snapshot_is_taken_once_a_day(catalogue: FakeTmdb) -> None:
    state = run(OFFERS).states[-1]
    catalogue.asked.clear()
    again = run(OFFERS, state=state)
    assert again.records() == []
    assert [path for path, _ in catalogue.asked] == ["/3/authentication"]
    catalogue.clock += timedelta(hours=10)
    next_day = run(OFFERS, state=state)
    assert days(next_day) == {"2026-11-24"}
    assert len(next_day.records()) == 30


@pytest.mark.usefixtures("catalogue")
def test_other_countries_need_another_snapshot() -> None:
    state = run(OFFERS, tmdb_watch_countries=["US"]).states[-1]
    assert len(run(OFFERS, state=state).records()) == 30


@pytest.mark.usefixtures("catalogue")
def test_a_snapshot_goes_on_from_every_checkpoint() -> None:
    clean = run(OFFERS)
    tap = make_tap([])
    whole = table(clean.all, tap)
    for place in range(1, len(clean.all), 2):
        kept, state = run(OFFERS, stop_after=place).safe()
        rest = run(OFFERS, state=state)
        assert table([*kept, *rest.all], tap) == whole
        assert rest.states[-1] == clean.states[-1]


def test_a_snapshot_that_is_a_day_old_is_finished_before_the_next(catalogue: FakeTmdb) -> None:
    kept, state = run(OFFERS, stop_after=20).safe()
    catalogue.clock += timedelta(days=1)
    rest = run(OFFERS, state=state)
    both = rest.records()
    assert [record["snapshot_date"] for record in both] == sorted(
        record["snapshot_date"] for record in both
    )
    assert days(rest) == {"2026-11-23", "2026-11-24"}
    yesterday = [record for record in both if record["snapshot_date"] == "2026-11-23"]
    before = sum(message["type"] == "RECORD" for message in kept)
    assert len(yesterday) + before == 30
    assert len(both) - len(yesterday) == 30


def test_a_title_that_is_gone_has_no_offers(catalogue: FakeTmdb) -> None:
    offers = catalogue.offers

    def vanishing(media_type: str, title: str, query: dict[str, str]) -> Any:
        return None if title == "3" else offers(media_type, title, query)

    catalogue.routes[-1] = (r"/3/(movie|tv)/(\d+)/watch/providers", vanishing)
    assert {record["title_id"] for record in run(OFFERS).records()} == {1, 2, 4, 5}


def test_trending_is_ranked_and_stamped(api: FakeApi) -> None:
    api.clock = datetime(2026, 11, 23, 23, 59, tzinfo=UTC)
    rows = [{"id": 7, "title": "A", "release_date": "", "vote_average": 8, "genre_ids": [1]}]
    series = [{"id": 7, "name": "B", "first_air_date": "2020-01-02"}] * 2
    api.routes = [
        (r"/3/trending/movie/\w+", lambda _: {"results": rows}),
        (r"/3/trending/tv/\w+", lambda _: {"results": series}),
    ]
    messages = run("tmdb_trending")
    records = messages.records()
    assert len(records) == len(api.asked) == 4
    assert records[1] == {
        "time_window": "day", "media_type": "tv", "id": 7, "snapshot_date": "2026-11-23",
        "snapshot_at": "2026-11-23T23:59:00+00:00", "rank": 1, "title": "B", "popularity": None,
        "vote_average": None, "vote_count": None, "release_date": "2020-01-02",
    }  # fmt: skip
    assert records[0]["release_date"] is None
    state = messages.states[-1]["bookmarks"]["tmdb_trending"]
    assert state == {"replication_key": "snapshot_date", "replication_key_value": "2026-11-23"}
    assert len(run("tmdb_trending", state=messages.states[-1]).records()) == 4


def test_dictionaries_are_read_for_both_media_types(api: FakeApi) -> None:
    api.routes = [
        (r"/3/genre/\w+/list", lambda _: {"genres": [{"id": 18, "name": "Drama"}, "odd"]}),
        (
            r"/3/watch/providers/\w+",
            lambda _: {"results": [{"provider_id": 8, "display_priorities": {"US": 1}}]},
        ),
    ]
    messages = run("tmdb_genres", "tmdb_watch_providers", tmdb_language="de-DE")
    assert messages.records("tmdb_genres") == [
        {"media_type": "movie", "id": 18, "name": "Drama"},
        {"media_type": "tv", "id": 18, "name": "Drama"},
    ]
    assert [row["media_type"] for row in messages.records("tmdb_watch_providers")] == [
        "movie", "tv",
    ]  # fmt: skip
    assert {query["language"] for _, query in api.asked} == {"de-DE"}
