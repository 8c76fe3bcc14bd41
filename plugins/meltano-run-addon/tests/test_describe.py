"""What plugins are given, as JSON for a program that goes on from there."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any


def describe(project, **variables: str) -> tuple[dict[str, Any], str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith("MELTANO")}
    done = subprocess.run(
        [sys.executable, "-m", "meltano_run_addon.describe"],
        cwd=project.folder,
        env={**kept, **variables},
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout), done.stderr


def test_plugins_are_described_with_what_sets_them(project) -> None:
    project.amend(
        "config: {stream: a}\n    settings: [{name: stream}]\n",
        "config: {stream: a, token: '${SERVICE_TOKEN}'}\n"
        "    settings: [{name: stream}, {name: token, sensitive: true}]\n"
        "    settings_group_validation: [[token]]\n    select: [a.*]\n",
    )
    project.amend(
        "- name: bare\n",
        "- name: bare\n  annotations: {preflight: {advice: Plug it in, state: shared}}\n",
    )
    described, _ = describe(project, MELTANO_ENVIRONMENT="bare", SERVICE_TOKEN="a-secret")
    assert (described["environment"], described["advice"]) == ("bare", "Plug it in")
    assert described["state"]["must_be_shared"]
    assert described["state"]["database"].startswith("sqlite:///")
    plugins = {plugin["name"]: plugin for plugin in described["plugins"]}
    assert set(plugins) == {"tap-a", "target-lines", "mapper", "say"}, "tap-b is another tap-a"
    tap = plugins["tap-a"]
    assert tap["namespace"] == "tap_a"
    assert tap["config"] == {"stream": "a", "token": "a-secret"}
    assert tap["extras"]["select"] == ["a.*"]
    assert tap["variables"] == {"stream": "TAP_A_STREAM", "token": "SERVICE_TOKEN"}
    assert (tap["is_needed"], tap["is_set"], tap["problems"]) == (True, True, [])
    assert not plugins["say"]["is_needed"]


def test_a_plugin_that_lacks_something_says_what(project) -> None:
    project.amend(
        "settings: [{name: stream}]\n",
        "settings: [{name: stream}, {name: token}]\n    settings_group_validation: [[token]]\n",
    )
    described, _ = describe(project)
    assert described["environment"] == "local"
    assert not described["state"]["must_be_shared"]
    tap = described["plugins"][0]
    assert tap["problems"] == ["tap-a: set TAP_A_TOKEN (token)"]
    assert (tap["is_set"], tap["config"]) == (False, {})
