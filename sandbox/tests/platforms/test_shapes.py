"""Our bodies against recorded ones and the official description: no foreign key or type."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from .recordings import (
    Shape,
    bodies,
    compare,
    needs_recordings,
    needs_spec,
    recorded,
    shape_of,
    spec_keys,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox.platforms.inprocess import InProcessClient
    from sandbox.platforms.server import PlatformServer

pytestmark = [needs_recordings, needs_spec]

NOTED: dict[str, dict[str, set[str]]] = {
    "tmdb change feed": {"results[].id": {"null"}},
    "tmdb external ids": {
        name: {"null"} for name in ("imdb_id", "tvdb_id", "tvrage_id", "freebase_mid")
    },
    "tmdb series": {
        f"external_ids.{name}": {"null"}
        for name in ("imdb_id", "tvdb_id", "tvrage_id", "freebase_mid", "wikidata_id")
    },
    "tmdb film": {"external_ids.imdb_id": {"null"}, "external_ids.wikidata_id": {"null"}},
    "tvmaze show": {
        "averageRuntime": {"null"},
        "dvdCountry": {"object"},
        **{f"dvdCountry.{name}": {"str"} for name in ("name", "code", "timezone")},
    },
    "tvmaze episode": {"airstamp": {"null"}},
    "tvmaze season": {"webChannel.officialSite": set()},
}
"""What is not in the recordings but known from elsewhere.

A null id in TMDB's feed: jellyfin/TMDbLib#296. Ids elsewhere are nullable by the official
description. TVmaze documents ``averageRuntime``, ``dvdCountry`` and ``airstamp`` as nullable; the
recorded seasons with a web channel are older than its ``officialSite``.
"""


def embedded_shows(value: Any) -> Iterator[Any]:
    """Find every TVmaze show at any depth."""
    if isinstance(value, list):
        for inner in value:
            yield from embedded_shows(inner)
    elif isinstance(value, dict):
        if "externals" in value and "schedule" in value:
            yield {key: inner for key, inner in value.items() if key != "_embedded"}
        for inner in value.values():
            yield from embedded_shows(inner)


def embedded_episodes(value: Any) -> Iterator[Any]:
    """Find every TVmaze episode at any depth."""
    if isinstance(value, list):
        for inner in value:
            yield from embedded_episodes(inner)
    elif isinstance(value, dict):
        if "airstamp" in value:
            yield {key: inner for key, inner in value.items() if key not in ("show", "_embedded")}
        for inner in value.values():
            yield from embedded_episodes(inner)


class Ours:
    """Samples of our own bodies: every title, so that rare types are met."""

    def __init__(self, client: InProcessClient, server: PlatformServer) -> None:
        self.client = client
        snapshot = server.live.snapshot()
        self.films = [view.tmdb_id for view in snapshot.titles["movie"]][:400]
        self.series = [view.tmdb_id for view in snapshot.titles["tv"]]
        self.shows = list(snapshot.shows)

    def tmdb(self, *paths: str) -> list[Any]:
        return [self._get(f"/tmdb/3{path}") for path in paths]

    def tvmaze(self, *paths: str) -> list[Any]:
        return [self._get(f"/tvmaze{path}") for path in paths]

    def _get(self, path: str) -> Any:
        answer = self.client.get(path, headers={"Authorization": "Bearer sandbox"})
        assert answer.status_code == 200, answer.text
        return answer.json()


def check(name: str, mine: Shape, theirs: Shape, described: set[str] | None = None) -> None:
    compare(name, mine, theirs, described or set(), NOTED.get(name, {}))


@pytest.fixture
def ours(client: InProcessClient, server: PlatformServer) -> Ours:
    return Ours(client, server)


@pytest.mark.parametrize(
    ("media_type", "lists", "recordings"),
    [
        (
            "movie",
            ("popular", "top_rated"),
            r"/3_(discover_movie|movie_(popular|top_rated|movie_id_similar))",
        ),
        (
            "tv",
            ("popular", "top_rated", "airing_today", "on_the_air"),
            r"/3_(discover_tv|tv_(popular|top_rated|airing_today|on_the_air))",
        ),
    ],
)
def test_tmdb_lists(ours: Ours, media_type: str, lists: tuple[str, ...], recordings: str) -> None:
    paths = [f"/{media_type}/{name}" for name in lists]
    paths += [f"/discover/{media_type}?page={page}" for page in range(1, 40)]
    check(
        f"tmdb list of {media_type}",
        shape_of(ours.tmdb(*paths)),
        shape_of(bodies("tmdb", recordings)),
        spec_keys(f"/3/discover/{media_type}"),
    )


def test_tmdb_lists_with_dates(ours: Ours) -> None:
    check(
        "tmdb list with dates",
        shape_of(ours.tmdb("/movie/now_playing", "/movie/upcoming")),
        shape_of(bodies("tmdb", r"/3_movie_(now_playing|upcoming)")),
    )


@pytest.mark.parametrize("media_type", ["all", "movie", "tv"])
def test_tmdb_trending(ours: Ours, media_type: str) -> None:
    check(
        "tmdb trending",
        shape_of(ours.tmdb(f"/trending/{media_type}/day", f"/trending/{media_type}/week")),
        shape_of(bodies("tmdb", rf"/3_trending_({media_type}|all)_")),
    )


def test_tmdb_films(ours: Ours) -> None:
    query = "append_to_response=external_ids,release_dates"
    check(
        "tmdb film",
        shape_of(ours.tmdb(*(f"/movie/{key}?{query}" for key in ours.films))),
        shape_of(bodies("tmdb", r"/3_movie_(\d+(_language=[\w-]+)?(_append.*)?|movie_id)\.json")),
        spec_keys("/3/movie/{movie_id}"),
    )


def test_tmdb_content_ratings(ours: Ours) -> None:
    check(
        "tmdb content ratings",
        shape_of(ours.tmdb(*(f"/tv/{key}/content_ratings" for key in ours.series[:50]))),
        shape_of(bodies("tmdb", r"/3_tv_1396_content_ratings")),
    )


def test_tmdb_series(ours: Ours) -> None:
    query = "append_to_response=external_ids"
    mine = shape_of(ours.tmdb(*(f"/tv/{key}?{query}" for key in ours.series)))
    coming = [path for path in mine if path.startswith("next_episode_to_air.")]
    assert coming
    for path in coming:  # recorded series have ended; the coming episode is like the last one
        mine[path.replace("next_", "last_")] |= mine.pop(path)
    check(
        "tmdb series",
        mine,
        shape_of(bodies("tmdb", r"/3_tv_(\d+(_append.*)?|series_id)\.json")),
        spec_keys("/3/tv/{series_id}"),
    )


def test_tmdb_seasons(ours: Ours) -> None:
    paths = [
        f"/tv/{body['id']}/season/{season['season_number']}"
        for body in ours.tmdb(*(f"/tv/{key}" for key in ours.series[:80]))
        for season in body["seasons"]
    ]
    check(
        "tmdb season",
        shape_of(ours.tmdb(*paths)),
        shape_of(
            bodies("tmdb", r"/3_tv_(\d+_season_1_append.*|series_id_season_season_number)\.json")
        ),
    )


@pytest.mark.parametrize("media_type", ["movie", "tv"])
def test_tmdb_credits(ours: Ours, media_type: str) -> None:
    keys = ours.films if media_type == "movie" else ours.series
    check(
        "tmdb credits",
        shape_of(ours.tmdb(*(f"/{media_type}/{key}/credits" for key in keys[:50]))),
        shape_of(bodies("tmdb", rf"/3_{media_type}_(\d+|{media_type}_id|series_id)_credits\.json")),
    )


def test_tmdb_aggregate_credits(ours: Ours) -> None:
    check(
        "tmdb aggregate credits",
        shape_of(ours.tmdb(*(f"/tv/{key}/aggregate_credits" for key in ours.series))),
        shape_of(bodies("tmdb", r"/3_tv_series_id_aggregate_credits\.json")),
    )


def test_tmdb_external_ids(ours: Ours) -> None:
    paths = [f"/movie/{key}/external_ids" for key in ours.films]
    paths += [f"/tv/{key}/external_ids" for key in ours.series]
    check(
        "tmdb external ids",
        shape_of(ours.tmdb(*paths)),
        shape_of(bodies("tmdb", r"/3_(movie|tv)_(\d+|movie_id|series_id)_external_ids\.json")),
    )


def test_tmdb_offers(ours: Ours) -> None:
    paths = [f"/movie/{key}/watch/providers" for key in ours.films]
    paths += [f"/tv/{key}/watch/providers" for key in ours.series]
    check(
        "tmdb offers",
        shape_of(ours.tmdb(*paths)),
        shape_of(bodies("tmdb", r"/3_(movie|tv)_[a-z0-9_]+_watch_providers\.json")),
    )


@pytest.mark.parametrize(
    ("paths", "recordings"),
    [
        (("/watch/providers/movie", "/watch/providers/tv"), r"/3_watch_providers_(movie|tv)"),
        (("/watch/providers/regions",), r"/3_watch_providers_regions"),
        (("/genre/movie/list", "/genre/tv/list?language=de"), r"/3_genre_(movie|tv)_list"),
        (("/configuration",), r"/3_configuration\.json"),
        (("/authentication",), r"/3_authentication\.json"),
        (("/find/tt0?external_source=imdb_id",), r"/3_find_"),
    ],
)
def test_tmdb_dictionaries(ours: Ours, paths: tuple[str, ...], recordings: str) -> None:
    check(f"tmdb {paths[0]}", shape_of(ours.tmdb(*paths)), shape_of(bodies("tmdb", recordings)))


def test_tmdb_change_feed(ours: Ours) -> None:
    paths = [
        f"/{media_type}/changes?start_date=2026-11-{day:02d}&end_date=2026-11-{day + 1:02d}"
        for media_type in ("movie", "tv")
        for day in range(1, 23)
    ]
    check(
        "tmdb change feed",
        shape_of(ours.tmdb(*paths)),
        shape_of(bodies("tmdb", r"/3_(movie|tv)_changes")),
    )


def test_tmdb_errors(client: InProcessClient) -> None:
    for path, recording in (
        ("/tmdb/3/movie/1", r"cauldron_live_2026/401"),
        ("/tmdb/3/movie/999999999?api_key=sandbox", r"/404__3_movie_999999999"),
        ("/tmdb/3/discover/movie?page=501&api_key=sandbox", r"/400__3_discover_movie"),
        (
            "/tmdb/3/movie/changes?start_date=2026-01-01&end_date=2026-03-01&api_key=sandbox",
            r"/422__3_movie_changes",
        ),
    ):
        assert client.get(path).json() == bodies("tmdb", recording)[0]
    client.put("/_sandbox/faults", json=[{"kind": "rate_limit"}])
    mine = client.get("/tmdb/3/movie/1").json()
    assert set(mine) == set(bodies("tmdb", r"issue_reports/429")[0])


def test_tvmaze_shows(ours: Ours) -> None:
    check(
        "tvmaze show",
        shape_of(ours.tvmaze(*(f"/shows/{key}" for key in ours.shows))),
        shape_of(embedded_shows(list(recorded("tvmaze").values()))),
    )


def test_tvmaze_episodes(ours: Ours) -> None:
    lists = ours.tvmaze(*(f"/shows/{key}/episodes?specials=1" for key in ours.shows))
    check(
        "tvmaze episode",
        shape_of(row for rows in lists for row in rows),
        shape_of(embedded_episodes(list(recorded("tvmaze").values()))),
    )


def test_tvmaze_seasons(ours: Ours) -> None:
    lists = ours.tvmaze(*(f"/shows/{key}/seasons" for key in ours.shows))
    theirs = [
        *bodies("tvmaze", r"/seasons_1\.json"),
        *(row for rows in bodies("tvmaze", r"/(shows_1_)?seasons\.json") for row in rows),
        *(
            row
            for body in bodies("tvmaze", r"embed=seasons")
            for row in body.get("_embedded", {}).get("seasons", ())
        ),
    ]
    check("tvmaze season", shape_of(row for rows in lists for row in rows), shape_of(theirs))


def test_tvmaze_errors(ours: Ours) -> None:
    mine = ours.client.get("/tvmaze/shows/99999999").json()
    assert mine == bodies("tvmaze", r"404__shows_99999999")[0]
