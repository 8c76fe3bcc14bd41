"""Rules of the house: who may know whom, how long a module may be, what text may not hold."""

from __future__ import annotations

import ast
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
STAGES = ("extract", "load", "transform", "analyze", "plugins", "taps")
LONGEST_MODULE = 400


def tracked(*patterns: str) -> list[Path]:
    done = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", *patterns],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return [path for line in done.stdout.splitlines() if (path := ROOT / line).is_file()]


def imports(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.partition(".")[0])
    return found


@pytest.mark.parametrize("stage", STAGES)
def test_production_code_does_not_know_the_sandbox(stage: str) -> None:
    for path in tracked(stage):
        if (
            "tests" in path.parts
            or path.suffix in (".md", ".png")
            or path.name.startswith("development.")
        ):
            continue
        assert "sandbox" not in path.read_text().lower(), path.relative_to(ROOT)


def test_the_sandbox_imports_no_tap() -> None:
    for path in tracked("sandbox/sandbox/**/*.py", "sandbox/sandbox/*.py"):
        assert not {"tap_streaming", "meltano", "meltano_run_addon"} & imports(path), path


def test_no_module_is_too_long() -> None:
    for path in tracked("*.py"):
        if "tests" not in path.parts:
            lines = len(path.read_text().splitlines())
            assert lines <= LONGEST_MODULE, f"{path.relative_to(ROOT)} has {lines} lines"


def test_every_stage_explains_itself() -> None:
    for folder in (*STAGES, "orchestrate", "sandbox"):
        assert (ROOT / folder / "README.md").exists(), folder


def test_help_lists_the_targets_that_the_readme_names() -> None:
    done = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True)
    targets = set(re.findall(r"^  make ([a-z-]+)", done.stdout, flags=re.MULTILINE))
    named = set(re.findall(r"`make ([a-z-]+)", (ROOT / "README.md").read_text()))
    assert {"demo", "test", "lint"} <= targets
    assert named <= targets, f"README names {named - targets}"


def test_no_private_key_and_no_machine_path_is_committed() -> None:
    for path in tracked():
        if path.suffix in (".png", ".svg") or path == Path(__file__):
            continue
        text = path.read_text(errors="ignore")
        assert "PRIVATE KEY-----" not in text or "tests" in path.parts, path
        assert not re.search(r"(?<![\w.])/(home|root|work|Users)/\w", text), path
