"""A project with every form of task that Meltano accepts, for the tests of what is made of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml

import meltano_schedules

if TYPE_CHECKING:
    from pathlib import Path

MADE_UP: dict[str, Any] = {
    "plugins": {
        "extractors": [
            {"name": "tap-a", "namespace": "tap_a", "executable": "tap-a"},
            {"name": "tap-b", "inherit_from": "tap-a"},
        ],
        "loaders": [{"name": "target", "namespace": "target", "executable": "target"}],
        "mappers": [
            {
                "name": "mapper",
                "namespace": "mapper",
                "executable": "mapper",
                "mappings": [{"name": "hide", "config": {}}],
            },
        ],
        "utilities": [
            {
                "name": "dbt",
                "namespace": "dbt",
                "executable": "dbt",
                "commands": {"build": "build", "check": {"args": "test", "executable": "dbt"}},
            },
        ],
    },
    "jobs": [
        {
            "name": "everything",
            "tasks": [
                "tap-a hide target",
                ["tap-b target"],
                "tap-a target",
                ["dbt:build", "dbt:check"],
                "tap-a tap-b target",
                "tap-b  target",
                [["tap-b", "target"], "dbt:build"],
                "dbt",
            ],
        },
    ],
    "schedules": [
        {
            "name": "everything-weekly",
            "job": "everything",
            "interval": "30 2 * * 1",
            "env": {"GREETING": "{{ no template }}", "LEVEL": 3},
        },
        {"name": "by-hand", "job": "everything", "interval": "@once"},
    ],
}


def make_project(root: Path, declared: dict[str, Any]) -> Path:
    """Write the declarations of a project into an empty folder, and return it."""
    settings = {
        "project_id": "made-up",
        "send_anonymous_usage_stats": False,
        "include_paths": ["*/*.meltano.yml"],
    }
    (root / "meltano.yml").write_text(yaml.safe_dump(settings))
    (root / meltano_schedules.FILE).parent.mkdir(parents=True)
    (root / "orchestrate" / "all.meltano.yml").write_text(yaml.safe_dump(declared))
    return root
