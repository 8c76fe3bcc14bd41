"""Recorded bodies and the official description, and how our bodies are held against them.

The recordings and descriptions are not part of this repository. They are looked for beside it.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

SHARED = Path(__file__).resolve().parents[3].parent / "shared"
RECORDINGS = SHARED / "recordings"
TMDB_SPEC = SHARED / "specs" / "tmdb" / "tmdb-openapi.json"

Shape = dict[str, set[str]]

needs_recordings = pytest.mark.skipif(
    not RECORDINGS.is_dir(), reason=f"NOT CHECKED: no recordings at {RECORDINGS}"
)
needs_spec = pytest.mark.skipif(
    not TMDB_SPEC.is_file(), reason=f"NOT CHECKED: no description at {TMDB_SPEC}"
)
BY_COUNTRY = re.compile(r"^[A-Z]{2}$")


def shape_of(bodies: Iterable[Any]) -> Shape:
    found: Shape = defaultdict(set)
    for body in bodies:
        _walk(body, "", found)
    return found


def _walk(value: Any, path: str, found: Shape) -> None:
    found[path].add(_type(value))
    if isinstance(value, dict):
        for key, inner in value.items():
            _walk(inner, f"{path}.{'*' if BY_COUNTRY.match(key) else key}".lstrip("."), found)
    elif isinstance(value, list):
        for inner in value:
            _walk(inner, f"{path}[]", found)


def _type(value: Any) -> str:
    if value is None:
        return "null"
    names = {bool: "bool", int: "number", float: "number", str: "str", list: "list"}
    return names.get(type(value), "object")


@cache
def recorded(platform: str) -> dict[str, Any]:
    found = {}
    for path in sorted((RECORDINGS / platform).rglob("*.json")):
        if not path.name.endswith(".meta.json"):
            text = path.read_text(encoding="utf-8")
            found[f"{path.parent.name}/{path.name}"] = json.loads(text) if text.strip() else None
    return found


def bodies(platform: str, pattern: str) -> list[Any]:
    wanted = re.compile(pattern)
    found = [body for name, body in recorded(platform).items() if wanted.search(name)]
    assert found, pattern
    return found


@cache
def spec_keys(path: str) -> set[str]:
    """All property paths of the official response schema of a path."""
    spec = json.loads(TMDB_SPEC.read_text(encoding="utf-8"))
    content = spec["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]
    found: set[str] = set()

    def walk(schema: dict[str, Any], at: str) -> None:
        found.add(at)
        for key, inner in schema.get("properties", {}).items():
            walk(inner, f"{at}.{'*' if BY_COUNTRY.match(key) else key}".lstrip("."))
        if "items" in schema:
            walk(schema["items"], f"{at}[]")

    walk(content["schema"], "")
    return found


@cache
def types_of_keys(platform: str) -> Shape:
    """Types each key has anywhere in a platform's recordings."""
    found: Shape = defaultdict(set)
    for path, types in shape_of(recorded(platform).values()).items():
        found[path.rpartition(".")[2]] |= types
    return found


def compare(
    name: str, mine: Shape, theirs: Shape, described: set[str], noted: Mapping[str, set[str]]
) -> None:
    """Each path of ours was recorded or is described; each type was recorded for that key.

    Args:
        name: What is compared; its first word is the platform.
        mine: Paths and types of our bodies.
        theirs: Those of recorded bodies.
        described: Paths in the official description.
        noted: Paths with types that are known from elsewhere.
    """
    everywhere = types_of_keys(name.partition(" ")[0])
    problems = []
    for path, types in mine.items():
        known = theirs.get(path, set()) | everywhere.get(path.rpartition(".")[2], set())
        foreign = types - known - noted.get(path, set())
        if path not in theirs and path not in noted and path not in described:
            problems.append(f"nobody has {path}")
        elif foreign:
            problems.append(f"{path} is {foreign}, recorded {known}")
    assert not problems, f"{name}: {problems}"
