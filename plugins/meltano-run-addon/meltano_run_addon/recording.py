"""Each `meltano run` leaves a record, whatever becomes of it.

A project asks for it by declaring the plugin that loads records::

    annotations:
      run_records:
        load: load      # its command that loads what is not loaded yet
        tell: alert     # its command for when it cannot: tells about failures, loads nothing

As the last step of a run, ``load`` finds the run's own record, too. A run that does not succeed
never comes to it, so it is started here then. Nothing here ever changes what becomes of a run.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import functools
import json
import os
import signal
import sys
from typing import TYPE_CHECKING, Any

import click
import structlog
from meltano.core.block.extract_load import ExtractLoadBlocks
from meltano.core.block.plugin_command import InvokerCommand
from meltano.core.job import job as jobs
from meltano.core.utils import new_run_id

from meltano_run_addon import artifacts
from meltano_run_addon.annotations import declared
from meltano_run_addon.recorder import Recorder, telling
from meltano_run_addon.records import RunRecord, close_killed
from meltano_run_addon.redaction import redact, secrets_of
from meltano_run_addon.singer import LastLines, Listener, SingerStep

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator
    from pathlib import Path

    from meltano.core.project import Project

FOLDER = "run-records"
"""Below ``.meltano``; in it a folder per environment, since each has a warehouse of its own."""

RECONCILIATIONS_VARIABLE = "RUN_RECONCILIATIONS_FILE"
"""Names a file to which a command may add what it compared, a JSON object per line."""

_logger = structlog.stdlib.get_logger("meltano_run_addon")
_current: contextvars.ContextVar[Recorder | None] = contextvars.ContextVar("run", default=None)


@contextlib.contextmanager
def recording(project: Project, params: dict[str, Any]) -> Iterator[None]:
    """Keep a record while a run goes on.

    Args:
        project: With its environment activated.
        params: Of `meltano run`; its run id is chosen here if it is not given.
    """
    recorder = None
    with telling("the start of the run"):
        recorder = _recorder(project, params)
    if recorder is None:
        yield
        return
    token = _current.set(recorder)
    error: BaseException | None = None
    try:
        yield
    except BaseException as raised:
        error = raised
        raise
    finally:
        _current.reset(token)
        recorder.finish(_unless_good(error))


def _recorder(project: Project, params: dict[str, Any]) -> Recorder | None:
    """Open a record, if the project has what loads it, and anything is going to run."""
    plugins = project.plugins.plugins(ensure_parent=False)
    loader = next((plugin for plugin in plugins if "load" in declared(plugin, "run_records")), None)
    if loader is None or params["dry_run"] or not params["blocks"] or not project.environment:
        return None
    folder = project.dirs.meltano(FOLDER, project.environment.name)
    for closed in close_killed(folder):
        found = closed.content
        _logger.warning("Run %s was killed in %s", found["run_id"], found["failed_step"])
    params["run_id"] = params["run_id"] or new_run_id()
    record = RunRecord.begin(
        folder,
        str(params["run_id"]),
        " ".join(params["blocks"]),
        project.environment.name,
        is_full_refresh=bool(params["full_refresh"]),
    )
    return Recorder(record, loader, project)


def install() -> None:
    """Record runs; does nothing outside Meltano's command line."""
    module = sys.modules.get("meltano.cli.run")
    if module is None:
        return
    module.run.callback = _recorded(module.run.callback)
    run_pair, run_command = ExtractLoadBlocks.run, InvokerCommand.run
    link_io = ExtractLoadBlocks._link_io  # noqa: SLF001

    @functools.wraps(link_io)
    async def link_io_and_listen(self: ExtractLoadBlocks) -> None:
        if _current.get():
            with telling("a step"):
                _listen(self)
        await link_io(self)

    @functools.wraps(run_pair)
    async def run_pair_and_record(self: ExtractLoadBlocks) -> None:
        if recorder := _current.get():
            await _record_pair(recorder, self, run_pair)
        else:
            await run_pair(self)

    @functools.wraps(run_command)
    async def run_command_and_record(self: InvokerCommand) -> None:
        if recorder := _current.get():
            await _record_command(recorder, self, run_command)
        else:
            await run_command(self)

    ExtractLoadBlocks._link_io = link_io_and_listen  # type: ignore[method-assign]  # noqa: SLF001
    ExtractLoadBlocks.run = run_pair_and_record  # type: ignore[method-assign]
    InvokerCommand.run = run_command_and_record  # type: ignore[method-assign]


def _recorded(callback: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(callback)
    def run_and_record(*args: Any, **params: Any) -> Any:
        project = click.get_current_context().obj.get("project")
        if project is None:
            return callback(*args, **params)
        with recording(project, params):
            return callback(*args, **params)

    return run_and_record


def _listen(pair: ExtractLoadBlocks) -> None:
    """Take the lines of the plugins, before Meltano hands them on."""
    step: SingerStep = pair._singer_step  # type: ignore[attr-defined]  # noqa: SLF001
    state = pair.head.invoker.files["state"]  # type: ignore[attr-defined]
    if state.exists():
        step.resume(json.loads(state.read_text()))
    # The last before the loader has what a mapper made of the extractor's messages.
    pair.blocks[-2].stdout_link(Listener(step.messages))
    pair.head.stderr_link(Listener(step.extractor_log))
    pair.tail.stdout_link(Listener(step.states))
    pair.tail.stderr_link(Listener(step.loader_log))


async def _record_pair(
    recorder: Recorder,
    pair: ExtractLoadBlocks,
    run: Callable[[ExtractLoadBlocks], Coroutine[Any, Any, None]],
) -> None:
    singer = pair._singer_step = SingerStep()  # type: ignore[attr-defined]  # noqa: SLF001
    step = recorder.begin(" ".join(block.string_id for block in pair.blocks))
    error: BaseException | None = None
    try:
        await run(pair)
    except BaseException as raised:
        error = raised
        raise
    finally:
        with telling("a step"):
            recorder.record.content["streams"] += [
                {"step_number": recorder.number(), "step": step["step"], **stream}
                for stream in singer.streams()
            ]
            secrets = secrets_of(block.invoker for block in pair.blocks)
            recorder.end(step, error, [redact(line, secrets) for line in singer.told()])


async def _record_command(
    recorder: Recorder,
    block: InvokerCommand,
    run: Callable[[InvokerCommand], Coroutine[Any, Any, None]],
) -> None:
    if recorder.loads(block):
        # It finds the record as it stands if it is the last step.
        with telling("the end of the run"):
            recorder.record.end("succeeded")
            recorder.record.write()
        try:
            await run(block)
        except BaseException as error:
            with telling("a step"):
                recorder.end(recorder.begin(f"{block.name}:{block.command}"), error, [])
            raise
    else:
        await _record_other_command(recorder, block, run)


async def _record_other_command(
    recorder: Recorder,
    block: InvokerCommand,
    run: Callable[[InvokerCommand], Coroutine[Any, Any, None]],
) -> None:
    said = LastLines()
    block.stdout_link(said)
    block.stderr_link(said)
    artifact_folder, before = _artifacts(block)
    compared = recorder.record.path.with_suffix(".reconciliations")
    os.environ[RECONCILIATIONS_VARIABLE] = str(compared)
    step = recorder.begin(f"{block.name}:{block.command}" if block.command else block.name)
    error: BaseException | None = None
    try:
        with _stopping_on_sigterm():
            await run(block)
    except BaseException as raised:
        error = raised
        raise
    finally:
        del os.environ[RECONCILIATIONS_VARIABLE]
        with telling("a step"):
            number = {"step_number": recorder.number()}
            content = recorder.record.content
            if artifact_folder:
                found = {r["node"]: r for r in artifacts.results(artifact_folder, before)}
                content["dbt_results"] += [number | result for result in found.values()]
            content["reconciliations"] += [number | told for told in _reconciliations(compared)]
            secrets = secrets_of([block.invoker])
            recorder.end(step, error, [redact(line, secrets) for line in said.told()])


def _artifacts(block: InvokerCommand) -> tuple[Path | None, dict[Path, int]]:
    """Return where a command leaves dbt's artifacts, if it does, and what is there."""
    invoker = block.invoker
    named = declared(invoker.plugin, "run_records").get("dbt_artifacts")
    if not named:
        return None, {}
    arguments = invoker.find_command(block.command).args if block.command else ""
    folder = artifacts.folder_of(invoker.project.root, named, arguments)
    return folder, artifacts.modification_times(folder)


def _reconciliations(path: Path) -> list[dict[str, Any]]:
    if not path.exists():
        return []
    told = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    path.unlink()
    return told


@contextlib.contextmanager
def _stopping_on_sigterm() -> Iterator[None]:
    """End a command as Meltano ends a pair of plugins: the plugin first, then the run, with 143."""
    loop, task = asyncio.get_running_loop(), asyncio.current_task()

    def stop() -> None:
        jobs._sigterm_received = True  # noqa: SLF001
        if task:
            task.cancel()

    loop.add_signal_handler(signal.SIGTERM, stop)
    try:
        yield
    finally:
        loop.remove_signal_handler(signal.SIGTERM)


def _unless_good(error: BaseException | None) -> BaseException | None:
    """Click ends a command with an exception even where all is well."""
    is_good = isinstance(error, click.exceptions.Exit) and not error.exit_code
    return None if is_good else error
