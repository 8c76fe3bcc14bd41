"""A change is tested by what it concerns, and by everything when that is in doubt."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from checks.changed import ALWAYS, ITSELF, MAKE, MODIFIED, NAMED, PIPELINE, RULES, concerned

ROOT = Path(__file__).resolve().parents[2]
TESTS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["pytest"]["ini_options"][
    "testpaths"
]


@pytest.mark.parametrize(
    ("file", "tests"),
    [
        ("README.md", set()),
        ("docs/operations.md", set()),
        ("taps/tap-streaming/README.md", set()),
        ("taps/tap-streaming/tap_streaming/tap.py", {"taps/tap-streaming/tests", PIPELINE}),
        ("taps/tap-streaming/tests/test_budget.py", {"taps/tap-streaming/tests/test_budget.py"}),
        ("taps/tap-streaming/tests/wire.py", {"taps/tap-streaming/tests"}),
        ("taps/tap-streaming/tests/test_gone.py", set()),
        ("extract/extractors.meltano.yml", {PIPELINE}),
        ("tests/pipeline/test_state.py", {"tests/pipeline/test_state.py"}),
        ("tests/pipeline/workspace.py", {PIPELINE}),
        ("sandbox/tests/warehouse/test_dbt.py", {"sandbox/tests/warehouse/test_dbt.py"}),
        ("orchestrate/preflight/preflight/keys.py", {"tests/pipeline/test_preflight.py"}),
        ("analyze/dashboard/dashboard/app.py", {PIPELINE}),
    ],
)
def test_a_file_concerns_its_tests(file: str, tests: set[str]) -> None:
    found = concerned(ROOT, [file])
    assert found.why_everything is None
    assert set(found.tests) == tests | {ALWAYS}
    assert not found.dbt


@pytest.mark.parametrize(
    "file",
    [
        "plugins/requirements/dbt.txt",
        "sandbox/sandbox/world/world.py",
        "transform/dbt_project.yml",
        "transform/macros/watermark.sql",
        "Makefile",
        "pyproject.toml",
        "tests/conftest.py",
        "a-new-folder/file.py",
    ],
)
def test_what_no_rule_knows_concerns_everything(file: str) -> None:
    found = concerned(ROOT, ["README.md", file])
    assert found.why_everything == file
    assert str(found).splitlines()[0] == "everything=true"


def test_a_model_concerns_what_dbt_says_and_the_tests_that_name_it() -> None:
    model = "transform/models/marts/business/titles_leaving_soon.sql"
    found = concerned(ROOT, [model])
    assert found.dbt == MODIFIED
    assert found.why_everything is None
    naming = {
        f"{PIPELINE}/{path.name}"
        for path in (ROOT / PIPELINE).glob("test_*.py")
        if "titles_leaving_soon" in path.read_text()
    }
    assert naming <= set(found.tests) or PIPELINE in found.tests


def test_a_part_that_make_test_leaves_out_has_a_target() -> None:
    found = concerned(ROOT, ["orchestrate/airflow/dags/meltano_dags.py", "tests/bi/checkers.py"])
    assert found.targets == ("check-bi", "test-airflow")
    assert found.tests == (ALWAYS,)


def test_a_folder_takes_its_modules_in() -> None:
    found = concerned(ROOT, ["tests/pipeline/test_state.py", "tests/pipeline/workspace.py"])
    assert found.tests == (PIPELINE, ALWAYS)


def test_rules_name_tests_that_exist_and_every_folder_of_tests_has_a_rule() -> None:
    parts = {part for _, parts in RULES for part in parts} - {ITSELF, NAMED, MODIFIED}
    targets = {part for part in parts if part.startswith(MAKE)}
    known = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE)
    assert {target.removeprefix(MAKE) for target in targets} <= set(known)
    named = parts - targets
    for part in named:
        assert (ROOT / part).exists(), part
    for folder in TESTS:
        reached = {ALWAYS, *named}
        assert any(f"{part}/".startswith(f"{folder}/") for part in reached), folder


def git(root: Path, *arguments: str) -> None:
    identity = ("-c", "user.name=t", "-c", "user.email=t@example.com")
    subprocess.run(["git", *identity, *arguments], cwd=root, check=True, capture_output=True)


def test_the_command_looks_at_all_that_has_changed(tmp_path: Path) -> None:
    """Since the branch began: commits, what is not committed, and new files; not main's own."""
    (tmp_path / ".ci/checks").mkdir(parents=True)
    for name in ("__init__.py", "changed.py"):
        (tmp_path / ".ci/checks" / name).write_text((ROOT / ".ci/checks" / name).read_text())
    for name in ("extract/a.yml", "taps/tap-streaming/tests/test_a.py", "Makefile"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    git(tmp_path, "init", "-q", "-b", "main")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-qm", "start")
    git(tmp_path, "switch", "-qc", "change")

    def changed(base: str = "main") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "checks.changed", base],
            cwd=tmp_path, env={"PYTHONPATH": ".ci", "PATH": "/usr/bin:/bin"},
            capture_output=True, text=True, check=True,
        )  # fmt: skip

    assert changed().stdout == "everything=false\ntests=tests/project\ntargets=''\ndbt=''\n"
    (tmp_path / "extract/a.yml").write_text("changed")
    git(tmp_path, "commit", "-qam", "change")
    (tmp_path / "taps/tap-streaming/tests/test_a.py").write_text("changed")
    (tmp_path / "transform/models").mkdir(parents=True)
    (tmp_path / "transform/models/new.sql").write_text("select 1")
    assert changed().stdout.splitlines() == [
        "everything=false",
        "tests='taps/tap-streaming/tests/test_a.py tests/pipeline tests/project'",
        "targets=''",
        "dbt=state:modified+",
    ]

    git(tmp_path, "stash", "-q")
    git(tmp_path, "switch", "-q", "main")
    (tmp_path / "Makefile").write_text("changed")
    git(tmp_path, "commit", "-qam", "main goes on")
    git(tmp_path, "switch", "-q", "change")
    assert "everything=false" in changed().stdout

    unknown = changed("no-such-branch")
    assert "everything=true" in unknown.stdout
    assert "git does not know where this and no-such-branch part" in unknown.stderr
