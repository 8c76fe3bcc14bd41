"""What the documents tell a person to type exists."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from sandbox.cli import cli

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = [
    ROOT / "README.md",
    *sorted(ROOT.glob("docs/**/*.md")),
    *(
        ROOT / folder / "README.md"
        for folder in (
            "extract",
            "load",
            "load/reconcile",
            "orchestrate",
            "transform",
            "transform/dbt_changed",
            "transform/dbt_cloud",
            "orchestrate/preflight",
            "orchestrate/run_records",
            "analyze/bi",
            "analyze",
            "analyze/dashboard",
        )
    ),
]
COMMAND = re.compile(r"(?:\.venv/bin/|^|`|\$ )(meltano|sandbox) ([^`\n#]+)", re.MULTILINE)


def commands(program: str) -> Iterator[tuple[str, list[str]]]:
    for path in DOCUMENTS:
        for name, arguments in COMMAND.findall(path.read_text()):
            if name == program:
                yield path.name, arguments.split()


def test_documents_name_real_plugins_jobs_and_schedules(declarations) -> None:
    blocks = {*declarations.plugins, *(job["name"] for job in declarations.merged["jobs"])}
    schedules = {schedule["name"] for schedule in declarations.merged["schedules"]}
    seen = 0
    for document, arguments in commands("meltano"):
        words = [word for word in arguments if not word.startswith("--")]
        if not words or words[0] not in ("run", "invoke", "schedule") or "tap-a" in words:
            continue
        for word in words[1:2] if words[0] == "invoke" else words[1:]:
            name, _, command = word.partition(":")
            if words[0] == "schedule":
                assert word in {"list", "run", *schedules}, f"{document}: {word}"
            elif re.fullmatch(r"[a-z][\w-]+(:\w+)?", word):
                assert name in blocks, f"{document}: {word}"
                assert not command or command in declarations.plugins[name]["commands"], word
            seen += 1
    assert seen > 20


def test_documents_name_real_sandbox_commands() -> None:
    found = [(document, arguments[0]) for document, arguments in commands("sandbox")]
    assert len(found) > 3
    for document, command in found:
        assert command in cli.commands, f"{document}: sandbox {command}"


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_path_in_a_document_exists(path: Path) -> None:
    for name in re.findall(r"`((?=[a-z.])(?:[\w.-]+/)+[\w.*-]*)`", path.read_text()):
        made = (".venv/", ".sandbox", ".meltano", ".airflow", ".bi-check", "target/", "output/")
        if name.startswith((*made, "models/", "seeds/")):
            continue
        assert list(ROOT.glob(name.rstrip("/"))) or list(path.parent.glob(name.rstrip("/"))), name


def test_the_questions_name_marts_and_every_subject_has_one() -> None:
    section = (ROOT / "README.md").read_text().split("## Ask it\n")[1].split("\n## ")[0]
    rows = [line for line in section.splitlines() if line.startswith("| ")][1:]
    asked = {name for row in rows for name in re.findall(r"`(\w+)`", row)}
    marts = {
        path.stem: path.parent.name for path in (ROOT / "transform/models/marts").glob("*/*.sql")
    }
    assert asked <= marts.keys()
    assert {marts[name] for name in asked} == set(marts.values())
