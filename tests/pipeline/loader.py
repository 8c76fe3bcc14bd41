"""Malformed streams through the check of the add-on and the real loader, one process each."""

from __future__ import annotations

import json
import os
import random
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import yaml
from malformed import PLANTED, Case, Planter
from sent import CannotBeMeantError, differences, key_of, rows_sent
from workspace import ROOT

from meltano_run_addon.messages import MalformedMessageError, MessageCheck
from sandbox.warehouse import client

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workspace import Workspace

SCHEMA = "MALFORMED"
LOADED, REFUSED_BY_CHECK, REFUSED_BY_LOADER = (
    "loaded as sent", "refused by the check", "refused by the loader",
)  # fmt: skip


@dataclass
class Outcome:
    """What became of a case.

    Attributes:
        planted: What was planted.
        ended: `LOADED`, `REFUSED_BY_CHECK` or `REFUSED_BY_LOADER`.
        said: Why it was refused.
        wrong: What must not be: a loss, a silent success, a bookmark beyond what was loaded.
    """

    planted: str
    ended: str
    said: str
    wrong: list[str]


class Loader:
    """target-snowflake with the project's settings, forked for each case."""

    def __init__(self, workspace: Workspace, folder: Path, process: subprocess.Popen[str]) -> None:
        """Write the loader's configuration, as Meltano resolves it."""
        self._workspace, self._folder, self._process = workspace, folder, process
        dumped = workspace.succeed(
            "meltano", "--log-level=error", "invoke", "--dump=config", "target-snowflake"
        )
        settings = {**json.loads(dumped), "default_target_schema": SCHEMA}
        (folder / "config.json").write_text(json.dumps(settings))
        declared = yaml.safe_load((ROOT / "load/loaders.meltano.yml").read_text())
        (loader,) = declared["plugins"]["loaders"]
        self._declared = loader["annotations"].get("messages", {})

    def outcome(self, number: int, seed: int, *, load_refused: bool = True) -> Outcome:
        """Plant something, hand the lines on as a run does, and compare the warehouse with them.

        Args:
            number: Of the case; it names the table, and says what is planted.
            seed: Other seeds plant other things.
            load_refused: Whether the lines before one that the check refuses are loaded.
        """
        chance = random.Random(f"{seed}/{number}")
        stream = f"case_{number}"
        planted = [*PLANTED][number % len(PLANTED)]
        case, refusal = self._checked_lines(Planter(stream, chance, self._folder).case(planted))
        if refusal and not load_refused:
            return Outcome(planted, REFUSED_BY_CHECK, refusal, [])
        code, states, log = self._load(case)
        wrong = self._bookmarks_beyond(case, stream, states)
        if code == 0:
            wrong += self._not_as_sent(case, stream)
        ended, said = LOADED, ""
        if refusal:
            ended, said = REFUSED_BY_CHECK, refusal
        elif code:
            ended, said = REFUSED_BY_LOADER, log.strip().rpartition("\n")[2]
            wrong += [] if said else ["no message"]
        if planted == "nothing" and ended != LOADED:
            wrong.append(f"{ended}: {said}")
        return Outcome(planted, ended, said, wrong)

    def _checked_lines(self, case: Case) -> tuple[Case, str | None]:
        """Return what reaches the loader, line by line as Meltano reads it, and the refusal."""
        check = MessageCheck(utc=self._declared.get("utc", False))
        *lines, last = b"".join(case.lines).split(b"\n")
        handed: list[bytes] = []
        for line in [*(line + b"\n" for line in lines), *([last] if last else [])]:
            if self._declared.get("check"):
                try:
                    check.check(line)
                except MalformedMessageError as error:
                    return Case(case.planted, handed, case.files), str(error)
            handed.append(line)
        return Case(case.planted, handed, case.files), None

    def _load(self, case: Case) -> tuple[int, list[str], str]:
        files = {name: self._folder / name for name in ("config.json", "lines", "states", "log")}
        files["lines"].write_bytes(b"".join(case.lines))
        names = dict(
            zip(("config", "given", "output", "log"), map(str, files.values()), strict=True)
        )
        commands, answers = self._process.stdin, self._process.stdout
        assert commands is not None
        assert answers is not None
        commands.write(json.dumps(names) + "\n")
        commands.flush()
        code = int(answers.readline())
        return code, files["states"].read_text().splitlines(), files["log"].read_text()

    def _table(self, stream: str) -> list[dict[str, object]]:
        _, tables = self._workspace.query(
            "select table_name from raw.information_schema.tables "
            f"where table_schema = '{SCHEMA}' and table_name = '{stream.upper()}'"
        )
        if not tables:
            return []
        columns, rows = self._workspace.query(f"select * from raw.{SCHEMA}.{stream}")
        names = [name.lower() for name in columns]
        return [dict(zip(names, row, strict=True)) for row in rows]

    def _not_as_sent(self, case: Case, stream: str) -> list[str]:
        try:
            return differences(*rows_sent(case, stream), self._table(stream))
        except CannotBeMeantError as error:
            return [f"a silent success: {error}"]

    def _bookmarks_beyond(self, case: Case, stream: str, states: list[str]) -> list[str]:
        """List the bookmarks that claim rows which are not there."""
        found: list[str] = []
        for state in states:
            told = [
                number
                for number, line in enumerate(case.lines, start=1)
                if b'"STATE"' in line and json.loads(line)["value"] == json.loads(state)
            ]
            if not told:
                found.append(f"a bookmark that was not sent: {state:.60}")
                continue
            try:
                keys, rows = rows_sent(case, stream, told[0])
            except CannotBeMeantError as error:
                found.append(f"bookmark {state:.60} behind what nobody can mean: {error}")
                continue
            there = {key_of(row.get(name) for name in keys) for row in self._table(stream)}
            if missing := rows.keys() - there:
                found.append(f"bookmark {state:.60} without the rows {missing}")
        return found


@contextmanager
def loading(workspace: Workspace, folder: Path) -> Iterator[Loader]:
    """Start the process that loaders are forked from."""
    python = workspace.folder / ".meltano/loaders/target-snowflake/venv/bin/python"
    settings = workspace.settings
    variables = {
        **os.environ,
        "HTTPS_PROXY": workspace.variables["TARGET_SNOWFLAKE_HTTPS_PROXY"],
        "REQUESTS_CA_BUNDLE": str(settings.ca_bundle),
    }
    with subprocess.Popen(
        [python, Path(__file__).with_name("loader_zygote.py")],
        env=variables,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        yield Loader(workspace, folder, process)
    with client.connect(settings) as connection, connection.cursor() as cursor:
        cursor.execute(f"drop schema if exists raw.{SCHEMA} cascade")
