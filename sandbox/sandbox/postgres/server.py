"""Starts and stops the PostgreSQL server of a sandbox.

The server listens on 127.0.0.1 only and has no Unix socket. Its one login is the role
``streaming_app`` (password ``sandbox``), which owns the database ``streaming`` and is no
superuser. ``fsync`` is off: killing the server's processes loses nothing that was committed,
a crash of the operating system may.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import psycopg

from sandbox.postgres.identity import binary_folder, server_identity
from sandbox.process import require_free_port
from sandbox.settings import HOST, SandboxError

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.postgres.identity import Identity
    from sandbox.settings import Settings

DATABASE = "streaming"
ROLE = "streaming_app"
PASSWORD = "sandbox"  # noqa: S105
START_SECONDS = 60.0
STOP_SECONDS = 20.0
MAJOR_VERSION = "18"

_HERE = "/proc/self/cwd"
_CONFIGURATION = """
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
password_encryption = 'scram-sha-256'
max_connections = 60
timezone = 'UTC'
log_timezone = 'UTC'
dynamic_shared_memory_type = 'mmap'
wal_level = 'minimal'
max_wal_senders = 0
max_wal_size = '2GB'
fsync = off
full_page_writes = off
jit = off
"""
_ACCESS = f"host {DATABASE} {ROLE} 127.0.0.1/32 scram-sha-256\n"
_FIRST_STATEMENTS = (
    f"create role {ROLE} login password '{PASSWORD}';",
    f"create database {DATABASE} owner {ROLE};",
    f"alter database {DATABASE} set timezone to 'UTC';",
)


def connection_string(settings: Settings) -> str:
    """Return the libpq connection string of the sandbox's database."""
    return (
        f"host={HOST} port={settings.postgres_port} dbname={DATABASE} "
        f"user={ROLE} password={PASSWORD} connect_timeout=10 sslmode=disable gssencmode=disable"
    )


def start(settings: Settings) -> None:
    """Start the server, making its data directory first if need be, and wait until it answers.

    Does nothing if it runs already. Remains of a killed server are cleaned up.

    Raises:
        SandboxError: if the port is taken, the data directory is broken, or the server does not
            answer within a minute.
    """
    folder = settings.postgres_folder
    if _postmaster(settings) is not None:
        _require_port(settings)
        if _becomes_ready(settings, lambda: _postmaster(settings) is not None):
            return
    _clear_remains(folder)
    require_free_port(settings.postgres_port, "postgres")
    identity = server_identity()
    if not folder.exists():
        _initialise(settings, identity)
    _require_sound(folder)
    identity.own(folder)
    log = _log_file(settings)
    with log.open("ab") as output:
        process = subprocess.Popen(
            [
                str(binary_folder(identity) / "postgres"),
                f"-D{_data_argument(folder)}",
                f"-p{settings.postgres_port}",
            ],
            cwd=folder,
            user=identity.uid,
            group=identity.gid,
            extra_groups=None if identity.uid is None else [],
            env=_environment(),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    if not _becomes_ready(settings, lambda: process.poll() is None):
        message = (
            f"Postgres ended while starting ({_last_complaint(log)}): "
            "run 'sandbox reset' if it happens again."
        )
        raise SandboxError(message)


def stop(settings: Settings) -> None:
    """Stop the server cleanly, ending its clients' sessions; do nothing if it does not run."""
    running = _postmaster(settings)
    if running is not None:
        with suppress(psutil.NoSuchProcess):
            running.send_signal(signal.SIGINT)
            try:
                running.wait(STOP_SECONDS)
            except psutil.TimeoutExpired:
                running.send_signal(signal.SIGQUIT)
                running.wait(STOP_SECONDS)
    _end_leftovers(settings.postgres_folder)


def is_running(settings: Settings) -> bool:
    """Tell whether this sandbox's server process is alive (it may still be starting)."""
    return _postmaster(settings) is not None


def process_id(settings: Settings) -> int | None:
    """Return the process id of this sandbox's running server."""
    running = _postmaster(settings)
    return None if running is None else running.pid


def _data_argument(folder: Path) -> str:
    return _HERE if os.path.exists(_HERE) else str(folder)  # noqa: PTH110


def _environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    return kept | {"LC_ALL": "C"}


def _log_file(settings: Settings) -> Path:
    settings.log_folder.mkdir(parents=True, exist_ok=True)
    return settings.log_folder / "postgres.log"


def _initialise(settings: Settings, identity: Identity) -> None:
    """Make the data directory under a draft name; it gets its real name when complete."""
    folder = settings.postgres_folder
    draft = folder.with_name(f"{folder.name}.new")
    if draft.exists():
        _end_leftovers(draft)
        shutil.rmtree(draft)
    draft.mkdir(parents=True, mode=0o700)
    identity.own(draft)
    data = _data_argument(draft)
    binaries = binary_folder(identity)
    make = ["initdb", "-D", data, "-U", "postgres", "--encoding=UTF8", "--locale=C"]
    make += [
        "--locale-provider=builtin",
        "--builtin-locale=C.UTF-8",
        "--no-sync",
        "--no-data-checksums",
    ]
    _run(settings, identity, draft, [str(binaries / make[0]), *make[1:]], "")
    for name, content in (("pg_hba.conf", _ACCESS), ("postgresql.conf", _CONFIGURATION)):
        (draft / name).write_text(content, encoding="utf-8")
    single = [str(binaries / "postgres"), "--single", "-D", data, "postgres"]
    _run(settings, identity, draft, single, "\n".join(_FIRST_STATEMENTS) + "\n")
    draft.rename(folder)


def _run(
    settings: Settings, identity: Identity, folder: Path, command: list[str], text: str
) -> None:
    done = subprocess.run(
        command,
        cwd=folder,
        user=identity.uid,
        group=identity.gid,
        extra_groups=None if identity.uid is None else [],
        env=_environment(),
        input=text.encode(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    log = _log_file(settings)
    with log.open("ab") as output:
        output.write(done.stdout)
    if done.returncode or b"ERROR:" in done.stdout:
        reason = "the disk is full" if b"No space left" in done.stdout else f"see {log}"
        message = f"PostgreSQL could not make its data directory {folder}: {reason}."
        raise SandboxError(message)


def _require_sound(folder: Path) -> None:
    version = folder / "PG_VERSION"
    try:
        sound = version.read_text(encoding="utf-8").strip() == MAJOR_VERSION
    except (OSError, ValueError):
        sound = False
    if not sound:
        message = (
            f"{folder} is not a data directory of PostgreSQL {MAJOR_VERSION}: run 'sandbox reset'."
        )
        raise SandboxError(message)


def _pid_file_lines(folder: Path) -> list[str]:
    try:
        return (folder / "postmaster.pid").read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError):
        return []


def _postmaster(settings: Settings) -> psutil.Process | None:
    """Return the live server of this data directory, and never a process that reused its id."""
    lines = _pid_file_lines(settings.postgres_folder)
    if not lines or not lines[0].strip().isdecimal():
        return None
    try:
        process = psutil.Process(int(lines[0]))
    except psutil.NoSuchProcess:
        return None
    return process if _works_in(process, settings.postgres_folder) else None


def _works_in(process: psutil.Process, folder: Path) -> bool:
    """Tell whether a process is PostgreSQL at work in this folder, by device and inode."""
    try:
        if process.status() == psutil.STATUS_ZOMBIE or not process.name().startswith("postgres"):
            return False
        return Path(process.cwd()).samefile(folder)
    except (psutil.Error, OSError):
        return False


def _clear_remains(folder: Path) -> None:
    """End orphans of a killed server and remove its lock file, whose id may be reused by now."""
    if folder.is_dir():
        _end_leftovers(folder)
        (folder / "postmaster.pid").unlink(missing_ok=True)


def _end_leftovers(folder: Path) -> None:
    """Wait for the server's own child processes to go, and end those that do not."""
    deadline = time.monotonic() + STOP_SECONDS
    patience = time.monotonic() + 1.0
    while time.monotonic() < deadline:
        left = [process for process in psutil.process_iter() if _works_in(process, folder)]
        if not left:
            return
        if time.monotonic() > patience:
            for process in left:
                with suppress(psutil.NoSuchProcess):
                    process.send_signal(signal.SIGQUIT)
        time.sleep(0.05)
    message = f"Processes of an earlier PostgreSQL server still work in {folder}: end them first."
    raise SandboxError(message)


def _require_port(settings: Settings) -> None:
    lines = _pid_file_lines(settings.postgres_folder)
    port = lines[3].strip() if len(lines) > 3 else str(settings.postgres_port)  # noqa: PLR2004
    if port != str(settings.postgres_port):
        message = (
            f"Postgres of this sandbox already runs, on port {port} and not "
            f"{settings.postgres_port}: run 'sandbox down' first or set SANDBOX_PORT_BASE back."
        )
        raise SandboxError(message)


def _becomes_ready(settings: Settings, is_alive: Callable[[], bool]) -> bool:
    """Wait until the server answers; return false if it ends before that."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if not is_alive():
            return False
        try:
            psycopg.connect(connection_string(settings)).close()
        except psycopg.OperationalError as error:
            complaint = _refusal(error)
            if complaint:
                stop(settings)
                message = f"Postgres is broken ({complaint}): run 'sandbox reset'."
                raise SandboxError(message) from error
            time.sleep(0.05)
        else:
            return True
    message = (
        f"Postgres did not answer within {START_SECONDS:.0f} s: see {_log_file(settings)}; "
        "run 'sandbox reset' if it happens again."
    )
    raise SandboxError(message)


def _refusal(error: psycopg.OperationalError) -> str | None:
    """Return why a server that is up refuses a client, ``None`` if it may soon accept it."""
    for line in str(error).splitlines():
        _, mark, reason = line.partition("FATAL:")
        soon = ("starting up", "shutting down", "recovery", "not yet accepting", "too many")
        if mark and not any(word in reason for word in soon):
            return reason.strip()
    return None


def _last_complaint(log: Path) -> str:
    text = log.read_text(encoding="utf-8", errors="replace")
    for line in reversed(text.splitlines()[-40:]):
        for level in ("PANIC:", "FATAL:", "ERROR:"):
            if level in line:
                return line.split(level, 1)[1].strip()
    return f"see {log}"
