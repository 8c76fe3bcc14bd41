"""Background processes of the sandbox: started detached, found again by pid and start time."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING

import psutil

from sandbox.settings import HOST, SandboxError, Settings

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

START_SECONDS = 60.0
STOP_SECONDS = 20.0
POLL_SECONDS = 0.05
SAME_START_SECONDS = 1.0


@dataclass(frozen=True)
class Service:
    """One stand-in that runs as a process of its own.

    Attributes:
        name: Name of its pid and log files, and what the user reads.
        module: Python module that is run with ``-m``.
        port: Loopback TCP port it listens on.
        health_path: Path that answers 200 over plain HTTP once it is ready.
    """

    name: str
    module: str
    port: int
    health_path: str

    def start(self, settings: Settings) -> None:
        """Start the process unless it runs; `wait_until_healthy` tells when it is ready.

        Raises:
            SandboxError: if another program holds the port.
        """
        if self.running_process(settings):
            return
        require_free_port(self.port, self.name)
        settings.log_folder.mkdir(parents=True, exist_ok=True)
        settings.run_folder.mkdir(parents=True, exist_ok=True)
        environment = {
            **os.environ,
            "SANDBOX_HOME": str(settings.home),
            "SANDBOX_PORT_BASE": str(settings.port_base),
        }
        with self.log_file(settings).open("w") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", self.module],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=environment,
                start_new_session=True,
            )
        started = psutil.Process(process.pid).create_time()
        self._pid_file(settings).write_text(json.dumps({"pid": process.pid, "started": started}))

    def wait_until_healthy(self, settings: Settings) -> None:
        """Wait until the process answers.

        Raises:
            SandboxError: if it ended, or did not answer in time; with the last line of its log.
        """
        deadline = time.monotonic() + START_SECONDS
        while not self.is_healthy():
            process = self.running_process(settings)
            if process is None or time.monotonic() > deadline:
                state = "did not answer in time" if process else "ended while it started"
                log = self.log_file(settings)
                lines = [
                    line for line in log.read_text(errors="replace").splitlines() if line.strip()
                ]
                message = f"{self.name} {state}: {lines[-1] if lines else 'no output'} (see {log})"
                raise SandboxError(message)
            time.sleep(POLL_SECONDS)

    def stop(self, settings: Settings) -> None:
        """Ask the process to end, insist after a while, and forget it."""
        if process := self.running_process(settings):
            process.terminate()
            try:
                process.wait(STOP_SECONDS)
            except psutil.TimeoutExpired:
                process.kill()
                process.wait(STOP_SECONDS)
        self._pid_file(settings).unlink(missing_ok=True)

    def running_process(self, settings: Settings) -> psutil.Process | None:
        """Return the process that an earlier `start` left, if it still runs.

        A pid is reused by the system sooner or later, so the start time has to agree too.
        """
        try:
            noted = json.loads(self._pid_file(settings).read_text())
            process = psutil.Process(noted["pid"])
            same = abs(process.create_time() - noted["started"]) < SAME_START_SECONDS
            alive = process.status() != psutil.STATUS_ZOMBIE
        except (OSError, ValueError, KeyError, TypeError, psutil.Error):
            return None
        return process if same and alive else None

    def is_healthy(self) -> bool:
        """Tell whether the health address answers 200."""
        url = f"http://{HOST}:{self.port}{self.health_path}"
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with contextlib.suppress(OSError), opener.open(url, timeout=2) as response:
            return bool(response.status == HTTPStatus.OK)
        return False

    def log_file(self, settings: Settings) -> Path:
        """Return the file that holds the output of the last start."""
        return settings.log_folder / f"{self.name}.log"

    def _pid_file(self, settings: Settings) -> Path:
        return settings.run_folder / f"{self.name}.json"


def serve_until_stopped(serve: Callable[[Settings], None]) -> int:
    """Run a stand-in in this process; a user's mistake is one line on standard error.

    Args:
        serve: Serves the sandbox of these settings until SIGTERM.

    Returns:
        The process's exit code.
    """
    try:
        serve(Settings.from_environment())
    except SandboxError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def require_free_port(port: int, purpose: str) -> None:
    """Make sure that nothing listens on a loopback port.

    Raises:
        SandboxError: if something does.
    """
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            message = (
                f"Port {port}, which {purpose} needs, is taken by another program "
                f"({(error.strerror or 'in use').lower()}). Stop it, or set SANDBOX_PORT_BASE to "
                "move this sandbox, for example to 16400."
            )
            raise SandboxError(message) from None
