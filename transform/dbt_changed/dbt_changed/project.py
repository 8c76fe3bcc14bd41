"""The dbt project: what its files are, which sources it reads, and the program that builds it."""

from __future__ import annotations

import hashlib
import json
import signal
import subprocess
import sys
from dataclasses import dataclass
from enum import StrEnum
from importlib.metadata import version
from pathlib import Path

from dbt_changed.errors import DbtChangedError

FOLDERS = ("macros", "models", "seeds", "snapshots", "tests")
"""Whatever is in these may change what is built; the paths of ``dbt_project.yml``."""

PACKAGES = ("dbt-core", "dbt-snowflake")


class ComparedBy(StrEnum):
    """What tells that a source has changed; ``meta.compared_by`` of the source."""

    LOAD = "load"
    """A row was loaded, marked as deleted or removed."""

    CONTENT = "content"
    """A row says something else: rows are loaded again that have not changed."""

    EXISTENCE = "existence"
    """The table has been made: only views read it, which show its rows by themselves."""


@dataclass(frozen=True)
class Source:
    """A raw table that models are made of.

    Attributes:
        name: As dbt selects it, such as ``tmdb.tmdb_genres``.
        relation: Its name in Snowflake.
        compared_by: What tells that it has changed.
        reading_time: Column with the time of such a reading, which is none of their content.
        reading_of: Columns that say what was read at that time, such as the series of an episode.
    """

    name: str
    relation: str
    compared_by: ComparedBy = ComparedBy.LOAD
    reading_time: str | None = None
    reading_of: tuple[str, ...] = ()


class Project:
    """A dbt project on disk."""

    def __init__(self, folder: Path) -> None:
        """Name its folder.

        Args:
            folder: Of ``dbt_project.yml``.
        """
        self.folder = folder

    def fingerprint(self, *others: str) -> str:
        """Return a digest that is another one when models may have to be built anew.

        Args:
            others: What else they depend on, besides the project's files.

        Raises:
            DbtChangedError: if there is no project.
        """
        declared = self.folder / "dbt_project.yml"
        if not declared.is_file():
            message = f"{declared} is not there: see DBT_PROJECT_DIR"
            raise DbtChangedError(message)
        files = [
            path
            for folder in FOLDERS
            for path in (self.folder / folder).rglob("*")
            if path.is_file() and not path.name.startswith(".")
        ]
        digest = hashlib.sha256()
        for text in others:
            digest.update(f"{len(text)} {text}".encode())
        for path in sorted([declared, *files]):
            content = path.read_bytes()
            name = path.relative_to(self.folder).as_posix()
            digest.update(f"{name} {len(content)} ".encode() + content)
        return digest.hexdigest()

    def sources(self) -> list[Source]:
        """Return the sources as the project was parsed last, by name.

        Raises:
            DbtChangedError: if it says something of a source that cannot be.
        """
        manifest = json.loads((self.folder / "target" / "manifest.json").read_text())
        sources = []
        for node in manifest["sources"].values():
            name, meta = f"{node['source_name']}.{node['name']}", node["config"]["meta"]
            reading = meta.get("reading") or {}
            time, of = reading.get("time"), tuple(reading.get("of") or ())
            if reading and not {time, *of} <= node["columns"].keys():
                message = (
                    f"{node['original_file_path']}: meta.reading of {name} has to name columns "
                    "of it, as in {time: snapshot_at, of: [show_id]}"
                )
                raise DbtChangedError(message)
            by = meta.get("compared_by", ComparedBy.LOAD)
            if by not in list(ComparedBy):
                message = (
                    f"{node['original_file_path']}: meta.compared_by of {name} is '{by}', and has "
                    f"to be {', '.join(ComparedBy)}"
                )
                raise DbtChangedError(message)
            sources.append(Source(name, node["relation_name"], ComparedBy(by), time, of))
        return sorted(sources, key=lambda source: source.name)

    def dbt(self, *arguments: str) -> int:
        """Run the dbt that is installed beside this program.

        Args:
            arguments: Of its command line.

        Returns:
            What it ends with.
        """
        program = Path(sys.executable).parent / "dbt"
        with subprocess.Popen([program, *arguments], cwd=self.folder) as process:
            try:
                return process.wait()
            except KeyboardInterrupt:
                # dbt then cancels what it has asked Snowflake for.
                process.send_signal(signal.SIGINT)
                raise


def dbt_versions() -> tuple[str, ...]:
    """Return the releases of dbt that are installed beside this program."""
    return tuple(f"{package} {version(package)}" for package in PACKAGES)
