"""tvmaze_shows and tvmaze_episodes: the index, the map of changes, and going on."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from tap_fakes import FakeTvmaze, make_tap, run, table

SHOWS, EPISODES, SEASONS = "tvmaze_shows", "tvmaze_episodes", "tvmaze_seasons"
HOUR = 3600
DAY = 24 * HOUR


def ids(messages: Any) -> list[int]:
    return [record["id"] for record in messages.records()]


def value(messages: Any, stream: str = SHOWS) -> Any:
    return messages.states[-1]["bookmarks"][stream]["replication_key_value"]


def state_at(moment: int, stream: str = SHOWS) -> dict[str, Any]:
    return {"bookmarks": {stream: {"replication_key_value": moment}}}


@pytest.fixture
def catalogue(tvmaze: FakeTvmaze) -> FakeTvmaze:
    for number, show in enumerate((1, 2, 249, 250, 700)):
        tvmaze.shows[show] = tvmaze.now - (number + 2) * 10 * DAY
    return tvmaze


def test_the_first_run_reads_the_index_to_its_end(catalogue: FakeTvmaze) -> None:
    messages = run(SHOWS)
    assert ids(messages) == [1, 2, 249, 250, 700]
    pages = [query["page"] for path, query in catalogue.asked if path == "/shows"]
    assert pages == ["0", "1", "2", "3"]
    assert value(messages) == catalogue.now - 25 * HOUR
    record = messages.records()[0]
    assert (record["imdb_id"], record["tvdb_id"], record["tvrage_id"]) == (None, 5, None)
    assert record["rating_average"] == 8
    assert record["web_channel"] == {"id": 1, "name": "Web", "country": None}
    assert record["premiered"] is None
    assert "_links" not in record


def test_an_empty_page_is_not_the_end(catalogue: FakeTvmaze) -> None:
    catalogue.shows[5000] = catalogue.now
    assert ids(run(SHOWS))[-1] == 5000


def test_an_index_without_a_first_page_is_a_wrong_address(tvmaze: FakeTvmaze) -> None:
    from tap_streaming.errors import TapError  # noqa: PLC0415

    tvmaze.routes = [("/updates/shows", lambda _: {})]
    with pytest.raises(TapError, match="tvmaze_api_url"):
        run(SHOWS)


@pytest.mark.usefixtures("catalogue")
def test_the_index_goes_on_from_every_page() -> None:
    clean = run(SHOWS)
    tap = make_tap([])
    whole = table(clean.all, tap)
    for place in range(1, len(clean.all)):
        kept, state = run(SHOWS, stop_after=place).safe()
        rest = run(SHOWS, state=state)
        assert table([*kept, *rest.all], tap) == whole
    pages = [state["bookmarks"][SHOWS].get("sweep") for state in clean.states]
    assert [page["page"] for page in pages if page] == [1, 2, 3]


def test_a_resumed_index_is_followed_by_what_changed_meanwhile(catalogue: FakeTvmaze) -> None:
    _, state = run(SHOWS, stop_after=5).safe()
    assert state is not None
    assert state["bookmarks"][SHOWS]["sweep"]["page"] == 1
    catalogue.clock += timedelta(days=3)
    catalogue.shows[1] = catalogue.now - DAY
    rest = run(SHOWS, state=state)
    assert ids(rest) == [250, 700, 1]
    assert value(rest) == catalogue.now - DAY


@pytest.mark.parametrize(
    ("age", "since"),
    [
        (22 * HOUR, "day"),
        (DAY, "week"),
        (6 * DAY, "week"),
        (7 * DAY, "month"),
        (27 * DAY, "month"),
        (28 * DAY, None),
        (900 * DAY, None),
    ],
)
def test_the_shortest_map_that_reaches_back_is_read(
    catalogue: FakeTvmaze, age: int, since: str | None
) -> None:
    moment = catalogue.now - age
    catalogue.shows = {7: moment, 8: moment - 1, 9: moment + 60}
    messages = run(SHOWS, state=state_at(moment))
    assert ids(messages) == [7, 9]
    maps = [query.get("since") for path, query in catalogue.asked if path == "/updates/shows"]
    assert maps == ["day", since, None][: 3 if since else 2]


def test_changes_come_in_their_order_and_the_boundary_again(catalogue: FakeTvmaze) -> None:
    now = catalogue.now
    catalogue.shows |= {1: now - 5 * HOUR, 2: now - 7 * HOUR, 250: now - 6 * HOUR}
    first = run(SHOWS, state=state_at(now - 20 * HOUR))
    assert ids(first) == [2, 250, 1]
    assert value(first) == now - 5 * HOUR
    assert ids(run(SHOWS, state=first.states[-1])) == [1]


def test_the_bookmark_stays_behind_the_cache(catalogue: FakeTvmaze) -> None:
    now = catalogue.now
    catalogue.shows[1] = now - 60
    first = run(SHOWS, state=state_at(now - 20 * HOUR))
    assert value(first) == now - HOUR
    assert ids(run(SHOWS, state=first.states[-1])) == [1]


def test_a_run_without_changes_keeps_the_bookmark(catalogue: FakeTvmaze) -> None:
    messages = run(SHOWS, state=state_at(catalogue.now - 2 * HOUR))
    assert messages.records() == []
    assert value(messages) == catalogue.now - 2 * HOUR


def test_a_show_that_is_gone_leaves_a_tombstone(catalogue: FakeTvmaze) -> None:
    moment = catalogue.now - 2 * HOUR
    catalogue.routes[1] = ("/updates/shows", lambda _: {"77": moment, "odd": 1, "78": "x"})
    (record,) = run(SHOWS, state=state_at(moment)).records()
    assert (record["id"], record["updated"], record["name"]) == (77, moment, None)
    assert record["_sdc_deleted_at"].startswith("2026-11-23T15:00:00")


def test_a_bookmark_in_the_future_is_told_and_all_is_read(
    catalogue: FakeTvmaze, caplog: pytest.LogCaptureFixture
) -> None:
    assert len(ids(run(SHOWS, state=state_at(catalogue.now + 2 * DAY)))) == 5
    assert len(ids(run(EPISODES, state=state_at(catalogue.now + 2 * DAY, EPISODES)))) == 15
    assert caplog.text.count("lies in the future: reading in full") == 2


@pytest.mark.parametrize("bad", ["x", -5, 1.5, True, [], None])
@pytest.mark.usefixtures("catalogue")
def test_a_bookmark_without_meaning_means_a_first_run(bad: Any) -> None:
    assert len(ids(run(SHOWS, state=state_at(bad)))) == 5


def test_episodes_of_all_shows_come_in_the_order_of_changes(catalogue: FakeTvmaze) -> None:
    messages = run(EPISODES)
    assert ids(messages) == [
        show * 100 + number for show in (700, 250, 249, 2, 1) for number in range(3)
    ]
    first = messages.records()[0]
    assert (first["show_id"], first["show_updated"]) == (700, catalogue.shows[700])
    assert (first["number"], first["airdate"]) == (None, None)
    maps = [query for path, query in catalogue.asked if path == "/updates/shows"]
    assert maps == [{"since": "day"}, {}]
    assert value(messages, EPISODES) == catalogue.shows[1]


def test_episodes_go_on_from_every_checkpoint(
    catalogue: FakeTvmaze, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tap_streaming.streams.tvmaze_base.CHECKPOINT_EVERY", 1)
    catalogue.shows[3] = catalogue.shows[2]
    clean = run(EPISODES)
    tap = make_tap([])
    whole = table(clean.all, tap)
    for place in range(1, len(clean.all)):
        kept, state = run(EPISODES, stop_after=place).safe()
        rest = run(EPISODES, state=state)
        assert table([*kept, *rest.all], tap) == whole
        assert rest.states[-1] == clean.states[-1]


def test_a_show_that_vanishes_has_no_episodes(catalogue: FakeTvmaze) -> None:
    catalogue.routes[1] = ("/updates/shows", lambda _: {"77": 5, "1": 6})
    assert ids(run(EPISODES)) == [100, 101, 102]


def test_seasons_follow_the_changed_shows(catalogue: FakeTvmaze) -> None:
    def seasons(show: str, query: dict[str, str]) -> Any:
        assert query == {}
        season = {
            "id": int(show) * 10, "number": 2017, "name": "", "episodeOrder": 8, "summary": "",
            "premiereDate": "2017-01-01", "endDate": None, "network": None, "image": None,
            "webChannel": {"id": 1, "name": "Web", "country": None}, "url": "u", "_links": {},
        }  # fmt: skip
        return [season, None] if int(show) in catalogue.shows else None

    catalogue.routes.append((r"/shows/(\d+)/seasons", seasons))
    first = run(SEASONS)
    assert ids(first) == [7000, 2500, 2490, 20, 10]
    assert first.records()[0] == {
        "id": 7000, "show_id": 700, "show_updated": catalogue.shows[700], "url": "u",
        "number": 2017, "name": None, "episode_order": 8, "premiere_date": "2017-01-01",
        "end_date": None, "network": None, "image": None, "summary": None,
        "web_channel": {"id": 1, "name": "Web", "country": None},
    }  # fmt: skip
    catalogue.shows[2] = catalogue.now - 7200
    catalogue.asked.clear()
    second = run(SEASONS, state=first.states[-1])
    assert ids(second) == [10, 20]
    assert value(second, SEASONS) == catalogue.now - 7200
    asked = len(catalogue.asked)
    stream: Any = make_tap([SEASONS], first.states[-1]).streams[SEASONS]
    assert stream.cost() == asked - 1
    del catalogue.shows[2]
    assert ids(run(SEASONS, state=state_at(catalogue.now - 7200, SEASONS))) == []


@pytest.mark.parametrize("stream", [SHOWS, EPISODES])
def test_other_shows_than_before_are_read_in_full(catalogue: FakeTvmaze, stream: str) -> None:
    first = run(stream, title_ids=["tvmaze/1", "tvmaze/700"])
    assert len(catalogue.asked) == 2 + 2
    shows = {"tvmaze_shows": [2, 1], "tvmaze_episodes": [200, 201, 202, 100, 101, 102]}[stream]
    second = run(stream, state=first.states[-1], title_ids=["tvmaze/2", "tvmaze/1"])
    assert ids(second) == shows
    everything = run(stream, state=second.states[-1])
    assert len(ids(everything)) == {"tvmaze_shows": 5, "tvmaze_episodes": 15}[stream]


def parsed(stream: str, path: str, body: Any) -> list[Any]:
    """Return the rows that a stream makes of what an endpoint answers."""
    tap: Any = make_tap([stream])
    rows = []
    for endpoint in (*tap.streams[stream].endpoints, *tap.streams[stream].similar):
        found = endpoint.match(path)
        if found is not None:
            part = endpoint.dig(body) if endpoint.dig else body
            rows += list(tap.streams[stream].parse(part, endpoint.call(**found)))
    return rows


LINKED = {"id": 5, "_links": {"show": {"href": "https://api.tvmaze.com/shows/82"}}}
EMBEDDING = {"id": 82, "_embedded": {"episodes": [{"id": 5}, None], "seasons": [{"id": 6}]}}


@pytest.mark.usefixtures("catalogue")
@pytest.mark.parametrize(
    ("stream", "path", "body", "found"),
    [
        (EPISODES, "/episodes/5", LINKED, [(5, "82")]),
        (EPISODES, "/episodes/5", {"id": 5, "_embedded": {"show": {"id": 82}}}, [(5, 82)]),
        (EPISODES, "/episodes/5", {"id": 5, "_links": {"show": {"href": "x"}}}, [(5, None)]),
        (EPISODES, "/episodes/5", {"id": 5, "_links": 7}, [(5, None)]),
        (EPISODES, "/shows/82", EMBEDDING, [(5, "82")]),
        (EPISODES, "/singlesearch/shows", EMBEDDING, [(5, 82)]),
        (EPISODES, "/singlesearch/shows", {"id": 82}, []),
        (SEASONS, "/singlesearch/shows", EMBEDDING, [(6, 82)]),
        (SEASONS, "/shows/82", {"id": 82, "_embedded": {"seasons": "none"}}, []),
        (SEASONS, "/shows/82/seasons", [{"id": 6}], [(6, "82")]),
        (SEASONS, "/seasons/6", {"id": 6}, [(6, None)]),
    ],
)
def test_where_the_show_of_a_row_is_told(
    stream: str, path: str, body: Any, found: list[Any]
) -> None:
    assert [(row["id"], row["show_id"]) for row in parsed(stream, path, body)] == found


def test_a_show_that_does_not_say_when_it_changed_has_the_time_of_its_reading(
    tvmaze: FakeTvmaze,
) -> None:
    tvmaze.shows[1] = tvmaze.now
    show = tvmaze.show
    tvmaze.show = lambda *asked: {**show(*asked), "updated": None}  # type: ignore[method-assign]
    (record,) = run("tvmaze_shows").records()
    assert record["updated"] == tvmaze.now
