"""What the raw tables of TMDB must hold, by what TMDB says of each title."""

from __future__ import annotations

from typing import TYPE_CHECKING

from comparison import latest, loaded, or_null

if TYPE_CHECKING:
    from comparison import Platforms
    from workspace import Workspace

COUNTRIES = ("US", "GB", "DE")
CHARTS = {
    "movie": ("popular", "top_rated", "now_playing", "upcoming"),
    "tv": ("popular", "top_rated", "on_the_air", "airing_today"),
}


def assert_tmdb_titles(workspace: Workspace, platforms: Platforms, media_type: str) -> None:
    table = {"movie": "tmdb_movies", "tv": "tmdb_tv"}[media_type]
    found = loaded(workspace, f"streaming_platforms.{table}", ("id",))
    shown = {(float(body["id"]),): body for body in platforms.tmdb_titles(media_type)}
    assert shown
    assert not shown.keys() - found.keys(), f"{table} lacks titles"
    compared = 0
    for key, body in shown.items():
        for name in (body.keys() & found[key].keys()) - {"external_ids"}:
            expected = or_null(body[name])
            if name == "runtime" and expected == 0:
                expected = None
            assert found[key][name] == expected, f"{table} {key} {name}"
            compared += 1
    assert compared > 15 * len(shown), "hardly anything was compared"


def assert_tmdb_offers(workspace: Workspace, platforms: Platforms) -> None:
    key = ("media_type", "title_id", "country", "monetization", "provider_id")
    today = platforms.clock.date().isoformat()
    current: dict[tuple[str, float], set[tuple[str, str, float]]] = {}
    for identity, row in loaded(workspace, "streaming_platforms.tmdb_watch_offers", key).items():
        if row["snapshot_date"] == today:
            current.setdefault(identity[:2], set()).add(identity[2:])
    assert len(current) > 300
    for media_type, title_id in list(current)[::7]:
        every = platforms.tmdb_offers(media_type, int(title_id))
        expected = {offer for offer in every if offer[0] in COUNTRIES}
        assert current[media_type, title_id] == expected, f"{media_type} {title_id}"


def assert_tmdb_series(workspace: Workspace, platforms: Platforms) -> None:
    """Compare the seasons of every series, and the episodes of every seventh."""
    seasons = latest(
        loaded(workspace, "streaming_platforms.tmdb_seasons", ("show_id", "season_number")),
        "snapshot_at", "show_id",
    )  # fmt: skip
    episodes = latest(
        loaded(workspace, "streaming_platforms.tmdb_episodes", ("id",)), "snapshot_at", "show_id"
    )
    for number, show in enumerate(platforms.tmdb_titles("tv")):
        of_show = {key: row for key, row in seasons.items() if row["show_id"] == show["id"]}
        expected = {(show["id"], season["season_number"]): season for season in show["seasons"]}
        assert of_show.keys() == expected.keys(), f"seasons of {show['id']}"
        for key, season in expected.items():
            for name in ("id", "name", "episode_count", "air_date", "overview"):
                assert of_show[key][name] == or_null(season[name]), f"season {key} {name}"
        if number % 7 == 0:
            bodies = {
                float(episode["id"]): episode
                for _, season in expected
                for episode in platforms.get(f"/tmdb/3/tv/{show['id']}/season/{season}")["episodes"]
            }
            found = {key[0]: row for key, row in episodes.items() if row["show_id"] == show["id"]}
            assert found.keys() == bodies.keys(), f"episodes of {show['id']}"
            for key, episode in bodies.items():
                for name in ("name", "season_number", "episode_number", "air_date", "runtime"):
                    assert found[key][name] == or_null(episode[name]), f"episode {key} {name}"
    assert len(seasons) > 100
    assert len(episodes) > 500


def assert_tmdb_charts(workspace: Workspace, platforms: Platforms) -> None:
    """Compare the titles of each of today's charts, in order."""
    key = ("chart", "media_type", "rank", "snapshot_date")
    today = platforms.clock.date().isoformat()
    rows = loaded(workspace, "streaming_platforms.tmdb_charts", key)
    found = {identity[:3]: row["id"] for identity, row in rows.items() if identity[3] == today}
    expected = {}
    for media_type, charts in CHARTS.items():
        for chart in charts:
            for page in range(1, 6):
                body = platforms.get(f"/tmdb/3/{media_type}/{chart}", page=page)
                for rank, title in enumerate(body["results"], 20 * (page - 1) + 1):
                    expected[chart, media_type, float(rank)] = title["id"]
    assert found == expected
    assert len(found) > 150
