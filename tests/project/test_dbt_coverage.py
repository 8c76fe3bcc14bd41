"""Every key, every status and every source is tested for what it may be; read from the manifest."""

from __future__ import annotations

import re
from typing import Any

import pytest

KEYS = {
    "title_key": "dim_titles",
    "episode_key": "dim_episodes",
    "genre_key": "dim_genres",
    "service_key": "dim_services",
    "user_id": "dim_users",
    "profile_id": "dim_profiles",
}
# Columns with few values, by the last word of their name.
LISTED = re.compile(
    r"(?:^|_)(?:status|type|tier|reason|method|kind|movement|verdict|device|entity|source)$"
)
# What a source or a user may word as they like.
OPEN = {
    "churn_reason",
    "end_reason",
    "episode_type",
    "match_method",
    "release_status",
    "signup_source",
}
# Counts rows of a mart that is tested.
COUNTED = {"quarantine_counts"}

Model = dict[str, Any]


@pytest.fixture(scope="module")
def marts(manifest: dict[str, Any]) -> list[Model]:
    return [
        node
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model" and node["fqn"][1] == "marts"
    ]


@pytest.fixture(scope="module")
def tested(manifest: dict[str, Any]) -> set[tuple[str, str, str, str]]:
    """Return model, column, test, and the model it leads to, of every test of a column."""
    return {
        (
            node["attached_node"],
            node["test_metadata"]["kwargs"].get("column_name", ""),
            node["test_metadata"]["name"],
            node["test_metadata"]["kwargs"].get("to", ""),
        )
        for node in manifest["nodes"].values()
        if node["resource_type"] == "test" and node.get("attached_node")
    }


def test_every_key_leads_to_its_dimension(
    marts: list[Model], tested: set[tuple[str, str, str, str]]
) -> None:
    untied = [
        f"{mart['name']}.{column}"
        for mart in marts
        for column in KEYS.keys() & mart["columns"].keys()
        if mart["name"] != KEYS[column]
        and (mart["unique_id"], column, "relationships", f"ref('{KEYS[column]}')") not in tested
    ]
    assert not untied


def test_every_column_of_few_values_lists_them(
    marts: list[Model], tested: set[tuple[str, str, str, str]]
) -> None:
    unlisted = [
        f"{mart['name']}.{name}"
        for mart in marts
        for name, column in mart["columns"].items()
        if mart["name"] not in COUNTED
        and LISTED.search(name)
        and name not in OPEN
        and column["data_type"] != "boolean"
        and (mart["unique_id"], name, "accepted_values", "") not in tested
    ]
    assert not unlisted
