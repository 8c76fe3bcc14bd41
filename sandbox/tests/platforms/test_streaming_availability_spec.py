"""Streaming Availability's bodies against the official description: no foreign key or type.

The description is not part of this repository. It is looked for beside it.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from jsonschema import Draft202012Validator

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.platforms.server import PlatformServer

SPEC = (
    Path(__file__).resolve().parents[3].parent
    / "shared"
    / "specs"
    / "streaming_availability"
    / "openapi.yaml"
)
pytestmark = pytest.mark.skipif(not SPEC.is_file(), reason=f"NOT CHECKED: no description at {SPEC}")
EXTENDED = {"serviceInfo"}
"""What another schema adds keys to, so that foreign keys can only be found there."""


@cache
def description() -> Any:
    """The description, tightened: an object has no other keys than the ones described."""
    found = yaml.safe_load(SPEC.read_text(encoding="utf-8"))
    for name, schema in found["components"]["schemas"].items():
        described = "properties" in schema or "allOf" in schema
        if described and name not in EXTENDED:
            schema["unevaluatedProperties"] = False
    return found


@cache
def validator(path: str) -> Draft202012Validator:
    response = description()["paths"][path]["get"]["responses"]["200"]["$ref"]
    name = response.rpartition("/")[2]
    content = description()["components"]["responses"][name]["content"]
    schema = content["application/json"]["schema"]
    return Draft202012Validator({**schema, "components": description()["components"]})


def check(path: str, body: Any) -> None:
    problems = [
        f"{error.json_path}: {error.message[:200]}" for error in validator(path).iter_errors(body)
    ]
    assert not problems, problems[:5]


def nulls(value: Any) -> bool:
    if isinstance(value, dict):
        return any(map(nulls, value.values()))
    return any(map(nulls, value)) if isinstance(value, list) else value is None


def test_a_foreign_key_or_a_wrong_type_is_found(streaming: Any) -> None:
    genres = streaming("/genres")
    for spoilt in ({**genres[0], "color": "red"}, {**genres[0], "name": 5}, {"id": "drama"}):
        with pytest.raises(AssertionError):
            check("/genres", [spoilt])


def test_dictionaries(streaming: Any) -> None:
    check("/genres", streaming("/genres"))
    countries = streaming("/countries")
    check("/countries", countries)
    assert set(countries) == {"us", "gb", "de", "fr", "es", "br", "in", "jp", "au", "ca"}
    check("/countries/{country-code}", streaming("/countries/us"))
    assert streaming("/countries/us") == countries["us"]
    assert streaming("/countries/xx", 404) == {"message": "Not Found"}
    listed = description()["components"]["schemas"]["genreId"]["enums"]
    assert [genre["id"] for genre in streaming("/genres")] == listed


def test_countries_list_what_is_offered(streaming: Any, streaming_rows: Any) -> None:
    services = {service["id"]: service for service in streaming("/countries/us")["services"]}
    for show in streaming_rows("/shows/search/filters", "shows", country="us"):
        for option in show["streamingOptions"]["us"]:
            service = services[option["service"]["id"]]
            assert service["streamingOptionTypes"][option["type"]]
            if "addon" in option:
                assert option["addon"] in service["addons"]


def test_shows(streaming: Any, server: PlatformServer) -> None:
    snapshot = server.live.snapshot()
    for media_type, every in (("movie", 60), ("tv", 90)):
        views = [view for view in snapshot.titles[media_type] if view.imdb_id]
        for view in views[::every]:
            body = streaming(f"/shows/{view.imdb_id}")
            check("/shows/{id}", body)
            assert not nulls(body)


@pytest.mark.parametrize("granularity", ["show", "season", "episode"])
def test_searches(streaming: Any, granularity: str) -> None:
    query = {"country": "us", "catalogs": "prime,hulu", "series_granularity": granularity}
    for kind in ("movie", "series"):
        body = streaming("/shows/search/filters", show_type=kind, **query)
        check("/shows/search/filters", body)
        assert not nulls(body)
    check("/shows/search/filters", streaming("/shows/search/filters", country="jp", year_min=2500))


def test_tops(streaming: Any) -> None:
    check("/shows/top", streaming("/shows/top", country="us", service="netflix"))


@pytest.mark.parametrize("item_type", ["show", "season", "episode"])
@pytest.mark.parametrize("change_type", ["new", "removed", "updated", "expiring", "upcoming"])
def test_changes(streaming: Any, change_type: str, item_type: str) -> None:
    body = streaming(
        "/changes",
        country="us",
        change_type=change_type,
        item_type=item_type,
        catalogs="prime,netflix,hulu",
        include_unknown_dates="true",
    )
    assert body["changes"]
    check("/changes", body)
    assert not nulls(body)


def test_errors(streaming: Any) -> None:
    schema = {"$ref": "#/components/schemas/error", "components": description()["components"]}
    for path, status in (("/changes", 400), ("/shows/x", 404), ("/x", 404)):
        Draft202012Validator(schema).validate(streaming(path, status))


def test_parameters_are_known(request: pytest.FixtureRequest) -> None:
    """What the description requires is refused when it is missing, and nothing else is."""
    streaming: Callable[..., Any] = request.getfixturevalue("streaming")
    values = {
        "country": "us", "service": "netflix", "change_type": "new", "item_type": "show"
    }  # fmt: skip
    parameters = description()["components"]["parameters"]
    for path in ("/shows/search/filters", "/shows/top", "/changes"):
        named = [
            parameters[entry["$ref"].rpartition("/")[2]]
            for entry in description()["paths"][path]["get"]["parameters"]
        ]
        required = {entry["name"] for entry in named if entry.get("required")}
        query = {name: values[name] for name in required}
        streaming(path, 200, **query)
        for name in required:
            rest = {key: value for key, value in query.items() if key != name}
            assert name in streaming(path, 400, **rest)["message"]
