"""Shows that leave TVmaze's map of all shows: seen once, and not where a map or a cache errs."""

from __future__ import annotations

import base64
import json
import logging
import zlib
from datetime import timedelta
from typing import Any

import pytest
from tap_fakes import FakeTvmaze, Messages, make_tap, run, table

from tap_streaming.id_set import unpack

SHOWS = "tvmaze_shows"
DAY = 24 * 3600
WHOLE = ("/updates/shows", {})


@pytest.fixture
def catalogue(tvmaze: FakeTvmaze) -> FakeTvmaze:
    """Sixty shows that changed long ago."""
    tvmaze.shows = {show: tvmaze.now - 90 * DAY - show for show in range(1, 61)}
    return tvmaze


@pytest.fixture
def known(catalogue: FakeTvmaze) -> dict[str, Any]:
    """The state of a run that has read all and compared once."""
    state = run(SHOWS, state=run(SHOWS).states[-1]).states[-1]
    catalogue.asked.clear()
    return state


def bookmark(state: Messages | dict[str, Any]) -> Any:
    value = state.states[-1] if isinstance(state, Messages) else state
    return value["bookmarks"][SHOWS]


def gone(messages: Messages) -> list[int]:
    return [row["id"] for row in messages.records() if row["_sdc_deleted_at"]]


def living(messages: Messages) -> list[int]:
    return [row["id"] for row in messages.records() if not row["_sdc_deleted_at"]]


def without_map(api: FakeTvmaze, *ids: int) -> None:
    """Let the map of changes leave shows out that are there."""
    answer = api.updates
    api.routes.insert(
        0,
        (
            "/updates/shows",
            lambda query: {k: v for k, v in answer(query).items() if int(k) not in ids},
        ),
    )


def test_a_show_that_vanishes_leaves_one_tombstone(
    catalogue: FakeTvmaze, known: dict[str, Any]
) -> None:
    del catalogue.shows[7], catalogue.shows[60]
    catalogue.clock += timedelta(days=1)
    second = run(SHOWS, state=known)
    assert gone(second) == [7, 60]
    assert living(second) == []
    row = second.records()[0]
    assert (row["updated"], row["name"]) == (catalogue.now, None)
    assert catalogue.counts()["/shows/7"] == 1
    catalogue.clock += timedelta(days=1)
    third = run(SHOWS, state=second.states[-1])
    assert third.records() == []
    assert unpack(bookmark(third)["known"]["ids"]) == catalogue.shows.keys()


def test_the_whole_map_is_read_once_a_day(catalogue: FakeTvmaze, known: dict[str, Any]) -> None:
    state, read = known, []
    for _ in range(49):
        catalogue.clock += timedelta(hours=1)
        catalogue.asked.clear()
        state = run(SHOWS, state=state).states[-1]
        read.append(WHOLE in catalogue.asked)
    assert read.count(True) == 2
    assert [place for place, done in enumerate(read) if done] == [8, 32]


def test_a_bookmark_older_than_a_month_takes_one_map_for_both(
    catalogue: FakeTvmaze, known: dict[str, Any]
) -> None:
    del catalogue.shows[7]
    catalogue.clock += timedelta(days=40)
    assert gone(run(SHOWS, state=known)) == [7]
    assert catalogue.asked.count(WHOLE) == 1


def test_a_show_missing_from_a_map_older_than_itself_is_not_gone(
    catalogue: FakeTvmaze, known: dict[str, Any]
) -> None:
    catalogue.clock += timedelta(days=1)
    without_map(catalogue, 7)
    second = run(SHOWS, state=known)
    assert (gone(second), living(second)) == ([], [7])
    del catalogue.shows[7]
    catalogue.clock += timedelta(days=1)
    assert gone(run(SHOWS, state=second.states[-1])) == [7]


def test_a_show_answered_from_a_cache_after_its_end_is_found_later(
    catalogue: FakeTvmaze, known: dict[str, Any]
) -> None:
    body = catalogue.show("7", {})
    del catalogue.shows[7]
    catalogue.clock += timedelta(days=1)
    catalogue.routes.insert(0, ("/shows/7", lambda _: body))
    second = run(SHOWS, state=known)
    assert gone(second) == []
    del catalogue.routes[0]
    catalogue.clock += timedelta(days=1)
    assert gone(run(SHOWS, state=second.states[-1])) == [7]


def test_a_show_that_a_run_reads_and_the_next_finds_gone_is_told_once(
    catalogue: FakeTvmaze, known: dict[str, Any]
) -> None:
    catalogue.shows[99] = catalogue.now - 30
    second = run(SHOWS, state=known)
    assert living(second) == [99]
    moment = catalogue.shows.pop(99)
    catalogue.clock += timedelta(minutes=10)
    catalogue.routes.insert(0, ("/updates/shows", lambda _: {"99": moment}))
    third = run(SHOWS, state=second.states[-1])
    assert gone(third) == [99]
    del catalogue.routes[0]
    catalogue.clock += timedelta(days=1)
    assert run(SHOWS, state=third.states[-1]).records() == []


def test_what_an_old_index_still_has_is_found_gone(catalogue: FakeTvmaze) -> None:
    pages = [catalogue.index({"page": "0"}), None]
    del catalogue.shows[7]
    catalogue.routes.insert(0, ("/shows", lambda query: pages[int(query["page"])]))
    first = run(SHOWS)
    assert 7 in living(first)
    assert gone(run(SHOWS, state=first.states[-1])) == [7]


@pytest.mark.parametrize("left", [0, 1, 34])
def test_a_map_that_lost_too_much_is_not_believed(
    catalogue: FakeTvmaze, known: dict[str, Any], left: int, caplog: pytest.LogCaptureFixture
) -> None:
    catalogue.clock += timedelta(days=1)
    without_map(catalogue, *range(left + 1, 61))
    second = run(SHOWS, state=known)
    assert second.records() == []
    assert f"names {60 - left} of 60 known shows no more" in caplog.text
    assert unpack(bookmark(second)["known"]["ids"]) == catalogue.shows.keys()
    catalogue.asked.clear()
    run(SHOWS, state=second.states[-1])
    assert WHOLE not in catalogue.asked
    del catalogue.routes[0], catalogue.shows[7]
    catalogue.clock += timedelta(days=1)
    assert gone(run(SHOWS, state=second.states[-1])) == [7]


def test_a_tenth_of_many_shows_is_too_much(
    catalogue: FakeTvmaze, caplog: pytest.LogCaptureFixture
) -> None:
    catalogue.shows = dict.fromkeys(range(1, 401), catalogue.now - 90 * DAY)
    state = run(SHOWS).states[-1]
    for show in range(100, 141):
        del catalogue.shows[show]
    assert gone(run(SHOWS, state=state)) == []
    assert "names 41 of 400 known shows no more" in caplog.text
    catalogue.shows[100] = catalogue.now - 90 * DAY
    assert gone(run(SHOWS, state=state)) == list(range(101, 141))


def test_of_shows_chosen_by_id_only_these_count(catalogue: FakeTvmaze) -> None:
    chosen = {"title_ids": ["tvmaze/7", "tvmaze/8", "tvmaze/9", "tvmaze/500"]}
    first = run(SHOWS, **chosen)
    assert sorted(living(first)) == [7, 8, 9]
    assert unpack(bookmark(first)["known"]["ids"]) == {7, 8, 9}
    del catalogue.shows[7], catalogue.shows[8], catalogue.shows[20]
    catalogue.clock += timedelta(days=1)
    second = run(SHOWS, state=first.states[-1], **chosen)
    assert gone(second) == [7, 8]
    others = run(SHOWS, state=second.states[-1], title_ids=["tvmaze/9", "tvmaze/10"])
    assert sorted(living(others)) == [9, 10]
    assert gone(others) == []


def test_a_bookmark_that_knows_no_shows_remembers_them_first(catalogue: FakeTvmaze) -> None:
    old = {"bookmarks": {SHOWS: {"replication_key_value": catalogue.now - 7200}}}
    first = run(SHOWS, state=old)
    assert first.records() == []
    assert unpack(bookmark(first)["known"]["ids"]) == catalogue.shows.keys()
    del catalogue.shows[7]
    catalogue.clock += timedelta(days=1)
    assert gone(run(SHOWS, state=first.states[-1])) == [7]


@pytest.mark.parametrize(
    "bad",
    [
        {"ids": "no such text", "compared_on": "2026-11-23"},
        {"ids": None, "compared_on": None},
        {"ids": base64.b64encode(zlib.compress(b"\xff"))[:8].decode(), "compared_on": 5},
        {"compared_on": ["x"]},
    ],
)
def test_a_list_of_shows_that_makes_no_sense(
    catalogue: FakeTvmaze, bad: Any, caplog: pytest.LogCaptureFixture
) -> None:
    old = {"replication_key_value": catalogue.now - 7200, "sweep": None, "known": bad}
    first = run(SHOWS, state={"bookmarks": {SHOWS: old}})
    assert first.records() == []
    assert "list of known shows cannot be read" in caplog.text
    catalogue.clock += timedelta(days=1)
    again = run(SHOWS, state=first.states[-1])
    assert unpack(bookmark(again)["known"]["ids"]) == catalogue.shows.keys()


def test_a_run_stopped_anywhere_loses_no_tombstone(
    catalogue: FakeTvmaze, monkeypatch: pytest.MonkeyPatch, known: dict[str, Any]
) -> None:
    monkeypatch.setattr("tap_streaming.streams.tvmaze.CHECKPOINT_EVERY", 2)
    monkeypatch.setattr("tap_streaming.streams.tvmaze_base.CHECKPOINT_EVERY", 2)
    catalogue.clock += timedelta(days=1)
    for show in (3, 4, 5, 6, 7):
        del catalogue.shows[show]
        catalogue.shows[show + 10] = catalogue.now - 7200 + show
    clean = run(SHOWS, state=known)
    assert (sorted(living(clean)), gone(clean)) == ([13, 14, 15, 16, 17], [3, 4, 5, 6, 7])
    tap = make_tap([])
    whole = table(clean.all, tap)
    for place in range(1, len(clean.all)):
        kept, state = run(SHOWS, state=known, stop_after=place).safe()
        rest = run(SHOWS, state=state or known)
        assert table([*kept, *rest.all], tap) == whole
        assert bookmark(rest) == bookmark(clean)


def test_an_index_stopped_anywhere_knows_what_it_emitted(catalogue: FakeTvmaze) -> None:
    catalogue.shows |= dict.fromkeys((250, 251, 600), catalogue.now - 90 * DAY)
    whole = set(catalogue.shows)
    clean = run(SHOWS)
    for place in range(1, len(clean.all)):
        _, state = run(SHOWS, stop_after=place).safe()
        rest = run(SHOWS, state=state)
        assert unpack(bookmark(rest)["known"]["ids"]) == whole


def test_an_id_beyond_reason_does_no_harm(catalogue: FakeTvmaze, known: dict[str, Any]) -> None:
    catalogue.clock += timedelta(days=1)
    catalogue.shows |= {10**17: catalogue.now - 7200}
    odd = {"9" * 5000: 5, "-7": 5, "٣": 5, "": 5}
    answer = catalogue.updates
    catalogue.routes.insert(0, ("/updates/shows", lambda query: {**odd, **answer(query)}))
    second = run(SHOWS, state=known)
    assert living(second) == [10**17]
    assert len(json.dumps(second.states[-1])) < 1000


def test_a_bookmark_with_too_little_room_keeps_the_newest(
    catalogue: FakeTvmaze, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("tap_streaming.streams.tvmaze.KNOWN_SIZE", 40)
    catalogue.shows = {show * show: catalogue.now - 90 * DAY for show in range(1, 100)}
    caplog.set_level(logging.INFO)
    first = run(SHOWS)
    assert caplog.text.count("known shows; if older ones vanish, it will not be noticed") == 1
    state = run(SHOWS, state=first.states[-1]).states[-1]
    kept = unpack(bookmark(state)["known"]["ids"])
    assert kept
    assert max(kept) == 99 * 99
    catalogue.shows.pop(1)
    catalogue.shows.pop(99 * 99)
    catalogue.clock += timedelta(days=1)
    assert gone(run(SHOWS, state=state)) == [99 * 99]


@pytest.mark.parametrize("hours", [1, 9, 40 * 24])
def test_the_cost_is_what_the_run_asks(
    catalogue: FakeTvmaze, known: dict[str, Any], hours: int, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    catalogue.clock += timedelta(hours=hours)
    catalogue.shows[5] = catalogue.now - 1800
    stream: Any = make_tap([SHOWS], known).streams[SHOWS]
    cost = stream.cost()
    catalogue.asked.clear()
    run(SHOWS, state=known)
    clock = 1
    assert len(catalogue.asked) - clock == cost
