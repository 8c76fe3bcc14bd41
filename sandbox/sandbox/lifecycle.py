"""Bring the three stand-ins up and down, move their clock on, and start over."""

from __future__ import annotations

import contextlib
import fcntl
import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sandbox import bookmarks
from sandbox.postgres import load, server
from sandbox.process import Service
from sandbox.settings import HOST, SandboxError, Settings
from sandbox.world import World
from sandbox.world.world import DEFAULT_TITLES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import timedelta

DEFAULT_SEED = 20260101
DEFAULT_SCALE = 1.0
LOWEST_SCALE, HIGHEST_SCALE = 0.001, 1000.0
FEWEST_TITLES, MOST_TITLES = 100, 20_000
FIRST_YEAR, LAST_YEAR = 1970, 2199
_LOCK = ".lock"


@dataclass(frozen=True)
class WorldOptions:
    """What a new world is made of; None leaves an existing world, or the default, as it is.

    Attributes:
        seed: Chooses the world.
        scale: Multiplies users and viewing sessions.
        titles: Number of films and series.
        clock: Start of the world's time, UTC.
    """

    seed: int | None = None
    scale: float | None = None
    titles: int | None = None
    clock: datetime | None = None


@dataclass(frozen=True)
class Part:
    """One line of the status: a stand-in, where it is found, and whether it answers."""

    name: str
    address: str
    is_up: bool


def services(settings: Settings) -> list[Service]:
    """Return the stand-ins that are processes of ours (Postgres looks after itself)."""
    return [
        Service("platform-apis", "sandbox.platforms", settings.platforms_port, "/_sandbox/health"),
        Service("snowflake", "sandbox.warehouse", settings.snowflake_proxy_port, "/health"),
    ]


def up(
    settings: Settings,
    options: WorldOptions,
    report: Callable[[str], None],
) -> tuple[World, datetime]:
    """Start what does not run, and wait until everything answers.

    Safe to repeat, and after a crash: what was committed is kept. If it fails, it stops what it
    started.

    Args:
        settings: Folder and ports.
        options: The world to make, if there is none yet.
        report: Receives a line per step that takes a while.

    Returns:
        The world that the stand-ins show, and its clock.

    Raises:
        SandboxError: if a port is taken, the state is broken, or the options ask for another
            world than the one that is there.
    """
    with _exclusive(settings), contextlib.ExitStack() as undo:
        world, clock = _world(settings, options)
        parts = services(settings)
        for service in parts:
            if service.running_process(settings) is None:
                undo.callback(service.stop, settings)
            service.start(settings)
        if not server.is_running(settings):
            undo.callback(server.stop, settings)
        server.start(settings)
        if load.clock_in_database(settings) is None:
            report("Filling Postgres")
        clock = load.settle(settings, world, clock)
        for service in parts:
            service.wait_until_healthy(settings)
        undo.pop_all()
        return world, clock


def down(settings: Settings) -> None:
    """Stop everything; the data stays."""
    if settings.home.exists():
        with _exclusive(settings):
            _stop(settings)


def reset(settings: Settings) -> None:
    """Stop everything and delete the data, with the bookmarks that point into it."""
    bookmarks.forget(settings)
    if settings.home.exists():
        with _exclusive(settings):
            _stop(settings)
            _delete(settings)


def advance(settings: Settings, duration: timedelta) -> datetime:
    """Let the world's time pass: first in the database, then for the platform APIs.

    Args:
        settings: Folder and ports.
        duration: How far the clock moves.

    Returns:
        The new clock.

    Raises:
        SandboxError: if the sandbox is not up.
    """
    require_up(settings)
    with _exclusive(settings):
        world, clock = World.load(settings.world_file)
        clock = load.settle(settings, world, clock)
        load.advance(settings, world, clock, clock + duration)
        return clock + duration


def status(settings: Settings) -> list[Part]:
    """Ask each stand-in whether it is there."""
    parts = [
        Part(
            "postgres",
            f"{HOST}:{settings.postgres_port}",
            settings.home.exists() and server.is_running(settings),
        ),
    ]
    for service in services(settings):
        running = service.running_process(settings) is not None
        parts.append(
            Part(service.name, f"{HOST}:{service.port}", running and service.is_healthy()),
        )
    return parts


def require_up(settings: Settings) -> None:
    """Make sure that every stand-in answers.

    Raises:
        SandboxError: naming those that do not.
    """
    missing = [part.name for part in status(settings) if not part.is_up]
    if missing:
        message = f"Not running: {', '.join(missing)}. Start the sandbox with: sandbox up"
        raise SandboxError(message)


def _world(settings: Settings, options: WorldOptions) -> tuple[World, datetime]:
    if settings.world_file.exists():
        world, clock = World.load(settings.world_file)
        asked = (options.seed, options.scale, options.titles, options.clock)
        there = (world.seed, world.scale, world.titles, world.start)
        if any(ask not in (None, have) for ask, have in zip(asked, there, strict=True)):
            message = (
                f"This sandbox holds the world of seed {world.seed}, scale {world.scale:g}, "
                f"{world.titles} titles and start {world.start:%Y-%m-%dT%H:%MZ}. Make another one "
                "with: sandbox reset"
            )
            raise SandboxError(message)
        return world, clock
    bookmarks.forget(settings)
    clock = options.clock or datetime.now(UTC)
    seed = DEFAULT_SEED if options.seed is None else options.seed
    scale = DEFAULT_SCALE if options.scale is None else options.scale
    if not LOWEST_SCALE <= scale <= HIGHEST_SCALE:
        message = f"Scale {scale:g} is not from {LOWEST_SCALE:g} to {HIGHEST_SCALE:g}."
        raise SandboxError(message)
    titles = DEFAULT_TITLES if options.titles is None else options.titles
    if not FEWEST_TITLES <= titles <= MOST_TITLES:
        message = f"{titles} titles are not from {FEWEST_TITLES} to {MOST_TITLES}."
        raise SandboxError(message)
    if not FIRST_YEAR <= clock.year <= LAST_YEAR:
        message = f"Clock {clock:%Y-%m-%d} is not in the years {FIRST_YEAR} to {LAST_YEAR}."
        raise SandboxError(message)
    world = World(seed, scale, clock, titles)
    world.save(settings.world_file, world.start)
    return world, world.start


def _stop(settings: Settings) -> None:
    """Stop all at once: each takes a second or two to write what it has."""
    stops = [service.stop for service in services(settings)] + [server.stop]
    with ThreadPoolExecutor() as pool:
        for stopped in [pool.submit(stop, settings) for stop in stops]:
            stopped.result()


def _delete(settings: Settings) -> None:
    """Delete the data, the world last: cut short, it leaves a sandbox that `reset` still knows."""
    last = [settings.world_file, settings.home / _LOCK]
    for path in (*(path for path in settings.home.iterdir() if path not in last), *last):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    settings.home.rmdir()


@contextlib.contextmanager
def _exclusive(settings: Settings) -> Iterator[None]:
    """Keep two commands from changing one sandbox at the same time.

    The lock's file also marks the folder as a sandbox's, which `reset` may delete.
    """
    lock_file = settings.home / _LOCK
    try:
        settings.home.mkdir(parents=True, exist_ok=True)
        if any(settings.home.iterdir()) and not lock_file.exists():
            message = (
                f"{settings.home} holds other files and no sandbox: set SANDBOX_HOME to a new or "
                "an empty folder."
            )
            raise SandboxError(message)
        with lock_file.open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
    except OSError as error:
        name = error.filename or settings.home
        message = f"{name}: {error.strerror or error}. Free what is needed there, then try again."
        raise SandboxError(message) from error
