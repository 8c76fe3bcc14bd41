"""The streams of Streaming Availability against its official OpenAPI description.

It is not part of the repository; a folder ``specs`` beside the recordings holds it.
"""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING, Any

import pytest
from fake_streaming_availability import (
    ALL,
    CONFIG,
    FULL,
    FakeStreamingAvailability,
    option,
    sa_run,
    serve,
)
from jsonschema import Draft202012Validator
from singer_sdk.typing import DEFAULT_JSONSCHEMA_VALIDATOR
from tap_fakes import make_tap

from tap_streaming.client import PlatformStream
from tap_streaming.replay import replay
from tap_streaming.streams.streaming_availability_base import snaked

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

BODIES = {
    "/countries": ("countryMap", False),
    "/countries/us": ("country", False),
    "/shows/movie/603?country=us": ("show", False),
    "/shows/tt0133093": ("show", False),
    "/shows/78": ("show", False),
    "/shows/search/filters?country=us": ("searchResult", False),
    "/shows/search/title?country=us&title=x": ("show", True),
    "/shows/top?country=us&service=netflix&show_type=movie": ("show", True),
    "/changes?country=us&change_type=new&item_type=show": ("changesResult", False),
}
"""Path to the schema of its body, and whether that is one of a list."""


@pytest.fixture(scope="module")
def spec(recordings: Path) -> dict[str, Any]:
    yaml = pytest.importorskip("yaml")
    file = recordings.parent / "specs" / "streaming_availability" / "openapi.yaml"
    if not file.is_file():
        pytest.skip(f"NO SPEC at {file}: Streaming Availability was not compared with it")
    document: dict[str, Any] = yaml.safe_load(file.read_text(encoding="utf-8"))
    return document


def schema(spec: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Return a schema that can be validated with, by its name in the description."""
    return {"$ref": f"#/components/schemas/{name}", "components": spec["components"]}


def sample(spec: Mapping[str, Any], node: Any, *, full: bool, name: str = "") -> Any:
    """Make a value of a schema, with all properties or with those required only."""
    if "$ref" in node:
        path = node["$ref"].removeprefix("#/").split("/")
        target: Any = spec
        for part in path:
            target = target[part]
        return sample(spec, target, full=full, name=name)
    if "allOf" in node:
        parts = [sample(spec, part, full=full, name=name) for part in node["allOf"]]
        return {key: value for part in parts for key, value in part.items()}
    kind = node.get("type")
    if kind == "object":
        wanted = node.get("properties", {}) if full else node.get("required", ())
        found = {
            key: sample(spec, node["properties"][key], full=full, name=key)
            for key in wanted
            if key in node["properties"]
        }
        if "additionalProperties" in node:
            found["us"] = sample(spec, node["additionalProperties"], full=full)
        return found
    if kind == "array":
        return [sample(spec, node["items"], full=full, name=name)]
    if kind == "string":
        texts = {"tmdbId": "movie/603", "amount": "3.99"}
        return node.get("const") or node.get("enum", [texts.get(name, f"a {name}")])[0]
    return {"integer": 1_763_900_000 % (node.get("maximum", 2**40) + 1), "boolean": True}[kind]


def streams() -> list[PlatformStream]:
    found = (make_tap([], **CONFIG).streams[name] for name in ALL)
    return [stream for stream in found if isinstance(stream, PlatformStream)]


@pytest.mark.parametrize("extent", ["all properties", "required ones"])
@pytest.mark.parametrize(
    "recorded",
    ["streaming_availability /v4", "streaming-availability /v4", "streaming_availability ", "sa "],
)
def test_recordings_of_such_bodies_are_read(
    spec: dict[str, Any],
    tmp_path: Path,
    extent: str,
    recorded: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    platform, prefix = recorded.split(" ")
    lines = ["platform\tendpoint\thttp_status\tlocal_path"]
    for number, (path, (name, listed)) in enumerate(BODIES.items()):
        body = sample(spec, schema(spec, name), full=extent == "all properties")
        (tmp_path / f"{number}.json").write_text(json.dumps([body] if listed else body))
        lines.append(f"{platform}\t{prefix}{path}\t200\t{number}.json")
    (tmp_path / "MANIFEST.tsv").write_text("\n".join(lines) + "\n")
    read = list(replay(tmp_path, streams(), logging.getLogger("replay")))
    assert {reading.file for reading in read} == {f"{number}.json" for number in range(len(BODIES))}
    assert {reading.stream for reading in read} == set(ALL)
    for reading in read:
        assert (reading.outcome, reading.invalid) == ("", [])
        assert reading.records == 1
    odd = [line for line in caplog.messages if "fit" in line or "new field" in line]
    assert odd == []


@pytest.mark.parametrize(
    ("name", "stream"),
    [
        ("streamingOption", "sa_offers"),
        ("change", "sa_changes"),
        ("serviceInfo", "sa_services"),
        ("service", "sa_services"),
    ],
)
def test_each_property_is_read_or_left_out_on_purpose(
    spec: dict[str, Any], name: str, stream: str
) -> None:
    node = spec["components"]["schemas"][name]
    parts = [part for part in node.get("allOf", [node]) if "properties" in part]
    properties = snaked({key: None for part in parts for key in part["properties"]})
    (one,) = (one for one in streams() if one.name == stream)
    assert properties.keys() <= {*one.schema["properties"], *one.ignored_fields}


def answers(api: FakeStreamingAvailability) -> Iterator[tuple[str, Any]]:
    yield "countryMap", api.countries({})
    yield "show", api.show("1")
    yield "show", api.show("2")
    query = {"country": "us", "order_by": "original_title"}
    yield "searchResult", api.search(query)
    feed = {"country": "us", "item_type": "show", "order_direction": "asc"}
    window = {"from": str(api.now - 3600), "to": str(api.now)}
    for kind in ("new", "removed", "updated"):
        yield "changesResult", api.changed({**feed, **window, "change_type": kind})
    for kind in ("expiring", "upcoming"):
        unknown = {"include_unknown_dates": "true"}
        yield "changesResult", api.changed({**feed, **unknown, "change_type": kind})


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> FakeStreamingAvailability:
    fake = serve(monkeypatch)
    for number in range(1, 6):
        fake.add(str(number), "movie" if number % 2 else "series")
        fake.offer(str(number), option(), option("prime", "addon", **FULL))
    fake.offer("1")
    fake.tell("upcoming", "1", "us", option(), at=None)
    return fake


def test_the_fake_answers_as_described(
    spec: dict[str, Any], api: FakeStreamingAvailability
) -> None:
    for name, body in answers(api):
        Draft202012Validator(schema(spec, name)).validate(body)


def test_what_is_asked_is_described(spec: dict[str, Any], api: FakeStreamingAvailability) -> None:
    sa_run(*ALL)
    sa_run("sa_offers", title_ids=["movie/1"])
    seen = set()
    for request in api.billed:
        path, _, query = request.url.partition("/v4")[2].partition("?")
        known = "/shows/{id}" if path.startswith("/shows/movie/") else path
        seen.add(known)
        parameters = {
            one["name"]: one
            for ref in spec["paths"][known]["get"]["parameters"]
            for one in [spec["components"]["parameters"][ref["$ref"].rpartition("/")[2]]]
            if one["in"] == "query"
        }
        given = dict(pair.split("=") for pair in query.split("&") if pair)
        assert given.keys() <= parameters.keys()
        assert {key for key, one in parameters.items() if one.get("required")} <= given.keys()
        for key, value in given.items():
            kind = sample(spec, parameters[key]["schema"], full=True)
            if isinstance(kind, bool):
                assert value in ("true", "false")
            elif isinstance(kind, int):
                assert value.isdecimal()
    assert seen == {"/countries", "/shows/top", "/shows/search/filters", "/shows/{id}", "/changes"}


def test_rows_fit_the_schemas(api: FakeStreamingAvailability) -> None:
    api.top["us", "prime", "series"] = ["2"]
    messages = sa_run(*ALL)
    for one in streams():
        validator = DEFAULT_JSONSCHEMA_VALIDATOR(
            one.schema, format_checker=Draft202012Validator.FORMAT_CHECKER
        )
        rows = messages.records(one.name)
        assert rows
        for row in rows:
            validator.validate(row)
