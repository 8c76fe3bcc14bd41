"""Every raw table against what the database and the platforms themselves answer."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from comparison import KEYS, Platforms, differences, latest, loaded, or_null, source_tables
from optional_platforms import assert_streaming_availability, assert_watchmode
from tmdb_tables import (
    assert_tmdb_charts,
    assert_tmdb_offers,
    assert_tmdb_series,
    assert_tmdb_titles,
)

if TYPE_CHECKING:
    from comparison import Rows
    from workspace import Workspace


def assert_app_tables(workspace: Workspace, expected: dict[str, Rows]) -> None:
    for table, key in KEYS.items():
        found = loaded(workspace, f"streaming_app.{table.lower()}", key)
        assert not differences(expected[table], found), table
        for row in found.values():
            assert set(row) == set(next(iter(expected[table].values()))), table


def assert_equal_to_the_source(workspace: Workspace) -> int:
    """Compare all rows of the app's tables with Postgres; return how many there are."""
    compared = 0
    for table, expected in source_tables(workspace).items():
        found = loaded(
            workspace, f"streaming_app.{table.lower()}", KEYS[table], "_sdc_deleted_at is null"
        )
        assert not differences(expected, found), table
        compared += len(expected)
    return compared


def assert_tvmaze(workspace: Workspace, platforms: Platforms) -> None:
    shows = loaded(workspace, "streaming_platforms.tvmaze_shows", ("id",))
    episodes = loaded(workspace, "streaming_platforms.tvmaze_episodes", ("id",))
    seasons = loaded(workspace, "streaming_platforms.tvmaze_seasons", ("id",))
    current = latest(seasons, "show_updated", "show_id")
    compared = 0
    for show in platforms.tvmaze_shows():
        row = shows[(float(show["id"]),)]
        for name in ("name", "updated", "status", "premiered", "language", "genres", "runtime"):
            assert row[name] == or_null(show[name]), f"show {show['id']} {name}"
        for episode in show["episodes"]:
            row = episodes[(float(episode["id"]),)]
            assert row["show_id"] == show["id"]
            for name in ("name", "season", "number", "type", "airdate", "runtime", "summary"):
                assert row[name] == or_null(episode[name]), f"episode {episode['id']} {name}"
            compared += 1
        numbers = {
            key: row["number"] for key, row in current.items() if row["show_id"] == show["id"]
        }
        expected = {(float(season["id"]),): season["number"] for season in show["seasons"]}
        assert numbers == expected, f"seasons of show {show['id']}"
    assert compared > 500
    assert len(seasons) > 100


def assert_tvmaze_schedule(workspace: Workspace, platforms: Platforms) -> None:
    rows = loaded(
        workspace, "streaming_platforms.tvmaze_schedule", ("kind", "country", "episode_id")
    )
    today = platforms.clock.date()
    for day in (today + timedelta(days=number) for number in range(-7, 15)):
        found = {key for key, row in latest(rows, "read_at").items() if row["airdate"] == str(day)}
        broadcast = platforms.get("/tvmaze/schedule", country="US", date=str(day))
        web = platforms.get("/tvmaze/schedule/web", date=str(day))
        expected = {("broadcast", "US", float(episode["id"])) for episode in broadcast}
        for episode in web:
            country = episode["_embedded"]["show"]["webChannel"]["country"]
            expected.add(("web", country["code"] if country else "global", float(episode["id"])))
        assert found == expected, day
    assert rows


def assert_platform_tables(workspace: Workspace) -> None:
    platforms = Platforms(workspace)
    assert_tmdb_titles(workspace, platforms, "movie")
    assert_tmdb_titles(workspace, platforms, "tv")
    assert_tmdb_series(workspace, platforms)
    assert_tmdb_charts(workspace, platforms)
    assert_tmdb_offers(workspace, platforms)
    assert_tvmaze(workspace, platforms)
    assert_tvmaze_schedule(workspace, platforms)
    assert_streaming_availability(workspace, platforms)
    assert_watchmode(workspace, platforms)
