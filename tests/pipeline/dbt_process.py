"""One dbt process for many commands: starting dbt takes longer than most of what is asked here.

This module is both ends. Run by the interpreter of the dbt plugin, it reads a command per line of
standard input, as a JSON list, and hands it to dbt's own programmatic runner.
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Result:
    """What became of one node of a run.

    Attributes:
        node: Its unique id, as in ``model.streaming_analytics.dim_titles``.
        status: ``success``, ``pass``, ``warn``, ``fail``, ``error`` or ``skipped``.
        seconds: How long it took.
        message: What dbt says of it.
    """

    node: str
    status: str
    seconds: float
    message: str

    @property
    def name(self) -> str:
        """The node's name without kind, project and hash."""
        parts = self.node.split(".")
        return parts[3] if parts[0] == "unit_test" else parts[2]


class DbtError(Exception):
    """A command that failed before it ran any node."""


class DbtProcess:
    """A dbt that stays up between commands; stop it by leaving its ``with`` block."""

    def __init__(self, python: Path, log: Path, variables: dict[str, str]) -> None:
        """Start dbt.

        Args:
            python: Interpreter of the environment that dbt is installed in.
            log: File for all that dbt prints.
            variables: Its whole environment.
        """
        self._log = log
        self._output = log.open("wb")
        self._process = subprocess.Popen(
            [python, __file__],
            env=variables,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._output,
            text=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()
        self._output.close()

    def run(self, *arguments: str) -> list[Result]:
        """Run one command and return what became of its nodes, whether or not they failed.

        Raises:
            DbtError: with the end of the output, if dbt ran nothing at all.
        """
        commands, answers = _pipes(self._process)
        commands.write(json.dumps(arguments) + "\n")
        commands.flush()
        line = answers.readline()
        if not line:
            raise DbtError(self._tail())
        answer = json.loads(line)
        if answer["results"] is None and not answer["success"]:
            raise DbtError(answer["exception"], self._tail())
        return [Result(*row) for row in answer["results"] or ()]

    def succeed(self, *arguments: str) -> list[Result]:
        """Run a command of which no node may fail."""
        results = self.run(*arguments)
        bad = [result for result in results if result.status in ("fail", "error", "skipped")]
        assert not bad, "\n".join(f"{result.node}: {result.message}" for result in bad)
        return results

    def _tail(self) -> str:
        return self._log.read_text(errors="replace")[-4000:]


def _pipes(process: subprocess.Popen[str]) -> tuple[IO[str], IO[str]]:
    assert process.stdin is not None
    assert process.stdout is not None
    return process.stdin, process.stdout


def _serve() -> None:
    from dbt.cli.main import dbtRunner  # noqa: PLC0415 - only the plugin's interpreter has it

    answers, sys.stdout = sys.stdout, sys.stderr
    runner = dbtRunner()
    for line in sys.stdin:
        done = runner.invoke(json.loads(line))
        answer: dict[str, Any] = {
            "success": done.success,
            "exception": None if done.exception is None else str(done.exception),
            "results": None,
        }
        if hasattr(done.result, "results"):
            answer["results"] = [
                (
                    found.node.unique_id,
                    str(found.status),
                    found.execution_time,
                    str(getattr(found, "message", None) or ""),
                )
                for found in done.result.results
            ]
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


if __name__ == "__main__":
    _serve()
