"""Says which tests, and which of dbt's models, a change concerns.

``python -m checks.changed BASE`` writes lines that a shell can take over: ``everything``,
``tests``, ``targets`` and ``dbt``. It needs nothing but Python and git. What no rule knows
concerns everything.
"""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

ALWAYS = "tests/project"
"""Rules for all files: declarations, documents, pins."""

PIPELINE = "tests/pipeline"
MAKE = "make "
"""Before the name of a target that `make test` does not run."""

ITSELF = "itself"
NAMED = "named"
"""The tests of the pipeline that name a file, as they name a model."""

MODIFIED = "state:modified+"

RULES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("*.md", ()),
    ("docs/*", ()),
    (".github/*", ()),
    (".ci/*", ()),
    (".env.example", ()),
    (".gitignore", ()),
    ("LICENSE", ()),
    # Tests: a module by itself, and what modules share with its folder. Kills run nightly only.
    ("tests/project/*", ()),
    ("tests/benchmarks/*", ()),
    ("tests/reliability/*", ()),
    ("tests/redshift/*", ("make test-redshift",)),
    ("tests/airflow/*", ("make test-airflow",)),
    ("tests/bi/*", ("make check-bi",)),
    ("tests/pipeline/test_*.py", (ITSELF,)),
    ("tests/pipeline/*", (PIPELINE,)),
    ("*/tests/test_*.py", (ITSELF,)),
    ("sandbox/tests/*/test_*.py", (ITSELF,)),
    ("sandbox/tests/*", ("sandbox/tests",)),
    # Each part, and what runs it.
    ("taps/tap-streaming/tests/*", ("taps/tap-streaming/tests",)),
    ("taps/tap-streaming/*", ("taps/tap-streaming/tests", PIPELINE)),
    (
        "taps/tap-postgres-bulk/tests/*",
        ("taps/tap-postgres-bulk/tests", "tests/pipeline/test_bulk_loading.py"),
    ),
    ("taps/tap-postgres-bulk/*", ("taps/tap-postgres-bulk/tests", PIPELINE)),
    ("plugins/meltano-run-addon/tests/*", ("plugins/meltano-run-addon/tests",)),
    ("plugins/meltano-run-addon/*", ("plugins/meltano-run-addon/tests", PIPELINE)),
    ("transform/dbt_cloud/*", ("transform/dbt_cloud", "tests/pipeline/test_preflight.py")),
    ("orchestrate/preflight/*", ("tests/pipeline/test_preflight.py",)),
    ("orchestrate/airflow/*", ("make test-airflow",)),
    ("orchestrate/cron/*", ()),
    ("orchestrate/systemd/*", ()),
    ("orchestrate/run_records/*", ("orchestrate/run_records", PIPELINE)),
    ("analyze/dashboard/*", (PIPELINE,)),
    ("analyze/bi/*", ("tests/pipeline/test_semantics.py", "make check-bi")),
    ("analyze/looker/*", ("make check-bi",)),
    ("analyze/osi/*", ("make check-bi",)),
    ("analyze/powerbi/*", ("make check-bi",)),
    ("analyze/tableau/*", ("make check-bi",)),
    ("load/snowflake/*", ("tests/pipeline/test_snowflake_setup.py",)),
    ("analyze/*.meltano.yml", (PIPELINE,)),
    ("extract/*", (PIPELINE,)),
    ("load/*", (PIPELINE,)),
    ("orchestrate/*", (PIPELINE,)),
    ("meltano.yml", (PIPELINE,)),
    # dbt knows what follows from a model; of macros, vars and profiles it does not see all.
    ("transform/models/semantic/*", (MODIFIED, "tests/pipeline/test_semantics.py")),
    ("transform/models/*", (MODIFIED, NAMED)),
    ("transform/seeds/*", (MODIFIED, NAMED)),
    ("transform/snapshots/*", (MODIFIED, NAMED)),
    ("transform/tests/*", (MODIFIED, NAMED)),
)


@dataclass(frozen=True)
class Concerned:
    """What a change concerns.

    Attributes:
        why_everything: The file, or the reason, for which everything is; None if nothing is.
        tests: Folders and modules for pytest.
        targets: Targets of the Makefile that run other tests.
        dbt: Selection for dbt, empty if no model is concerned.
    """

    why_everything: str | None
    tests: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    dbt: str = ""

    def __str__(self) -> str:
        """Return lines for a shell."""
        return "\n".join(
            (
                f"everything={'true' if self.why_everything else 'false'}",
                f"tests={shlex.quote(' '.join(self.tests))}",
                f"targets={shlex.quote(' '.join(self.targets))}",
                f"dbt={shlex.quote(self.dbt)}",
            )
        )


def concerned(root: Path, files: list[str]) -> Concerned:
    """Return what a change of some files concerns.

    Args:
        root: The repository, with the change.
        files: Paths in it; also of files that are gone.
    """
    tests, targets, dbt = {ALWAYS}, set[str](), ""
    for file in files:
        found = next((rule for pattern, rule in RULES if fnmatchcase(file, pattern)), None)
        if found is None:
            return Concerned(file)
        for part in found:
            if part == MODIFIED:
                dbt = MODIFIED
            elif part.startswith(MAKE):
                targets.add(part.removeprefix(MAKE))
            elif part == NAMED:
                tests.update(_naming(root, Path(file).stem))
            elif part == ITSELF:
                tests.update([file] if (root / file).exists() else [])
            else:
                tests.add(part)
    folders = {test for test in tests if not test.endswith(".py")}
    kept = {test for test in tests if not any(test.startswith(f"{one}/") for one in folders)}
    return Concerned(None, tuple(sorted(kept)), tuple(sorted(targets)), dbt)


def changed_files(root: Path, base: str) -> list[str] | None:
    """List what differs from the commit that a branch started from, committed or not.

    Args:
        root: The repository.
        base: The branch that it started from, or a commit.

    Returns:
        Paths; None if git cannot tell, as in a clone without history.
    """
    start = _git(root, "merge-base", base, "HEAD")
    if not start:
        return None
    changed = _git(root, "diff", "--name-only", "--no-renames", start[0])
    added = _git(root, "ls-files", "--others", "--exclude-standard")
    return None if changed is None or added is None else sorted({*changed, *added})


def _naming(root: Path, name: str) -> set[str]:
    """Name the tests of the pipeline that name a model, or all where a helper of theirs does."""
    found = set()
    for path in sorted((root / PIPELINE).glob("*.py")):
        if re.search(rf"\b{re.escape(name)}\b", path.read_text(), re.IGNORECASE):
            is_test = path.name.startswith("test_")
            found.add(f"{PIPELINE}/{path.name}" if is_test else PIPELINE)
    return found


def _git(root: Path, *arguments: str) -> list[str] | None:
    done = subprocess.run(
        ["git", *arguments], cwd=root, capture_output=True, text=True, check=False
    )
    return None if done.returncode else done.stdout.splitlines()


def main() -> None:
    """Write what the change since the base given as argument concerns."""
    root = Path(__file__).resolve().parents[2]
    files = changed_files(root, sys.argv[1])
    if files is None:
        result = Concerned(f"git does not know where this and {sys.argv[1]} part")
    else:
        result = concerned(root, files)
    if result.why_everything:
        print(f"Everything is concerned: {result.why_everything}", file=sys.stderr)  # noqa: T201
    print(result)  # noqa: T201


if __name__ == "__main__":
    main()
