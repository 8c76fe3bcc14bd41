"""Every recorded answer that a stream reads, through the stream's own parsing code.

The recordings are answers of the real platforms; they are not part of the repository. Set
STREAMING_RECORDINGS to another folder with a MANIFEST.tsv of the same columns to replay that.
"""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator
from singer_sdk.typing import DEFAULT_JSONSCHEMA_VALIDATOR
from tap_fakes import FakeApi, make_tap

from tap_streaming.answers import LIST, OBJECT
from tap_streaming.client import PlatformStream
from tap_streaming.errors import TapError
from tap_streaming.records import Fitter
from tap_streaming.streams.tmdb_base import title_id
from tap_streaming.tap import STREAM_TYPES, TapStreaming

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

DAY = date(2026, 11, 23)
ID = r"(?:\d+|latest|\{\w+\})"
Rows = "Iterator[Any]"


def single(parse: Callable[..., Any]) -> Callable[..., Rows]:
    return lambda body: iter([parse(body)])


def routes(tap: TapStreaming) -> list[tuple[str, str, Callable[..., Any]]]:
    """Return endpoint pattern, stream, and how the stream makes rows of such a body."""
    of: dict[str, Any] = dict(tap.streams)
    movies, series, shows = of["tmdb_movies"], of["tmdb_tv"], of["tvmaze_shows"]

    def offers(body: Any, kind: str) -> Rows:
        stream = of["tmdb_watch_offers"]
        rows: Rows = stream.parse(body, kind, body.get("id", 1), DAY)
        return rows

    def trending(body: Any, kind: str, window: str) -> Rows:
        window = window if window in ("day", "week") else "day"
        rows: Rows = of["tmdb_trending"].parse(body, kind, window)
        return rows

    def found(body: Any, *_: str) -> Rows:
        rows = body if isinstance(body, list) else [body]
        for row in rows:
            embedded = row.get("_embedded") or {}
            yield shows.parse_show(row.get("show") or embedded.get("show") or row)

    def aired(body: Any, *_: str) -> Rows:
        rows = body if isinstance(body, list) else [body]
        return of["tvmaze_episodes"].parse(rows, 1, 1)  # type: ignore[no-any-return]

    return [
        (r"/3/genre/(movie|tv)/list", "tmdb_genres", of["tmdb_genres"].parse),
        (rf"/3/movie/{ID}", "tmdb_movies", single(lambda body: movies.parse(body, DAY))),
        (rf"/3/tv/{ID}", "tmdb_tv", single(lambda body: series.parse(body, DAY))),
        (rf"/3/(movie|tv)/{ID}/watch/providers", "tmdb_watch_offers", offers),
        (
            r"/3/watch/providers/(movie|tv)",
            "tmdb_watch_providers",
            of["tmdb_watch_providers"].parse,
        ),
        (r"/3/trending/(movie|tv)/(.+)", "tmdb_trending", trending),
        (
            r"/shows/\d+|/shows|/search/shows|/lookup/shows|/singlesearch/shows",
            "tvmaze_shows",
            found,
        ),
        (r"/schedule|/schedule/web", "tvmaze_shows", found),
        (r"/shows/\d+/episodes\w*|/episodes/\d+", "tvmaze_episodes", aired),
        (r"/schedule|/schedule/web", "tvmaze_episodes", aired),
    ]


@dataclass
class Replayed:
    files: int = 0
    records: int = 0
    invalid: list[str] = field(default_factory=list)


def manifest(folder: Path) -> list[dict[str, str]]:
    with (folder / "MANIFEST.tsv").open(encoding="utf-8", newline="") as lines:
        rows = csv.DictReader(lines, delimiter="\t")
        return [row for row in rows if row["platform"] in ("tmdb", "tvmaze")]


@pytest.fixture
def tap(api: FakeApi) -> TapStreaming:
    api.routes = [(r"/3/authentication", lambda _: {"success": True})]
    return make_tap([])


def fitter(stream: PlatformStream) -> Fitter:
    return Fitter(stream.schema, stream.primary_keys, stream.logger, stream.ignored_fields)


def test_recorded_bodies_give_valid_records(
    recordings: Path,
    tap: TapStreaming,
    api: FakeApi,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    results: dict[str, Replayed] = defaultdict(Replayed)
    for row in manifest(recordings):
        path = row["endpoint"].partition("?")[0]
        for pattern, name, parse in routes(tap):
            match = re.fullmatch(pattern, path)
            if row["http_status"] != "200" or match is None:
                continue
            stream = tap.streams[name]
            assert isinstance(stream, PlatformStream)
            api.faults = [(200, (recordings / row["local_path"]).read_bytes(), {})]
            expect = LIST if (recordings / row["local_path"]).read_bytes()[:1] == b"[" else OBJECT
            body = stream.client.get("/recorded", expect=expect)
            result = results[name]
            result.files += 1
            one = fitter(stream)
            validator = DEFAULT_JSONSCHEMA_VALIDATOR(
                stream.schema, format_checker=Draft202012Validator.FORMAT_CHECKER
            )
            rows = list(parse(body, *match.groups()))
            for raw in rows:
                record = one.fit(raw)
                problems = ["no key"] if record is None else list(validator.iter_errors(record))
                result.records += 1
                result.invalid += [f"{row['local_path']}: {problem}" for problem in problems]
    with capsys.disabled():
        for name, result in sorted(results.items()):
            print(
                f"\n{name}: {result.files} files, {result.records} records,"
                f" {len(result.invalid)} invalid",
                end="",
            )
    assert [problem for result in results.values() for problem in result.invalid] == []
    assert [line for line in caplog.messages if "does not fit" in line] == []
    assert results.keys() == {stream.name for stream in STREAM_TYPES}


def test_recorded_lists_give_ids(recordings: Path) -> None:
    import json  # noqa: PLC0415

    rows = 0
    for row in manifest(recordings):
        path = row["endpoint"].partition("?")[0]
        if row["http_status"] == "200" and re.fullmatch(
            r"/3/(discover/(movie|tv)|(movie|tv)/changes)", path
        ):
            body = json.loads((recordings / row["local_path"]).read_bytes())
            found = [title_id(result) for result in body["results"]]
            adult = sum(result.get("adult") is True for result in body["results"])
            assert found.count(None) == adult
            rows += len(found)
    assert rows > 100


def test_recorded_errors_end_as_they_should(
    recordings: Path, tap: TapStreaming, api: FakeApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = set()
    for row in manifest(recordings):
        status = int(row["http_status"])
        if status == 200:
            continue
        seen.add(status)
        stream = tap.streams["tmdb_movies" if row["platform"] == "tmdb" else "tvmaze_shows"]
        assert isinstance(stream, PlatformStream)
        client = stream.client
        monkeypatch.setattr(client, "_sleep", lambda _: None)
        monkeypatch.setattr(client._bucket, "hold", lambda _: None)
        api.routes = [(r"(?:/3)?/recorded", lambda _: {"good": True})]
        api.faults = [(status, (recordings / row["local_path"]).read_bytes(), {})]
        if status == 404:
            assert client.find("/recorded", {}, OBJECT) is None
        elif status == 429:
            assert client.find("/recorded", {}, OBJECT) == {"good": True}
        else:
            with pytest.raises(TapError) as caught:
                client.find("/recorded", {}, OBJECT)
            assert "\n" not in str(caught.value)
        assert api.faults == []
    assert {401, 404} <= seen
