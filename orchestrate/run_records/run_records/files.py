"""The files that runs have left and nobody has loaded; plugins/meltano-run-addon writes them."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from run_records.errors import RunRecordsError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

VERSION = 1
"""Of the files' shape that is understood here."""


@dataclass(frozen=True)
class RunRecord:
    """What a run left.

    Attributes:
        content: As the file has it.
        path: The file; None for a record that comes from the warehouse.
    """

    content: dict[str, Any]
    path: Path | None = None

    @property
    def run_id(self) -> str:
        """Meltano's id of the run."""
        return str(self.content["run_id"])

    @property
    def command(self) -> str:
        """What was run, as it was typed."""
        return str(self.content["command"])

    @property
    def environment(self) -> str:
        """Meltano's environment."""
        return str(self.content["environment"])

    @property
    def status(self) -> str:
        """How the run ended: succeeded, failed, terminated or killed."""
        return str(self.content["status"])

    @property
    def has_succeeded(self) -> bool:
        """Whether all went well."""
        return self.status == "succeeded"

    @property
    def failed_step(self) -> str | None:
        """The step that ended it."""
        step = self.content["failed_step"]
        return None if step is None else str(step)

    @property
    def started_at(self) -> dt.datetime:
        """When it started, with UTC."""
        return dt.datetime.fromisoformat(self.content["started_at"])

    @property
    def seconds(self) -> float:
        """How long it took."""
        ended_at = dt.datetime.fromisoformat(self.content["ended_at"])
        return (ended_at - self.started_at).total_seconds()

    @property
    def told(self) -> list[str]:
        """The kinds of alerts about it that have been delivered."""
        return list(self.content.get("told", ()))

    def note_told(self, kind: str) -> None:
        """Remember that an alert was delivered, also if the record cannot be loaded now."""
        self.content["told"] = [*self.told, kind]
        if self.path:
            beside = self.path.with_suffix(".new")
            beside.write_text(json.dumps(self.content, ensure_ascii=False), encoding="utf-8")
            beside.replace(self.path)

    def forget(self) -> None:
        """Remove the file: what it holds has been loaded."""
        if self.path:
            self.path.unlink(missing_ok=True)


def waiting(folder: Path) -> list[RunRecord]:
    """Return the records of runs that have ended, the oldest first.

    Args:
        folder: Where they are; it need not exist.

    Raises:
        RunRecordsError: if a file is no record.
    """
    return sorted(_read(folder), key=lambda record: record.started_at)


def _read(folder: Path) -> Iterator[RunRecord]:
    for path in folder.glob("*.json"):
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            version = content["version"]
        except FileNotFoundError:
            continue  # another run has just loaded it
        except (ValueError, KeyError, TypeError) as error:
            message = f"{path} is no record of a run: {error!r}. Remove it."
            raise RunRecordsError(message) from error
        if version != VERSION:
            message = f"{path} has version {version!r}; version {VERSION} is known. Remove it."
            raise RunRecordsError(message)
        if content["status"] != "running":
            yield RunRecord(content, path)
