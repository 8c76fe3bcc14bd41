"""Writes down what happens in a run, step by step, and sees to it that it is loaded."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any

import structlog
from meltano.core.block.plugin_command import plugin_command_invoker
from meltano.core.runner import RunnerError

from meltano_run_addon.annotations import declared
from meltano_run_addon.preflight import PluginCheck
from meltano_run_addon.records import now
from meltano_run_addon.redaction import redact

if TYPE_CHECKING:
    from collections.abc import Iterator

    from meltano.core.block.plugin_command import InvokerCommand
    from meltano.core.plugin.project_plugin import ProjectPlugin
    from meltano.core.project import Project

    from meltano_run_addon.records import RunRecord

    Step = dict[str, Any]

LOADING_SECONDS = 90
"""How long the record of a failed run may take to be loaded; its file waits for the next run."""

_logger = structlog.stdlib.get_logger("meltano_run_addon")


class Recorder:
    """Writes down what happens in a run.

    Attributes:
        record: The run's record.
        loader: The plugin that loads it.
    """

    def __init__(self, record: RunRecord, loader: ProjectPlugin, project: Project) -> None:
        """Write into an open record."""
        self.record = record
        self.loader = loader
        self._project = project
        self._commands = declared(loader, "run_records")

    def loads(self, block: InvokerCommand) -> bool:
        """Tell whether a block is the one that loads the records."""
        return f"{block.name}:{block.command}" == self._step_name

    @property
    def _step_name(self) -> str:
        return f"{self.loader.name}:{self._commands['load']}"

    def begin(self, name: str) -> Step:
        """Write down that a step begins."""
        step: Step = {
            "step": name,
            "status": "running",
            "started_at": now(),
            "ended_at": None,
            "exit_codes": {},
        }
        with telling("the start of a step"):
            self.record.content["steps"].append(step)
            self.record.content["status"] = "running"
            self.record.write()
        return step

    def end(self, step: Step, error: BaseException | None, told: list[str]) -> None:
        """Write down how a step ended.

        Args:
            step: As `begin` returned it.
            error: What ended it, if it did not succeed.
            told: The last lines of its plugins, redacted.
        """
        step |= {"status": _status(error), "ended_at": now()}
        if error is not None:
            step["exit_codes"] = _exit_codes(error)
            self.record.content["failed_step"] = step["step"]
            self.record.content["last_lines"] = told
            self.record.end(_status(error), redact(_reason(error)))
        self.record.write()

    def number(self) -> int:
        """Return the place of the step that is at work, from 1."""
        return len(self.record.content["steps"])

    def finish(self, error: BaseException | None) -> None:
        """Close the record, and load it if the run had no chance to."""
        with telling("the end of the run"):
            is_loaded = error is None and not self.record.path.exists()
            if not is_loaded:
                self.record.end(_status(error), redact(_reason(error)) if error else None)
                self.record.write()
        self.record.release()
        if error is not None:
            with telling("the record"):
                self._load()

    def _load(self) -> None:
        """Start the plugin, since the run did not come to it."""
        problems = PluginCheck(self._project, self.loader).problems()
        if problems:
            _logger.warning("The run's record waits for the next run: %s", "; ".join(problems))
        has_tried = self.record.content["failed_step"] == self._step_name
        command = self._commands["tell" if problems or has_tried else "load"]
        block = plugin_command_invoker(self.loader, self._project, command)

        async def load() -> None:
            try:
                await asyncio.wait_for(block.run(), LOADING_SECONDS)
            except TimeoutError:
                await block.stop()
                raise

        asyncio.run(load())


@contextlib.contextmanager
def telling(what: str) -> Iterator[None]:
    """Log what goes wrong with a record instead of letting it end the run."""
    try:
        yield
    except Exception as error:  # noqa: BLE001
        reason = redact(str(error) or type(error).__name__)
        _logger.warning("Cannot write down or load %s: %s", what, reason)


def _status(error: BaseException | None) -> str:
    if error is None:
        return "succeeded"
    stopped = (asyncio.CancelledError, KeyboardInterrupt, SystemExit)
    return "terminated" if isinstance(error, stopped) else "failed"


def _reason(error: BaseException) -> str:
    if _status(error) == "terminated":
        return "the run was told to stop"
    return str(error) or type(error).__name__


def _exit_codes(error: BaseException) -> dict[str, int]:
    codes = getattr(error, "exitcodes", None) if isinstance(error, RunnerError) else None
    return {str(kind): code for kind, code in codes.items()} if isinstance(codes, dict) else {}
