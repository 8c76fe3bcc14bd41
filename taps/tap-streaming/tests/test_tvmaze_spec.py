"""The schemas of TVmaze's streams against the description of its API that others have written.

It is not part of the repository; a folder ``specs`` beside the recordings holds it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tap_fakes import make_tap

if TYPE_CHECKING:
    from pathlib import Path

DESCRIBED = {
    "tvmaze_shows": "Show",
    "tvmaze_episodes": "Episode",
    "tvmaze_seasons": "Season",
    "tvmaze_schedule": "Episode",
}


@pytest.fixture(scope="module")
def spec(recordings: Path) -> dict[str, Any]:
    yaml = pytest.importorskip("yaml")
    files = sorted((recordings.parent / "specs" / "tvmaze").glob("*.yml"))
    if not files:
        pytest.skip("NO SPEC of TVmaze beside the recordings: nothing was compared with it")
    document: dict[str, Any] = yaml.safe_load(files[0].read_text(encoding="utf-8"))
    return document


@pytest.mark.parametrize("name", DESCRIBED)
def test_every_described_field_is_known(spec: dict[str, Any], name: str) -> None:
    stream: Any = make_tap([]).streams[name]
    properties = stream.schema["properties"]
    for field, described in spec["components"]["schemas"][DESCRIBED[name]]["properties"].items():
        assert field in properties or field in stream.ignored_fields, field
        if field in properties and "type" in described:
            assert described["type"] in properties[field]["type"], field


@pytest.mark.parametrize("name", DESCRIBED)
def test_every_endpoint_is_described(spec: dict[str, Any], name: str) -> None:
    stream: Any = make_tap([]).streams[name]
    described = {path.replace("{id}", "5") for path in spec["paths"]}
    for endpoint in (*stream.endpoints, *stream.similar):
        matched = [path for path in described if endpoint.match(path) is not None]
        assert matched, endpoint.template


@pytest.mark.usefixtures("tvmaze")
def test_described_examples_give_records(spec: dict[str, Any]) -> None:
    made = {}
    for path, operations in spec["paths"].items():
        content = operations["get"]["responses"]["200"].get("content", {})
        examples = content.get("application/json", {}).get("examples", {})
        for name in DESCRIBED:
            stream: Any = make_tap([]).streams[name]
            for endpoint in (*stream.endpoints, *stream.similar):
                values = endpoint.match(path.replace("{id}", "5"))
                if values is None or "default" not in examples or endpoint.dig:
                    continue
                body = examples["default"]["value"]
                rows = [
                    stream.fitter().fit(row) for row in stream.parse(body, endpoint.call(**values))
                ]
                assert rows
                assert None not in rows
                made[name] = len(rows)
    assert made.keys() == DESCRIBED.keys()
