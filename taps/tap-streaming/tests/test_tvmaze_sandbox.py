"""TVmaze's schedule, seasons and deletions against the sandbox's platform, while days pass."""

from __future__ import annotations

import json
import urllib.request
from datetime import date, timedelta
from typing import Any

import pytest
from tap_fakes import make_tap, run, table

SHOWS, EPISODES, SEASONS = "tvmaze_shows", "tvmaze_episodes", "tvmaze_seasons"
SCHEDULE = "tvmaze_schedule"


def asked(sandbox: Any, path: str) -> Any:
    with urllib.request.urlopen(f"{sandbox.url}/tvmaze{path}", timeout=30) as answer:
        return json.load(answer)


def rows(*parts: Any, stream: str) -> list[dict[str, Any]]:
    joined = table([message for part in parts for message in part.all], make_tap([]))
    return [row for key, row in joined.items() if key[0] == stream]


def test_shows_that_the_world_deletes_are_found_gone(sandbox: Any) -> None:
    config = sandbox.config()
    parts = [run(SHOWS, **config)]
    before = set(asked(sandbox, "/updates/shows"))
    for _ in range(6):
        sandbox.advance(timedelta(days=30))
        parts.append(run(SHOWS, state=parts[-1].states[-1], **config))
    living = set(asked(sandbox, "/updates/shows"))
    assert before - living
    found = rows(*parts, stream=SHOWS)
    assert {str(row["id"]) for row in found if not row["_sdc_deleted_at"]} == living
    assert {str(row["id"]) for row in found if row["_sdc_deleted_at"]} >= before - living
    assert len(json.dumps(parts[-1].states[-1])) < 1000


def test_seasons_are_those_of_every_show(sandbox: Any) -> None:
    config = sandbox.config()
    parts = [run(SEASONS, **config)]
    sandbox.advance(timedelta(days=2))
    parts.append(run(SEASONS, state=parts[-1].states[-1], **config))
    assert 0 < len(parts[1].records()) < len(parts[0].records()) / 2
    found = {row["id"]: row for row in rows(*parts, stream=SEASONS)}
    show = next(iter(asked(sandbox, "/updates/shows")))
    for season in asked(sandbox, f"/shows/{show}/seasons"):
        row = found[season["id"]]
        assert row["show_id"] == int(show)
        assert (row["number"], row["url"]) == (season["number"], season["url"])
        assert row["premiere_date"] == season["premiereDate"]
        assert row["episode_order"] == season["episodeOrder"]


@pytest.mark.parametrize("hours", [1, 26, 15 * 24])
def test_the_schedule_is_that_of_the_days_read(sandbox: Any, hours: int) -> None:
    config = sandbox.config(tvmaze_schedule_countries=["US", "GB"])
    first = run(SCHEDULE, EPISODES, **config)
    begin = sandbox.clock.date() - timedelta(days=7)
    sandbox.advance(timedelta(hours=hours))
    second = run(SCHEDULE, EPISODES, state=first.states[-1], **config)
    assert (second.records(SCHEDULE) == []) == (hours == 1)
    found = rows(first, second, stream=SCHEDULE)
    latest = max(row["read_at"] for row in found)
    last = date.fromisoformat(latest[:10]) + timedelta(days=14)
    assert {row["kind"] for row in found} == {"broadcast", "web"}
    truth = set()
    for number in range((last - begin).days + 1):
        day = (begin + timedelta(days=number)).isoformat()
        slices = [f"?country={country}&date={day}" for country in ("US", "GB")]
        for path in (*slices, f"/web?date={day}"):
            truth |= {(row["id"], day) for row in asked(sandbox, f"/schedule{path}")}
    now = {(row["episode_id"], row["airdate"]) for row in found if row["read_at"] == latest}
    assert now <= truth | {pair for pair in now if hours == 1}
    assert truth - {(row["episode_id"], row["airdate"]) for row in found} == set()
    episodes = {row["id"]: row for row in rows(first, second, stream=EPISODES)}
    for row in found:
        if row["read_at"] == latest:
            assert episodes[row["episode_id"]]["show_id"] == row["show_id"]
            assert episodes[row["episode_id"]]["airdate"] == row["airdate"]
