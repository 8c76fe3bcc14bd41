"""The schemas of TMDB's streams against the official OpenAPI description, where it can be had.

It is not part of the repository. Set STREAMING_SPECS to another folder that holds
``tmdb/tmdb-openapi.json``.
"""

from __future__ import annotations

import json
import logging
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tap_fakes import make_tap

from tap_streaming.calls import Call
from tap_streaming.streams.tmdb_people import JOBS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_streaming.client import PlatformStream

ROOT = Path(__file__).parents[3]
FILM, SERIES = "/3/movie/{movie_id}", "/3/tv/{series_id}"
SEASON = f"{SERIES}/season/{{season_number}}"
CHARTS = [
    *(f"/3/movie/{chart}" for chart in ("popular", "top_rated", "now_playing", "upcoming")),
    *(f"/3/tv/{chart}" for chart in ("popular", "top_rated", "on_the_air", "airing_today")),
]
ROWS: dict[str, list[tuple[str, str]]] = {
    "tmdb_charts": [(path, "results") for path in CHARTS],
    "tmdb_episodes": [
        (SEASON, "episodes"),
        (f"{SEASON}/episode/{{episode_number}}", ""),
        ("/3/tv/episode_group/{tv_episode_group_id}", "groups.episodes"),
    ],
    "tmdb_genres": [("/3/genre/movie/list", "genres"), ("/3/genre/tv/list", "genres")],
    "tmdb_movies": [(FILM, "")],
    "tmdb_seasons": [(SERIES, "seasons"), (SEASON, "")],
    "tmdb_trending": [
        ("/3/trending/movie/{time_window}", "results"),
        ("/3/trending/tv/{time_window}", "results"),
    ],
    "tmdb_tv": [(SERIES, "")],
    "tmdb_watch_offers": [
        (f"{FILM}/watch/providers", f"results.US.{kind}") for kind in ("flatrate", "rent", "buy")
    ],
    "tmdb_watch_providers": [
        ("/3/watch/providers/movie", "results"),
        ("/3/watch/providers/tv", "results"),
    ],
}
"""Where the description has a stream's rows: path, and fields that lead to the row."""
MORE: dict[str, dict[str, tuple[str, str]]] = {
    "tmdb_movies": {
        "external_ids": (f"{FILM}/external_ids", ""),
        "imdb_id": (f"{FILM}/external_ids", "imdb_id"),
        "wikidata_id": (f"{FILM}/external_ids", "wikidata_id"),
    },
    "tmdb_tv": {
        "external_ids": (f"{SERIES}/external_ids", ""),
        **{
            name: (f"{SERIES}/external_ids", name)
            for name in ("imdb_id", "tvdb_id", "tvrage_id", "wikidata_id")
        },
    },
    "tmdb_watch_offers": {"link": (f"{FILM}/watch/providers", "results.US.link")},
    "tmdb_charts": {"release_date": (CHARTS[4], "results.first_air_date")},
    "tmdb_seasons": {"show_id": (SEASON, "episodes.show_id"), "id": (SEASON, "id")},
    "tmdb_episodes": {"season_id": (SEASON, "id")},
}
"""Fields that another answer, or another part of it, brings."""
OWN = {
    "_sdc_deleted_at", "cast_members", "change_date", "chart", "country", "crew_members",
    "media_type", "monetization", "rank", "region", "snapshot_at", "snapshot_date",
    "time_window", "title_id",
}  # fmt: skip
"""What the tap adds; cast and crew are held against the credits below."""
RECORDED_ONLY = {
    ("tmdb_movies", "origin_country"),
    ("tmdb_movies", "softcore"),
    ("tmdb_tv", "softcore"),
}
"""Recorded answers have them, the description has not."""
RENAMED = {"mongo_id"}
"""The description's name of what its own examples call ``_id``."""
NOW = datetime(2026, 11, 23, 15, tzinfo=UTC)
FITS = {"integer": {"integer", "number"}, "number": {"number"}}


@pytest.fixture(scope="module")
def spec() -> Any:
    folder = Path(os.environ.get("STREAMING_SPECS", ROOT.parent / "shared" / "specs"))
    file = folder / "tmdb" / "tmdb-openapi.json"
    if not file.is_file():
        pytest.skip(f"NO DESCRIPTION at {file}: TMDB's schemas were not held against it")
    return json.loads(file.read_bytes())


def content(spec: Any, path: str) -> Any:
    return spec["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]


def example(spec: Any, path: str) -> Any:
    """Return the documented body; most are written as text."""
    (found,) = content(spec, path)["examples"].values()
    return json.loads(found["value"]) if isinstance(found["value"], str) else found["value"]


def documented(spec: Any, path: str, fields: str) -> Any:
    """Return the description of what fields lead to, through lists."""
    schema = content(spec, path)["schema"]
    for name in [*filter(None, fields.split("."))]:
        schema = schema["properties"][name]
        while schema.get("type") == "array":
            schema = schema.get("items", {})
    return schema


def conflicts(ours: Any, theirs: Any, path: str) -> Iterator[str]:
    """Yield where a documented value would not fit our schema."""
    kind = theirs.get("type")
    if kind is None or "type" not in ours:
        return
    if not FITS.get(kind, {kind}) & set(ours["type"]):
        yield f"{path}: {kind} is not {ours['type']}"
    if kind == "array":
        yield from conflicts(ours.get("items", {}), theirs.get("items", {}), f"{path}[]")
    for name, value in theirs.get("properties", {}).items():
        if name in ours.get("properties", {}):
            yield from conflicts(ours["properties"][name], value, f"{path}.{name}")


def stream_of(name: str) -> PlatformStream:
    stream: Any = make_tap([]).streams[name]
    return stream


def test_every_stream_is_held_against_the_description() -> None:
    mine = {name for name in make_tap([]).streams if name.startswith("tmdb_")}
    assert mine == ROWS.keys()


@pytest.mark.parametrize("name", ROWS)
def test_each_field_is_documented_with_such_a_type(spec: Any, name: str) -> None:
    stream = stream_of(name)
    rows = [documented(spec, *place) for place in ROWS[name]]
    for field, ours in stream.schema["properties"].items():
        if field in OWN or (name, field) in RECORDED_ONLY:
            continue
        found = [row["properties"][field] for row in rows if field in row["properties"]]
        if field in MORE.get(name, {}):
            found.append(documented(spec, *MORE[name][field]))
        assert found, f"{name}.{field} is in no description"
        for theirs in found:
            assert list(conflicts(ours, theirs, f"{name}.{field}")) == []


@pytest.mark.parametrize("name", ROWS)
def test_each_documented_field_is_read_or_left_out_on_purpose(spec: Any, name: str) -> None:
    stream = stream_of(name)
    known = stream.schema["properties"].keys() | stream.ignored_fields
    for place in ROWS[name]:
        assert documented(spec, *place)["properties"].keys() - known <= RENAMED, place


@pytest.mark.parametrize("name", ROWS)
def test_each_documented_example_is_read(
    spec: Any, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    stream = stream_of(name)
    stream.logger.setLevel(logging.INFO)
    read = 0
    for path in spec["paths"]:
        for endpoint in (*stream.endpoints, *stream.similar):
            values = endpoint.match(path.removeprefix("/3"))
            if values is None:
                continue
            body = example(spec, path)
            stream.client._now = NOW
            if not endpoint.expect.fits(body):  # one example is an empty object
                continue
            fitter = stream.fitter()
            for row in stream.parse(
                endpoint.dig(body) if endpoint.dig else body, Call(endpoint, {}, values)
            ):
                assert fitter.fit(row) is not None, path
                read += 1
    assert read > 0
    assert [line for line in caplog.messages if "fit its type" in line] == []


def test_the_jobs_kept_are_documented(spec: Any) -> None:
    departments = example(spec, "/3/configuration/jobs")
    jobs = {job for department in departments for job in department["jobs"]}
    assert jobs.issuperset(JOBS)


@pytest.mark.parametrize("path", [f"{FILM}/credits", f"{SERIES}/aggregate_credits"])
def test_credits_have_the_fields_that_are_taken(spec: Any, path: str) -> None:
    cast, crew = documented(spec, path, "cast"), documented(spec, path, "crew")
    ours = stream_of("tmdb_movies" if path.startswith(FILM) else "tmdb_tv").schema["properties"]
    sources: dict[str, dict[str, Any]] = {
        "cast_members": {**cast["properties"], **_inner(cast, "roles")},
        "crew_members": {**crew["properties"], **_inner(crew, "jobs")},
    }
    for name, found in sources.items():
        found["person_id"] = found["id"]
        for field, schema in ours[name]["items"]["properties"].items():
            assert list(conflicts(schema, found[field], f"{name}.{field}")) == []


def _inner(row: Any, name: str) -> Any:
    inner = row["properties"].get(name, {}).get("items", {}).get("properties", {})
    return {field: inner[field] for field in inner if field != "credit_id"}
