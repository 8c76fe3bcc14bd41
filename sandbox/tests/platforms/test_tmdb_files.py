"""TMDB's daily id exports: what is in them and for how long they can be had."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from sandbox.platforms.inprocess import InProcessClient, Reply
    from sandbox.world import World

KINDS = {"movie": "movie_ids", "tv": "tv_series_ids"}
KEYS = {
    "movie": ["adult", "id", "original_title", "popularity", "video"],
    "tv": ["id", "original_name", "popularity"],
}


def ask(client: InProcessClient, kind: str, day: date) -> Reply:
    return client.get(f"/tmdb-files/p/exports/{kind}_{day:%m_%d_%Y}.json.gz")


def lines(client: InProcessClient, kind: str, day: date) -> list[dict[str, Any]]:
    answer = ask(client, kind, day)
    assert answer.status_code == 200, answer.text
    return [json.loads(line) for line in gzip.decompress(answer.content).decode().splitlines()]


@pytest.mark.parametrize("media_type", ["movie", "tv"])
@pytest.mark.parametrize("back", [0, 1, 20])
def test_a_line_for_each_title_of_seven_o_clock(
    client: InProcessClient, world: World, media_type: str, back: int
) -> None:
    day = world.start.date() - timedelta(days=back)
    instant = datetime.combine(day, time(7, tzinfo=UTC))
    rows = lines(client, KINDS[media_type], day)
    expected = {
        view.tmdb_id: view.popularity
        for title in world.catalogue.titles
        if title.media_type == media_type and (view := title.at(instant))
    }
    assert {row["id"]: row["popularity"] for row in rows} == expected
    assert len(rows) == len(expected)
    assert [list(row) for row in rows[:3]] == [KEYS[media_type]] * 3


def test_two_days_differ_by_what_was_added_and_deleted(
    client: InProcessClient, world: World, later: Callable[[timedelta], None]
) -> None:
    later(timedelta(days=60))
    first, second = (world.start.date() + timedelta(days=days) for days in (0, 59))
    before, after = (
        {row["id"] for row in lines(client, "movie_ids", day)} for day in (first, second)
    )
    low, high = (datetime.combine(day, time(7, tzinfo=UTC)) for day in (first, second))
    films = [title for title in world.catalogue.titles if title.media_type == "movie"]
    gone = {t.tmdb_id for t in films if t.deleted_at and low < t.deleted_at <= high}
    new = {t.tmdb_id for t in films if low < t.added_at <= high}
    assert gone
    assert before - after == gone
    assert after - before == new - gone


def test_the_same_bytes_at_any_later_time(
    client: InProcessClient, world: World, later: Callable[[timedelta], None]
) -> None:
    day = world.start.date()
    content = ask(client, "movie_ids", day).content
    later(timedelta(days=50))
    assert ask(client, "movie_ids", day).content == content


def test_from_eight_o_clock_for_ninety_days(
    client: InProcessClient, world: World, later: Callable[[timedelta], None]
) -> None:
    today = world.start.date()
    later(timedelta(hours=-1, seconds=-1))
    assert ask(client, "movie_ids", today).status_code == 404
    assert ask(client, "movie_ids", today - timedelta(days=1)).status_code == 200
    later(timedelta(hours=-1))
    assert ask(client, "movie_ids", today).status_code == 200
    assert ask(client, "movie_ids", today + timedelta(days=1)).status_code == 404
    assert ask(client, "movie_ids", today - timedelta(days=90)).status_code == 200
    assert ask(client, "movie_ids", today - timedelta(days=91)).status_code == 404


@pytest.mark.parametrize(
    "name",
    [
        "adult_movie_ids_11_22_2026.json.gz",
        "person_ids_11_22_2026.json.gz",
        "movie_ids_13_45_2026.json.gz",
        "movie_ids_2026_11_22.json.gz",
        "movie_ids_11_22_2026.json",
    ],
)
def test_what_is_not_there_is_a_bucket_s_404(client: InProcessClient, name: str) -> None:
    answer = client.get(f"/tmdb-files/p/exports/{name}")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/xml"
    assert "NoSuchKey" in answer.text


def test_faults_meet_files_too(client: InProcessClient, world: World) -> None:
    day = world.start.date()
    whole = ask(client, "tv_series_ids", day)
    client.put("/_sandbox/faults", json=[{"kind": "duplicate_rows"}])
    assert ask(client, "tv_series_ids", day).content == whole.content
    client.put("/_sandbox/faults", json=[{"kind": "truncate"}])
    with pytest.raises(EOFError):
        gzip.decompress(ask(client, "tv_series_ids", day).content)
    client.put("/_sandbox/faults", json=[{"kind": "status", "status": 503}])
    assert "SlowDown" in ask(client, "tv_series_ids", day).text
