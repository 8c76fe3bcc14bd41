"""Titles that vanish from the daily id exports, and files that are not what they should be."""

from __future__ import annotations

import gzip
import json
import re
import tracemalloc
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
import requests
from fake_tmdb_more import FakeTmdbMore, export_name
from hypothesis import given
from hypothesis import strategies as st
from tap_fakes import make_tap, run

from tap_streaming.errors import TapError
from tap_streaming.exports import Ids, _read

MOVIES = "tmdb_movies"
URL = "http://user:pass@files.test/p/exports"
YESTERDAY, TODAY, TOMORROW = "2026-11-22", "2026-11-23", "2026-11-24"


@pytest.fixture
def tmdb(monkeypatch: pytest.MonkeyPatch) -> FakeTmdbMore:
    fake = FakeTmdbMore()
    monkeypatch.setattr(
        "requests.adapters.HTTPAdapter.send", lambda _, request, **__: fake.send(request)
    )
    monkeypatch.setattr("time.sleep", lambda _: None)
    for title in range(1, 9):
        fake.add("movie", title)
        fake.add("tv", title)
    fake.write_export("movie", TODAY, range(1, 9))
    fake.write_export("movie", TOMORROW, range(1, 9))
    return fake


def read(state: Any = None, stream: str = MOVIES, **settings: Any) -> Any:
    return run(stream, state=state, tmdb_exports_url=URL, **settings)


def compared(messages: Any, stream: str = MOVIES) -> Any:
    return messages.states[-1]["bookmarks"][stream]["exports"]


def gone(messages: Any) -> list[int]:
    return [record["id"] for record in messages.records() if record["_sdc_deleted_at"]]


def vanish(tmdb: FakeTmdbMore, *ids: int) -> None:
    """Let titles vanish from the next export, without a word in the feed."""
    for one in ids:
        tmdb.titles["movie"].pop(one)
    tmdb.write_export("movie", TOMORROW, tmdb.titles["movie"])


def files(tmdb: FakeTmdbMore) -> list[str]:
    return [path for path, _ in tmdb.asked if "/exports/" in path]


def test_without_an_address_no_file_is_asked_for(tmdb: FakeTmdbMore) -> None:
    first = run(MOVIES)
    tmdb.clock += timedelta(days=1)
    second = run(MOVIES, state=first.states[-1])
    assert compared(first) is compared(second) is None
    assert files(tmdb) == []


def test_the_first_run_only_notes_the_day(tmdb: FakeTmdbMore) -> None:
    first = read()
    assert compared(first) == TODAY
    assert len(first.records()) == 8
    assert read(first.states[-1]).states[-1] == first.states[-1]
    assert files(tmdb) == []


def test_what_vanished_and_is_not_there_leaves_a_tombstone(tmdb: FakeTmdbMore) -> None:
    first = read()
    vanish(tmdb, 3, 5)
    tmdb.write_export("movie", TOMORROW, [1, 2, 4, 6, 7])
    tmdb.clock += timedelta(days=1)
    tmdb.asked.clear()
    second = read(first.states[-1])
    assert gone(second) == [3, 5] == [record["id"] for record in second.records()]
    assert second.records()[0]["change_date"] == TOMORROW
    assert second.records()[0]["title"] is None
    assert compared(second) == TOMORROW
    assert [path.rpartition("/")[2] for path in files(tmdb)] == [
        export_name("movie", TOMORROW), export_name("movie", TODAY),
    ]  # fmt: skip
    assert tmdb.counts()["/3/movie/8"] == 1
    tmdb.asked.clear()
    third = read(second.states[-1])
    assert third.records() == []
    assert files(tmdb) == []


def test_the_host_of_the_files_learns_no_key(tmdb: FakeTmdbMore) -> None:
    first = read()
    tmdb.clock += timedelta(days=1)
    read(first.states[-1])
    headers = [one.headers for one in tmdb.sent if "/exports/" in (one.url or "")]
    assert len(headers) == 2
    assert all("Authorization" not in header for header in headers)
    assert all(header["User-Agent"].startswith("tap-streaming/") for header in headers)


def test_series_have_files_of_their_own(tmdb: FakeTmdbMore) -> None:
    first = read(stream="tmdb_tv")
    tmdb.write_export("tv", TODAY, [1, 2])
    tmdb.write_export("tv", TOMORROW, [2])
    del tmdb.titles["tv"][1]
    tmdb.clock += timedelta(days=1)
    assert gone(read(first.states[-1], "tmdb_tv")) == [1]


@pytest.mark.parametrize(
    ("hour", "day"), [(14, TODAY), (15, TOMORROW)], ids=["caches may be older", "settled"]
)
def test_an_export_counts_when_no_cached_answer_is_older(
    tmdb: FakeTmdbMore, hour: int, day: str
) -> None:
    first = read()
    vanish(tmdb, 4)
    tmdb.clock = (tmdb.clock + timedelta(days=1)).replace(hour=hour)
    second = read(first.states[-1])
    assert compared(second) == day
    assert gone(second) == ([4] if day == TOMORROW else [])


def test_only_chosen_titles_are_asked_for(tmdb: FakeTmdbMore) -> None:
    chosen = ["movie/3", "movie/7"]
    first = read(title_ids=chosen)
    vanish(tmdb, 3, 4)
    tmdb.clock += timedelta(days=1)
    tmdb.asked.clear()
    assert gone(read(first.states[-1], title_ids=chosen)) == [3]
    assert tmdb.counts()["/3/movie/4"] == 0
    assert run("tmdb_tv", tmdb_exports_url=URL, title_ids=chosen).records() == []
    assert not any("tv_series" in path for path in files(tmdb))


def test_a_missing_export_is_replaced_by_one_of_a_day_before(
    tmdb: FakeTmdbMore, caplog: pytest.LogCaptureFixture
) -> None:
    first = read()
    vanish(tmdb, 6)
    tmdb.exports.pop(export_name("movie", TODAY))
    tmdb.write_export("movie", YESTERDAY, range(1, 9))
    tmdb.clock += timedelta(days=2)
    second = read(first.states[-1])
    assert gone(second) == [6]
    assert compared(second) == TOMORROW
    tmdb.exports.clear()
    third = read(second.states[-1])
    assert compared(third) == TOMORROW
    assert "no id export of 2026-11-25 to 2026-11-25 can be read" in caplog.text


def test_an_export_that_is_no_longer_kept_means_a_new_start(
    tmdb: FakeTmdbMore, caplog: pytest.LogCaptureFixture
) -> None:
    first = read()
    vanish(tmdb, 6)
    tmdb.write_export("movie", "2027-03-01", tmdb.titles["movie"])
    tmdb.exports.pop(export_name("movie", TODAY))
    tmdb.clock += timedelta(days=98)
    state = first.states[-1]
    state["bookmarks"][MOVIES]["replication_key_value"] = "2027-03-01"
    second = read(state)
    assert gone(second) == []
    assert compared(second) == "2027-03-01"
    assert "the id export of 2026-11-23 is no longer there" in caplog.text


@pytest.mark.parametrize("day", ["2026-12-24", "soon", 7, {"a": 1}])
def test_a_day_without_meaning_means_a_new_start(tmdb: FakeTmdbMore, day: Any) -> None:
    state = read().states[-1]
    state["bookmarks"][MOVIES]["exports"] = day
    second = read(state)
    assert compared(second) == TODAY
    assert files(tmdb) == []


def test_other_settings_do_not_forget_the_day(tmdb: FakeTmdbMore) -> None:
    first = read()
    vanish(tmdb, 6)
    tmdb.clock += timedelta(days=1)
    second = read(first.states[-1], tmdb_min_vote_count=5)
    assert gone(second) == [6]
    assert len(second.records()) == 8


def whole_export() -> bytes:
    return gzip.compress(b"".join(b'{"id": %d}\n' % one for one in range(1, 60)))


DAMAGED = {
    "truncated": whole_export()[:-12],
    "broken": whole_export()[:40] + bytes(8) + whole_export()[48:],
    "a web page": b"<html>Log in</html>",
    "nothing": b"",
    "no lines": gzip.compress(b""),
    "no JSON": gzip.compress(b'{"id": 1}\n{"id": 2\n'),
    "one endless line": gzip.compress(b'{"id": ' + b"1" * 100_000),
    "other rows": gzip.compress(b'[]\n{"id": null}\n{"id": "5"}\n{"id": 99999999999}\n'),
}


@pytest.mark.parametrize("body", DAMAGED.values(), ids=DAMAGED.keys())
def test_a_damaged_newer_file_marks_nothing(
    tmdb: FakeTmdbMore, caplog: pytest.LogCaptureFixture, body: bytes
) -> None:
    first = read()
    vanish(tmdb, 2)
    good = tmdb.exports[export_name("movie", TOMORROW)]
    tmdb.exports[export_name("movie", TOMORROW)] = body
    tmdb.clock += timedelta(days=1)
    second = read(first.states[-1], request_max_tries=2)
    assert second.records() == []
    assert compared(second) == TODAY
    assert "movie_ids_11_24_2026.json.gz is a damaged file" in caplog.text
    assert "try 2 of 2" in caplog.text
    tmdb.exports[export_name("movie", TOMORROW)] = good
    assert gone(read(second.states[-1])) == [2]


def test_a_damaged_older_file_is_replaced_by_one_of_a_day_before(tmdb: FakeTmdbMore) -> None:
    first = read()
    vanish(tmdb, 2)
    tmdb.write_export("movie", YESTERDAY, range(1, 9))
    tmdb.exports[export_name("movie", TODAY)] = DAMAGED["truncated"]
    tmdb.clock += timedelta(days=1)
    assert gone(read(first.states[-1])) == [2]


def test_a_file_that_arrives_on_the_second_try_is_read(tmdb: FakeTmdbMore) -> None:
    first = read()
    vanish(tmdb, 2)
    tmdb.clock += timedelta(days=1)
    tmdb.faults = [
        (503, b"", {"Retry-After": "1"}),
        requests.ConnectionError("reset"),
        (200, DAMAGED["truncated"], {}),
    ]
    tmdb.faulty = re.compile("/exports/")
    assert gone(read(first.states[-1])) == [2]


def test_an_export_that_is_not_whole_marks_nothing(
    tmdb: FakeTmdbMore, caplog: pytest.LogCaptureFixture
) -> None:
    first = read()
    tmdb.write_export("movie", TODAY, range(1, 10_001))
    tmdb.write_export("movie", TOMORROW, range(1, 8_000))
    tmdb.clock += timedelta(days=1)
    tmdb.asked.clear()
    second = read(first.states[-1])
    assert second.records() == []
    assert compared(second) == TODAY
    assert "2026-11-24 has 7999 ids, that of 2026-11-23 had 10000: it is not whole" in caplog.text
    assert tmdb.counts()["/3/movie/8001"] == 0


@pytest.mark.parametrize(
    ("fault", "told"),
    [((400, b"", {}), "HTTP 400"), ((503, b"", {}), "HTTP 503"),
     (requests.ConnectionError("x"), "connection failed")],
)  # fmt: skip
def test_a_host_that_does_not_answer_ends_the_run_after_the_rest(
    tmdb: FakeTmdbMore, fault: Any, told: str
) -> None:
    first = read()
    tmdb.change("movie", TODAY, 1)
    tmdb.clock += timedelta(days=1)
    tmdb.faults = [fault] * 9
    tmdb.faulty = re.compile("/exports/")
    tap = make_tap([MOVIES], first.states[-1], tmdb_exports_url=URL, request_max_tries=3)
    with pytest.raises(TapError, match="is the setting tmdb_exports_url") as raised:
        tap.sync_all()
    assert told in str(raised.value)
    assert "pass" not in str(raised.value)
    assert "\n" not in str(raised.value)
    written: Any = tap.message_writer
    assert [record["id"] for record in written.records()] == [1]
    assert compared(written) == TODAY


def test_a_stopped_run_compares_again(tmdb: FakeTmdbMore) -> None:
    first = read()
    vanish(tmdb, 2, 3, 4)
    tmdb.clock += timedelta(days=1)
    clean = read(first.states[-1])
    assert gone(clean) == [2, 3, 4]
    for place in range(1, len(clean.all)):
        cut = read(first.states[-1], stop_after=place)
        kept, state = cut.safe()
        rest = read(state or first.states[-1])
        seen = {one["record"]["id"] for one in kept if one["type"] == "RECORD"}
        assert seen | set(gone(rest)) == {2, 3, 4}
        assert rest.states[-1] == clean.states[-1]


def test_full_table_compares_nothing(tmdb: FakeTmdbMore) -> None:
    tap = make_tap([MOVIES], read().states[-1], tmdb_exports_url=URL)
    tap.streams[MOVIES].forced_replication_method = "FULL_TABLE"
    tmdb.clock += timedelta(days=1)
    tap.sync_all()
    assert files(tmdb) == []


@given(st.sets(st.integers(0, 3000)), st.sets(st.integers(0, 3000)))
def test_ids_are_a_set(left: set[int], right: set[int]) -> None:
    sets = []
    for numbers in (left, right):
        ids = Ids()
        for number in numbers:
            ids.add(number)
        assert len(ids) == len(numbers)
        sets.append(ids)
    assert list(sets[0].without(sets[1])) == sorted(left - right)


def test_a_file_of_a_million_lines_takes_little_memory() -> None:
    lines = (json.dumps({"id": one, "popularity": 0.6}) for one in range(1, 400_000, 4))
    body = gzip.compress("\n".join(lines).encode(), 1)
    tracemalloc.start()
    ids = _read(BytesIO(body))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(ids) == 100_000
    assert peak < 1_000_000
