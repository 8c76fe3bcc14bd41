from __future__ import annotations

import textwrap

import pytest
from hypothesis import given
from hypothesis import strategies as st
from meltano.core.plugin.base import PluginType

from meltano_run_addon import is_known_version
from meltano_run_addon.fan_in import fan_in

TYPES = {
    "tap-a": PluginType.EXTRACTORS,
    "tap-b": PluginType.EXTRACTORS,
    "map": PluginType.MAPPERS,
    "target": PluginType.LOADERS,
    "target-2": PluginType.LOADERS,
    "dbt:build": PluginType.UTILITIES,
}


@pytest.mark.parametrize(
    ("given_blocks", "expected"),
    [
        ("tap-a target", "tap-a target"),
        ("tap-a tap-b target", "tap-a target tap-b target"),
        ("tap-a tap-b target dbt:build", "tap-a target tap-b target dbt:build"),
        ("tap-a map tap-b target", "tap-a map target tap-b target"),
        ("tap-a tap-b map target", "tap-a target tap-b map target"),
        ("tap-a map map tap-b map target", "tap-a map map target tap-b map target"),
        ("tap-a target tap-b target-2", "tap-a target tap-b target-2"),
        ("tap-a tap-b", "tap-a tap-b"),
        ("tap-a tap-b dbt:build", "tap-a tap-b dbt:build"),
        ("tap-a nonsense target", "tap-a nonsense target"),
        ("target tap-a", "target tap-a"),
        ("map tap-a target", "map tap-a target"),
        ("", ""),
    ],
)
def test_blocks(given_blocks: str, expected: str) -> None:
    assert fan_in(given_blocks.split(), TYPES.get) == expected.split()


@given(st.lists(st.sampled_from([*TYPES, "nonsense"])))
def test_only_loaders_are_repeated_and_the_result_is_stable(blocks: list[str]) -> None:
    result = fan_in(blocks, TYPES.get)
    assert fan_in(result, TYPES.get) == result
    for name in [*TYPES, "nonsense"]:
        if TYPES.get(name) == PluginType.LOADERS:
            assert result.count(name) >= blocks.count(name)
        else:
            assert result.count(name) == blocks.count(name)


def test_known_versions() -> None:
    assert is_known_version("4.4.1")
    assert not is_known_version("4.40.0")
    assert not is_known_version("5.4.1")


def test_two_extractors_share_a_loader_under_the_ordinary_state_ids(project) -> None:
    done = project.meltano("run", "tap-a", "tap-b", "target-lines", "say:hello")
    assert done.returncode == 0, done.stdout
    assert project.loaded() == ["a", "b"]
    states = project.meltano("state", "list").stdout
    assert "local:tap-a-to-target-lines" in states
    assert "local:tap-b-to-target-lines" in states
    again = project.meltano("run", "tap-a", "target-lines", "tap-b", "target-lines")
    assert again.returncode == 0, again.stdout
    assert project.loaded() == ["a", "b"], "the long form did not find the short form's state"


def test_a_job_and_a_mapper(project) -> None:
    assert project.meltano("run", "both").returncode == 0
    assert project.loaded() == ["a", "b"]
    done = project.meltano("run", "--full-refresh", "tap-a", "shout", "tap-b", "target-lines")
    assert done.returncode == 0, done.stdout
    assert project.loaded() == ["a", "b", "A", "b"]


@pytest.mark.parametrize(
    ("blocks", "message"),
    [
        (["tap-a"], "Loader missing in block set!"),
        (["tap-a", "tap-b"], "bad block sequence"),
        (["tap-a", "tap-b", "say:hello"], "bad block sequence"),
        (["tap-a", "nonsense", "target-lines"], "Block nonsense not found"),
        (["target-lines"], "bad block sequence"),
    ],
)
def test_meltano_keeps_its_own_errors(project, blocks: list[str], message: str) -> None:
    done = project.meltano("run", *blocks)
    assert done.returncode == 1
    assert message in " ".join(done.stdout.split())
    assert project.loaded() == []


def test_it_can_be_switched_off(project) -> None:
    blocks = ("run", "tap-a", "tap-b", "target-lines")
    done = project.meltano(*blocks, MELTANO_RUN_FAN_IN="false")
    assert done.returncode == 1
    assert "bad block sequence" in " ".join(done.stdout.split())


def test_an_unknown_meltano_is_left_alone_with_one_line(project) -> None:
    """Also where it has moved what the add-on imports."""
    site = project.folder / "site"
    site.mkdir()
    (site / "sitecustomize.py").write_text(
        textwrap.dedent("""\
            import importlib.metadata as metadata
            import sys

            for name in ("fan_in", "preflight", "streams"):
                sys.modules[f"meltano_run_addon.{name}"] = None

            version = metadata.version
            metadata.version = lambda name: "4.99.0" if name == "meltano" else version(name)
        """)
    )
    done = project.meltano("run", "tap-a", "tap-b", "target-lines", PYTHONPATH=str(site))
    assert done.returncode == 1
    warnings = [line for line in done.stdout.splitlines() if "meltano-run-addon" in line]
    assert len(warnings) == 1, done.stdout
    assert "not 4.99.0" in warnings[0]
    assert "bad block sequence" in " ".join(done.stdout.split())
    long_form = ("tap-a", "target-lines", "tap-b", "target-lines")
    assert project.meltano("run", *long_form, PYTHONPATH=str(site)).returncode == 0
