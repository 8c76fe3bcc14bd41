"""The catalog, the settings and the README agree with the code."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest
from singer_sdk.typing import DEFAULT_JSONSCHEMA_VALIDATOR
from tap_fakes import make_tap

from tap_streaming.tap import STREAM_TYPES, TapStreaming

HERE = Path(__file__).parent
PACKAGE = HERE.parent / "tap_streaming"
README = (HERE.parent / "README.md").read_text()
GOLDEN = HERE / "golden" / "catalog.json"
SDK_SETTINGS = ("stream_map", "faker_", "flattening_", "batch_")
OWN_SETTINGS = [
    name
    for name in TapStreaming.config_jsonschema["properties"]
    if not name.startswith(SDK_SETTINGS)
]


def section(title: str) -> list[list[str]]:
    """Return the cells of the table in a section of the README."""
    (text,) = re.findall(rf"^## {title}\n(.*?)(?=^## |\Z)", README, re.MULTILINE | re.DOTALL)
    lines = [line for line in text.splitlines() if line.startswith("|")][2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_the_catalog_is_the_golden_one() -> None:
    catalog = json.loads(TapStreaming(config={}, setup_mapper=False).catalog_json_text)
    if os.environ.get("UPDATE_GOLDEN"):
        GOLDEN.parent.mkdir(exist_ok=True)
        GOLDEN.write_text(json.dumps(catalog, indent=1) + "\n")
    assert catalog == json.loads(GOLDEN.read_text()), "run with UPDATE_GOLDEN=1 if this is meant"


def test_each_stream_has_a_schema_and_each_schema_a_stream() -> None:
    files = {path.stem for path in (PACKAGE / "schemas").glob("*.json")}
    assert files == {stream.name for stream in STREAM_TYPES}
    for stream in make_tap([]).streams.values():
        DEFAULT_JSONSCHEMA_VALIDATOR.check_schema(stream.schema)
        properties = stream.schema["properties"]
        assert all(re.fullmatch(r"[a-z_][a-z0-9_]*", name) for name in properties)
        for key in [*stream.primary_keys, *filter(None, [stream.replication_key])]:
            assert "null" not in properties[key]["type"]
        stamped = {"media_type", "show_id", "snapshot_at"}
        for name in properties.keys() - {*stream.primary_keys, stream.replication_key, *stamped}:
            assert "null" in properties[name]["type"]


def test_the_readme_has_every_stream() -> None:
    rows = {row[0].strip("`"): row for row in section("Streams")}
    assert list(rows) == sorted(stream.name for stream in STREAM_TYPES)
    for name, stream in make_tap([]).streams.items():
        assert rows[name][1] == ", ".join(f"`{key}`" for key in stream.primary_keys)
        key = stream.replication_key
        assert rows[name][2] == (f"`{key}`" if key else "full table")


def test_the_readme_has_every_setting() -> None:
    rows = {row[0].strip("`"): row for row in section("Settings")}
    properties: dict[str, Any] = TapStreaming.config_jsonschema["properties"]
    assert list(rows) == OWN_SETTINGS
    for name in OWN_SETTINGS:
        default = properties[name].get("default")
        shown = "" if default is None else f"`{json.dumps(default).strip(chr(34))}`"
        assert rows[name][1] == re.sub(r"/\d+\.\d+\.\d+`", "/…`", shown)
        assert rows[name][2] == properties[name]["description"]


@pytest.mark.parametrize("name", OWN_SETTINGS)
def test_each_setting_is_titled_and_described(name: str) -> None:
    schema = TapStreaming.config_jsonschema["properties"][name]
    assert schema["title"]
    assert schema["description"].endswith(".")
    secret = name.endswith(("_access_token", "_api_key"))
    assert schema.get("secret", False) == secret
    assert not (secret and "default" in schema)


def test_the_tap_knows_nothing_of_the_sandbox() -> None:
    for path in PACKAGE.rglob("*.py"):
        assert "sandbox" not in path.read_text()
        assert path.read_text().count("\n") < 400
