"""Runs that lose a process at a random moment, and what they leave behind."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import psutil
from workspace import BIN

from sandbox.lifecycle import services
from sandbox.postgres import server

if TYPE_CHECKING:
    import random
    from pathlib import Path

    from workspace import Workspace

HOURLY = ("tap-postgres", "tap-streaming", "target-snowflake")
FREQUENT = (
    "tap-postgres-trending", "target-snowflake", "tap-streaming-trending", "target-snowflake",
)  # fmt: skip
PROGRAMS = {
    "tap-postgres": "tap-postgres-bulk",
    "tap-streaming": "tap-streaming",
    "target": "target-snowflake",
    "dbt": "dbt",
    "meltano": "meltano",
}
"""Victims that belong to a run, and the names of their programs."""
SERVICES = ("warehouse", "postgres", "platforms")
"""Victims that a run talks to; they come back after a while, as real ones do."""
BACK_SECONDS = (0.5, 4.0)
LIFE_SECONDS = {"dbt": 15.0}
"""How long a victim is at work, about; others as `SHORT_LIFE_SECONDS`."""
SHORT_LIFE_SECONDS = 2.5
LONGEST_RUN_SECONDS = 300
POLL_SECONDS = 0.02


@dataclass
class Kill:
    """One process that was killed.

    Attributes:
        victim: Which one.
        run: The run that it belonged to, "hourly" or "frequent"; None for a service.
        after_seconds: How long the runs had been going on.
    """

    victim: str
    run: str | None = None
    after_seconds: float = 0.0


@dataclass
class Runs:
    """Two schedules that run together.

    Attributes:
        workspace: The working copy.
        with_dbt: Whether the runs go on to the marts.
    """

    workspace: Workspace
    logs: Path
    with_dbt: bool
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    started: float = 0.0

    def start(self) -> None:
        """Start both; bookmarks of a run that died are no reason to wait here."""
        self.started = time.monotonic()
        blocks = {
            "hourly": (*HOURLY, *(["dbt:build"] if self.with_dbt else [])),
            "frequent": (*FREQUENT, *(["dbt:trending"] if self.with_dbt else [])),
        }
        for name, asked in blocks.items():
            with (self.logs / f"{name}.log").open("wb") as log:
                self.processes[name] = subprocess.Popen(
                    [BIN / "meltano", "run", "--force", *asked],
                    cwd=self.workspace.folder,
                    env=self.workspace.variables,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                )

    @property
    def are_going_on(self) -> bool:
        return any(process.poll() is None for process in self.processes.values())

    def processes_of(self, victim: str) -> list[tuple[str, psutil.Process]]:
        """Return the processes of a program that run now, with the run that each belongs to."""
        found = []
        for name, process in self.processes.items():
            with suppress(psutil.Error):
                top = psutil.Process(process.pid)
                if victim == "meltano":
                    found.append((name, top))
                    continue
                for child in top.children(recursive=True):
                    with suppress(psutil.Error):
                        if any(os.path.basename(part) == PROGRAMS[victim]  # noqa: PTH119
                               for part in child.cmdline()[:2]):  # fmt: skip
                            found.append((name, child))
        return found

    def finish(self) -> dict[str, int]:
        """Wait until both have ended, and everything they started too; return their exit codes."""
        deadline = self.started + LONGEST_RUN_SECONDS
        codes = {}
        for name, process in self.processes.items():
            codes[name] = process.wait(timeout=max(1.0, deadline - time.monotonic()))
        return codes

    def said(self, name: str) -> str:
        return (self.logs / f"{name}.log").read_text(errors="replace")


def kill_at_random(runs: Runs, victim: str, chance: random.Random, usual_seconds: float) -> Kill:
    """Wait for a random moment of a run, and kill a process with SIGKILL.

    Args:
        runs: Both runs, started.
        victim: Of `PROGRAMS` or `SERVICES`.
        chance: Decides when, and which process if there are several.
        usual_seconds: How long such runs take; a service or Meltano dies within that time.

    Returns:
        What was killed. Its run is "nothing" if the runs ended before.
    """
    if victim in SERVICES:
        time.sleep(chance.uniform(0.5, usual_seconds))
        process = service_process(runs.workspace, victim)
        kill(process)
        done = Kill(victim, None, time.monotonic() - runs.started)
        time.sleep(chance.uniform(*BACK_SECONDS))
        runs.workspace.succeed("sandbox", "up")
        return done
    if victim == "meltano":
        time.sleep(chance.uniform(0.5, usual_seconds))
    while runs.are_going_on:
        found = runs.processes_of(victim)
        if found:
            run, process = chance.choice(found)
            if victim != "meltano":
                time.sleep(chance.uniform(0.0, LIFE_SECONDS.get(victim, SHORT_LIFE_SECONDS)))
            belongings = children_of(process) if victim == "meltano" else []
            if process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
                seconds = time.monotonic() - runs.started
                kill(process)
                # Its children lose their pipes and have to end by themselves.
                psutil.wait_procs(belongings, timeout=60)
                assert not [one for one in belongings if one.is_running()], "orphans go on"
                return Kill(victim, run, seconds)
        time.sleep(POLL_SECONDS)
    return Kill(victim, "nothing", time.monotonic() - runs.started)


def service_process(workspace: Workspace, victim: str) -> psutil.Process:
    if victim == "postgres":
        pid = server.process_id(workspace.settings)
        assert pid is not None
        return psutil.Process(pid)
    name = {"warehouse": "snowflake", "platforms": "platform-apis"}[victim]
    (service,) = (one for one in services(workspace.settings) if one.name == name)
    process = service.running_process(workspace.settings)
    assert process is not None
    return process


def children_of(process: psutil.Process) -> list[psutil.Process]:
    with suppress(psutil.Error):
        return process.children(recursive=True)
    return []


def kill(process: psutil.Process) -> None:
    with suppress(psutil.NoSuchProcess):
        process.send_signal(signal.SIGKILL)
