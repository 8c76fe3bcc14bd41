"""The figure of layers in README.md is the one in dbt's manifest; exposures are real."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
README = ROOT / "README.md"
BEGIN, END = "<!-- lineage -->\n", "<!-- end of lineage -->\n"
ORDER = ("staging", "seeds", "snapshots", "intermediate", "marts", "metrics", "exposures")
Json = dict[str, Any]


def place(node: Json) -> str:
    """Return the layer of a node and its folder there, as in marts/core."""
    kind = node["resource_type"]
    if kind == "source":
        return f"raw {node['source_name']}"
    if kind == "model":
        return f"{node['fqn'][1]}/{node['fqn'][2]}"
    return {"seed": "seeds", "snapshot": "snapshots", "exposure": "exposures"}.get(kind, "metrics")


def figure(manifest: Json) -> str:
    """Return a line for each folder of models: what its models read."""
    nodes = {
        key: node
        for kind in ("sources", "nodes", "semantic_models", "exposures")
        for key, node in manifest[kind].items()
        if node["resource_type"] not in ("test", "operation")
    }
    read: dict[str, set[str]] = {}
    for node in nodes.values():
        parents = node.get("depends_on", {}).get("nodes", [])
        read.setdefault(place(node), set()).update(
            place(nodes[parent]) for parent in parents if place(nodes[parent]) != place(node)
        )
    lines = [
        f"{name:<30} ◄─ {', '.join(sorted(read[name], key=rank))}".removesuffix(" ◄─ ")
        for name in sorted(read, key=rank)
        if not name.startswith("raw")
    ]
    return "```\n" + "".join(f"{line.rstrip()}\n" for line in lines) + "```\n"


def rank(name: str) -> tuple[int, str]:
    layer = name.partition("/")[0]
    return (ORDER.index(layer) if layer in ORDER else -1, name)


def test_the_figure_in_the_readme_is_the_lineage(manifest: Json) -> None:
    text = README.read_text()
    head, begin, rest = text.partition(BEGIN)
    _, end, tail = rest.partition(END)
    drawn = head + begin + figure(manifest) + end + tail
    if os.environ.get("UPDATE_LINEAGE"):
        README.write_text(drawn)
    assert begin
    assert end
    assert drawn == README.read_text(), "run with UPDATE_LINEAGE=1 if this is meant"


def test_exposures_read_marts_and_have_owners(manifest: Json) -> None:
    owners = {(group["owner"]["name"], group["owner"]["email"]) for group in groups(manifest)}
    for exposure in manifest["exposures"].values():
        assert exposure["description"], exposure["name"]
        assert (exposure["owner"]["name"], exposure["owner"]["email"]) in owners
        assert not exposure["url"]
        for parent in exposure["depends_on"]["nodes"]:
            assert manifest["nodes"][parent]["access"] == "public", (exposure["name"], parent)


def test_every_mart_is_read_by_somebody(manifest: Json) -> None:
    read = {
        parent
        for exposure in manifest["exposures"].values()
        for parent in exposure["depends_on"]["nodes"]
    }
    marts = {
        key
        for key, node in manifest["nodes"].items()
        if node["resource_type"] == "model" and node["access"] == "public"
    }
    assert sorted(marts - read) == [], "name them in models/exposures"


def groups(manifest: Json) -> list[Json]:
    return list(manifest["groups"].values())
