"""tvmaze_schedule: which days are read, what was taken off, and going on after a stop."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tap_fakes import FakeTvmaze, Messages, make_tap, run, table

from tap_streaming.errors import TapError
from tap_streaming.streams.tvmaze_schedule import DAYS_AHEAD, DAYS_BACK

SCHEDULE = "tvmaze_schedule"
DAY = timedelta(days=1)
SLICES = 2
WINDOW = DAYS_BACK + 1 + DAYS_AHEAD


class Schedule:
    """What is shown: episode to (kind, country or None, day)."""

    def __init__(self, api: FakeTvmaze) -> None:
        self.api = api
        self.shown: dict[int, tuple[str, str | None, date]] = {}
        api.routes += [
            ("/schedule", lambda query: self.rows("broadcast", query)),
            ("/schedule/web", lambda query: self.rows("web", query)),
        ]

    @property
    def today(self) -> date:
        return self.api.clock.date()

    def put(self, episode: int, kind: str, country: str | None, offset: int) -> None:
        self.shown[episode] = (kind, country, self.today + offset * DAY)

    def rows(self, kind: str, query: dict[str, str]) -> Any:
        assert query.keys() == ({"country", "date"} if kind == "broadcast" else {"date"})
        day = date.fromisoformat(query["date"])
        return [
            self.row(episode, kind, country, day)
            for episode, (of, country, on) in sorted(self.shown.items())
            if (of, on) == (kind, day) and query.get("country") in (None, country)
        ]

    def row(self, episode: int, kind: str, country: str | None, day: date) -> dict[str, Any]:
        channel = {"id": 3, "name": "Channel", "country": {"code": country} if country else None}
        show = {
            "id": episode // 10,
            "name": f"show {episode // 10}",
            "externals": {"imdb": "tt1", "thetvdb": 5, "tvrage": None},
            "network": channel if kind == "broadcast" else None,
            "webChannel": channel if kind == "web" else None,
        }
        body = {"id": episode, "name": "E", "season": 1, "number": None, "rating": {"average": 7}}
        body |= {"airdate": day.isoformat(), "airtime": "", "summary": "", "_links": {}}
        return {
            **body,
            **({"show": show} if kind == "broadcast" else {"_embedded": {"show": show}}),
        }

    def days_asked(self) -> list[date]:
        """Return the days asked for since the last time, each once per slice."""
        asked = [q["date"] for path, q in self.api.asked if path.startswith("/schedule")]
        self.api.asked.clear()
        return list(map(date.fromisoformat, asked))


@pytest.fixture
def schedule(tvmaze: FakeTvmaze) -> Schedule:
    return Schedule(tvmaze)


def bookmark(messages: Messages) -> Any:
    return messages.states[-1]["bookmarks"][SCHEDULE]


def state_of(value: Any, **more: Any) -> dict[str, Any]:
    return {"bookmarks": {SCHEDULE: {"replication_key_value": value, **more}}}


def span(first: date, last: date) -> list[date]:
    return [first + number * DAY for number in range((last - first).days + 1)]


def test_a_first_run_reads_a_week_back_and_two_ahead(schedule: Schedule) -> None:
    today = schedule.today
    schedule.put(11, "broadcast", "US", 0)
    schedule.put(21, "web", "US", 3)
    schedule.put(31, "web", None, -7)
    schedule.put(41, "broadcast", "DE", 0)
    schedule.put(51, "broadcast", "US", -8)
    schedule.put(61, "web", None, 15)
    messages = run(SCHEDULE)
    days = schedule.days_asked()
    assert sorted(set(days)) == span(today - 7 * DAY, today + 14 * DAY)
    assert len(days) == SLICES * WINDOW
    keys = [(row["kind"], row["country"], row["episode_id"]) for row in messages.records()]
    assert keys == [("web", "global", 31), ("broadcast", "US", 11), ("web", "US", 21)]
    row = messages.records()[1]
    assert (row["airdate"], row["airtime"], row["rating_average"]) == (today.isoformat(), None, 7)
    assert (row["show_id"], row["show_name"], row["show_imdb_id"]) == (1, "show 1", "tt1")
    assert (row["show_tvdb_id"], row["network_id"], row["network_name"]) == (5, 3, "Channel")
    assert {row["read_at"] for row in messages.records()} == {"2026-11-23T15:00:00+00:00"}
    assert bookmark(messages) == {
        "replication_key": "airdate",
        "replication_key_value": "2026-11-16",
        "reading": {"began": "2026-11-23T15:00:00+00:00", "next": None},
        "selection": {"title_ids": None, "tvmaze_schedule_countries": ["US"]},
    }


def test_a_day_is_read_once(schedule: Schedule) -> None:
    first = run(SCHEDULE)
    schedule.days_asked()
    schedule.api.clock += timedelta(hours=8, minutes=59)
    second = run(SCHEDULE, state=first.states[-1])
    assert schedule.days_asked() == []
    schedule.api.clock += timedelta(minutes=1)
    third = run(SCHEDULE, state=first.states[-1])
    assert len(schedule.days_asked()) == SLICES * (WINDOW + 1)
    assert bookmark(third)["replication_key_value"] == "2026-11-17"
    assert second.records() == third.records() == []


def test_days_missed_are_made_up_for(schedule: Schedule) -> None:
    first = run(SCHEDULE)
    schedule.days_asked()
    since = schedule.today - 7 * DAY
    schedule.api.clock += timedelta(days=30)
    run(SCHEDULE, state=first.states[-1])
    assert sorted(set(schedule.days_asked())) == span(since, schedule.today + 14 * DAY)


def test_what_was_taken_off_has_an_older_stamp(schedule: Schedule) -> None:
    for episode, offset in ((11, -3), (21, 0), (31, 5), (41, 14), (51, -7)):
        schedule.put(episode, "broadcast", "US", offset)
    first = run(SCHEDULE)
    schedule.api.clock += DAY
    del schedule.shown[11], schedule.shown[41]
    schedule.put(21, "broadcast", "US", 2)
    schedule.put(31, "broadcast", "US", 40)
    second = run(SCHEDULE, state=first.states[-1])
    rows = table([*first.all, *second.all], make_tap([])).values()
    latest = max(row["read_at"] for row in rows)
    covered = [(schedule.today + days * DAY).isoformat() for days in (-DAYS_BACK, DAYS_AHEAD)]
    off = {
        row["episode_id"]
        for row in rows
        if row["read_at"] < latest and covered[0] <= row["airdate"] <= covered[1]
    }
    assert off == {11, 41, 31}
    moved = next(row for row in rows if row["episode_id"] == 21)
    assert moved["airdate"] == (schedule.today + 2 * DAY).isoformat()


def test_a_run_goes_on_from_every_state(schedule: Schedule) -> None:
    for number in range(-7, 15):
        schedule.put(1000 + number, "web", None, number)
        schedule.put(2000 + number, "broadcast", "US", number)
    clean = run(SCHEDULE)
    assert len(clean.states) == WINDOW + 1
    tap = make_tap([])
    whole = table(clean.all, tap)
    for place in range(1, len(clean.all), 3):
        kept, state = run(SCHEDULE, stop_after=place).safe()
        done = len({row["record"]["airdate"] for row in kept if row["type"] == "RECORD"})
        schedule.days_asked()
        schedule.api.clock += timedelta(seconds=place)
        rest = run(SCHEDULE, state=state)
        assert len(schedule.days_asked()) == SLICES * (WINDOW - done)
        schedule.api.clock -= timedelta(seconds=place)
        joined = table([*kept, *rest.all], tap)
        assert len({row["read_at"] for row in joined.values()}) == 1
        assert {key: {**row, "read_at": 0} for key, row in joined.items()} == {
            key: {**row, "read_at": 0} for key, row in whole.items()
        }


Runs = list[tuple[int, int, int | None]]


@given(
    st.lists(
        st.tuples(st.integers(0, 12), st.integers(0, 23), st.none() | st.integers(1, 30)),
        max_size=6,
    )
)
@settings(
    deadline=None,
    max_examples=8,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_no_day_is_left_unread_or_unsettled(schedule: Schedule, runs: Runs) -> None:
    """Runs that come when they like and stop where they are stopped, after one that did not."""
    start, begin = schedule.api.clock, schedule.today - DAYS_BACK * DAY
    read: dict[date, date] = {}
    state: Any = None
    for days, hours, stop_after in [(0, 0, None), *runs, (1, 0, None)]:
        schedule.api.clock += timedelta(days=days, hours=hours)
        schedule.days_asked()
        _, reached = run(SCHEDULE, state=state, stop_after=stop_after).safe()
        if reached is None:
            continue
        state = reached
        left = state["bookmarks"][SCHEDULE]["reading"]["next"] or "9999"
        read |= {day: schedule.today for day in schedule.days_asked() if day.isoformat() < left}
    for day in span(begin, schedule.today + DAYS_AHEAD * DAY):
        assert read[day] >= min(day + DAYS_BACK * DAY, schedule.today), day
    schedule.api.clock = start


def test_other_countries_are_read_at_once(schedule: Schedule) -> None:
    schedule.put(11, "broadcast", "US", 0)
    schedule.put(41, "broadcast", "DE", 0)
    first = run(SCHEDULE)
    second = run(SCHEDULE, state=first.states[-1], tvmaze_schedule_countries=["us", "DE", "US"])
    assert [row["country"] for row in second.records()] == ["DE", "US"]
    assert bookmark(second)["selection"]["tvmaze_schedule_countries"] == ["DE", "US"]
    schedule.days_asked()
    run(SCHEDULE, state=second.states[-1], tvmaze_schedule_countries=["DE", "US"])
    assert schedule.days_asked() == []
    third = run(SCHEDULE, state=second.states[-1], tvmaze_schedule_countries=[])
    assert len(schedule.days_asked()) == WINDOW
    assert third.records() == []


def test_other_countries_after_a_pause_lose_no_day(schedule: Schedule) -> None:
    first = run(SCHEDULE)
    since = schedule.today - 7 * DAY
    schedule.days_asked()
    schedule.api.clock += timedelta(days=30)
    run(SCHEDULE, state=first.states[-1], tvmaze_schedule_countries=["DE"])
    assert schedule.days_asked()[0] == since


def test_of_shows_chosen_by_id_only_these_count(schedule: Schedule) -> None:
    schedule.put(11, "broadcast", "US", 0)
    schedule.put(21, "web", None, 0)
    first = run(SCHEDULE, title_ids=["tvmaze/2"])
    assert [row["show_id"] for row in first.records()] == [2]
    second = run(SCHEDULE, state=first.states[-1], title_ids=["tvmaze/1"])
    assert [row["show_id"] for row in second.records()] == [1]


@pytest.mark.parametrize("bad", ["x", 5, None, [], "2026-13-01", True])
def test_a_bookmark_without_meaning_means_a_first_run(schedule: Schedule, bad: Any) -> None:
    selection = {"title_ids": None, "tvmaze_schedule_countries": ["US"]}
    odd = (
        bad,
        {"began": bad, "next": None},
        {"began": "2026-11-23T15:00:00", "next": None},
        {"began": "2026-11-23T01:00:00+00:00", "next": "x"},
    )
    for reading in odd:
        run(SCHEDULE, state=state_of(bad, reading=reading, selection=selection))
        assert len(schedule.days_asked()) == SLICES * WINDOW


def test_a_bookmark_in_the_future_is_told(
    schedule: Schedule, caplog: pytest.LogCaptureFixture
) -> None:
    messages = run(SCHEDULE, state=state_of("2027-11-23"))
    assert "2027-11-23 lies in the future" in caplog.text
    assert len(schedule.days_asked()) == SLICES * WINDOW
    assert bookmark(messages)["replication_key_value"] == "2026-11-16"


@pytest.mark.parametrize("days", [0, 1, 30])
def test_the_cost_is_what_the_run_asks(schedule: Schedule, days: int) -> None:
    more = {"tvmaze_schedule_countries": ["US", "DE", "NO"]}
    state = run(SCHEDULE, **more).states[-1]
    schedule.api.clock += days * DAY
    cost = make_tap([SCHEDULE], state, **more).streams[SCHEDULE].cost()  # type: ignore[attr-defined]
    schedule.days_asked()
    run(SCHEDULE, state=state, **more)
    assert len(schedule.days_asked()) == cost == (4 * (WINDOW + days) if days else 0)


ODD: list[Any] = [
    [],
    [{"id": 1}, None, 5, "x", []],
    [{"id": "x"}, {"id": True}],
    [{"id": 1, "show": 5, "_embedded": []}],
    [{"id": 1, "airdate": "0000-00-00", "_links": {"show": {"href": 7}}}],
    [{"id": 1, "show": {"network": "NBC", "externals": [], "id": {}}, "rating": 5}],
    [{"id": 1, "show": {"network": {"country": {"code": ["US"]}}, "webChannel": 9}}],
    [{"id": 10**30}, {"id": -1, "runtime": "long", "airstamp": "soon"}],
]


@pytest.mark.parametrize("body", ODD)
def test_odd_rows_do_no_harm(tvmaze: FakeTvmaze, body: Any) -> None:
    tvmaze.routes += [("/schedule(/web)?", lambda *_: body)]
    for row in run(SCHEDULE).records():
        assert (row["kind"], row["country"]) in {("broadcast", "US"), ("web", "global")}
        assert date.fromisoformat(row["airdate"])


def test_where_there_is_no_schedule_the_run_ends(tvmaze: FakeTvmaze) -> None:
    assert ("/schedule", None) not in tvmaze.routes
    with pytest.raises(TapError, match="GET /schedule with HTTP 404"):
        run(SCHEDULE)
