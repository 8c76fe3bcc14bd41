"""An Airflow of a test's own: its folder, its variables and its commands."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import pytest
import requests

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).resolve().parents[2]
BIN = ROOT / ".airflow" / "venv" / "bin"
DAGS = ROOT / "orchestrate" / "airflow" / "dags"
COMPONENTS = ("api-server", "dag-processor", "scheduler")
# Airflow's own way to change what DAGs ask for: a test does not wait six minutes for a retry, but
# long enough to mend what it broke.
POLICY = """\
from datetime import timedelta


def task_policy(task):
    task.retry_delay = timedelta(seconds=10)
"""


class Airflow:
    """An installation of Airflow with a metadata database of its own."""

    def __init__(self, home: Path, port: int, variables: dict[str, str], dags: Path = DAGS) -> None:
        """Prepare the folder; nothing is started.

        Args:
            home: An empty folder.
            port: Of the API; the next one is that of the scheduler's logs.
            variables: The environment of every component, and so of every task.
            dags: The folder of DAGs.
        """
        self.home = home
        self.address = f"http://127.0.0.1:{port}"
        self.port = port
        self.processes: dict[str, tuple[subprocess.Popen[bytes], IO[bytes]]] = {}
        self.token = ""
        self.variables = {
            **variables,
            "PATH": f"{BIN}:{variables['PATH']}",
            "AIRFLOW_HOME": str(home),
            "AIRFLOW__API__BASE_URL": self.address,
            "AIRFLOW__API__SECRET_KEY": "of-a-test",
            "AIRFLOW__API__WORKERS": "1",
            "AIRFLOW__API_AUTH__JWT_SECRET": "of-a-test-that-is-long-enough-for-sha512-" * 2,
            "AIRFLOW__CORE__DAGS_FOLDER": str(dags),
            "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{self.address}/execution/",
            "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "AIRFLOW__CORE__PARALLELISM": "4",
            "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "True",
            "AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL": "5",
            "AIRFLOW__LOGGING__WORKER_LOG_SERVER_PORT": str(port + 1),
        }
        (home / "config").mkdir(parents=True)
        (home / "config" / "airflow_local_settings.py").write_text(POLICY)

    def run(self, *command: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run a command of Airflow's environment; standard error is part of the output."""
        return subprocess.run(
            [BIN / command[0], *command[1:]],
            cwd=self.home,
            env={**self.variables, **variables},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )

    def succeed(self, *command: str, **variables: str) -> str:
        """Run a command that has to end with 0, and return its output."""
        done = self.run(*command, **variables)
        assert done.returncode == 0, done.stdout[-6000:]
        return done.stdout

    def start(self) -> None:
        """Start the scheduler, the processor of DAGs and the API, and wait until all are well."""
        for name in COMPONENTS:
            arguments = ["--port", str(self.port)] if name == "api-server" else []
            log = (self.home / f"{name}.log").open("ab")
            process = subprocess.Popen(
                [BIN / "airflow", name, *arguments],
                cwd=self.home,
                env=self.variables,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            self.processes[name] = (process, log)
        self.wait_for("all components", self._is_healthy, seconds=180)
        self.token = requests.get(f"{self.address}/auth/token", timeout=30).json()["access_token"]

    def _is_healthy(self) -> bool:
        for name, (process, _) in self.processes.items():
            if process.poll() is not None:
                log = (self.home / f"{name}.log").read_text(errors="replace")
                pytest.fail(f"{name} ended: {log[-3000:]}")
        with suppress(requests.RequestException):
            health = requests.get(f"{self.address}/api/v2/monitor/health", timeout=10).json()
            parts = ("metadatabase", "scheduler", "dag_processor")
            return all(health[part]["status"] == "healthy" for part in parts)
        return False

    def stop(self) -> None:
        """End every component, and what it started."""
        for process, log in self.processes.values():
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
            log.close()
        self.processes.clear()

    def ask(self, method: str, path: str, **content: Any) -> Any:
        """Call Airflow's public API, and return its answer."""
        answer = requests.request(
            method,
            f"{self.address}/api/v2/{path}",
            headers={"Authorization": f"Bearer {self.token}"},
            json=content or None,
            timeout=60,
        )
        assert answer.ok, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json()

    def wait_for(self, what: str, is_so: Callable[[], Any], seconds: float = 600) -> Any:
        """Wait until something is so, and return it."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if found := is_so():
                return found
            time.sleep(0.5)
        return pytest.fail(f"{what}: not so within {seconds:.0f} seconds")
