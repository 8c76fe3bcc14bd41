from __future__ import annotations

import signal
import socket
import stat
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING

import pytest
import snowflake.connector.errors as sf
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from sandbox.settings import HOST, SandboxError, Settings
from sandbox.warehouse.account import Account

from .conftest import Service, free_port_base, rows

if TYPE_CHECKING:
    from pathlib import Path


def _key(path: Path) -> bytes:
    key = serialization.load_pem_private_key(path.read_bytes(), None)
    return key.private_bytes(
        serialization.Encoding.DER,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def _exchange(service: Service, request: bytes) -> bytes:
    with socket.create_connection((HOST, service.settings.snowflake_proxy_port), timeout=30) as s:
        s.sendall(request)
        return s.recv(65536)


def test_first_start_makes_the_account(service: Service) -> None:
    with service.connect() as session:
        assert {row[1] for row in rows(session, "show databases")} == {"RAW", "ANALYTICS"}
    home = service.settings.home
    for secret in ("keys/snowflake.p8", "tls/ca-key.pem", "tls/server.pem"):
        assert stat.S_IMODE((home / secret).stat().st_mode) == 0o600
    assert stat.S_IMODE(service.settings.ca_bundle.stat().st_mode) == 0o644


def test_key_pair_login(service: Service) -> None:
    key = _key(service.settings.snowflake_private_key)
    with service.connect(private_key=key, role="LOADER") as session:
        assert rows(session, "select current_user(), current_role()") == [("SANDBOX", "LOADER")]


def test_wrong_credentials_are_refused(service: Service) -> None:
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048).private_bytes(
        serialization.Encoding.DER,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    with pytest.raises(sf.DatabaseError, match="JWT token is invalid"):
        service.connect(private_key=other)
    for wrong in ({"password": "wrong"}, {"user": "nobody"}):
        with pytest.raises(sf.DatabaseError, match="Incorrect username or password"):
            service.connect(**wrong)
    with pytest.raises(sf.DatabaseError, match="Role 'NOBODY'"):
        service.connect(role="nobody")


def test_unknown_database_and_warehouse_fail_later(service: Service) -> None:
    with (
        service.connect(database="nowhere", schema=None) as session,
        pytest.raises(sf.ProgrammingError, match="does not have a current database"),
    ):
        rows(session, "create table t (n int)")
    with service.connect(warehouse="nowhere") as session:
        assert rows(session, "select 1") == [(1,)]
        rows(session, "create or replace table idle (n int)")
        with pytest.raises(sf.ProgrammingError, match="No active warehouse"):
            rows(session, "select * from idle")


def test_proxy_tunnels_and_explains(service: Service) -> None:
    with socket.create_server((HOST, 0)) as other:
        port = other.getsockname()[1]
        threading.Thread(target=lambda: other.accept()[0].sendall(b"hello"), daemon=True).start()
        with socket.create_connection((HOST, service.settings.snowflake_proxy_port)) as client:
            client.sendall(f"CONNECT {HOST}:{port} HTTP/1.1\r\n\r\n".encode())
            received = b""
            while b"hello" not in received:
                received += client.recv(100)
        assert received.startswith(b"HTTP/1.1 200")
    assert _exchange(service, f"CONNECT {HOST}:{port} HTTP/1.1\r\n\r\n".encode()).startswith(
        b"HTTP/1.1 502"
    )
    assert b"405" in _exchange(service, b"POST / HTTP/1.1\r\n\r\n")
    assert b"400" in _exchange(service, b"CONNECT nothing HTTP/1.1\r\n\r\n")
    assert b"404" in _exchange(service, b"GET / HTTP/1.1\r\n\r\n")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_committed_data_outlives_the_process(service: Service, number: int) -> None:
    bundle = service.settings.ca_bundle.read_bytes()
    session, open_session = service.connect(), service.connect(autocommit=False)
    rows(session, "create database if not exists mine")
    rows(session, "create or replace table mine.public.t (id int autoincrement, s varchar(7))")
    rows(session, "insert into mine.public.t (s) values ('kept')")
    rows(session, "create or replace view mine.public.v as select s from mine.public.t")
    rows(open_session, "insert into mine.public.t (s) values ('lost')")
    started = time.monotonic()
    code = service.stop(number)
    assert time.monotonic() - started < 10
    assert code == (0 if number == signal.SIGTERM else -signal.SIGKILL)
    service.start()
    with pytest.raises(sf.Error, match="New login required"):
        rows(session, "select 1")
    for ended in (session, open_session):
        ended.close()  # or the connector tries to at the end of the tests, again and again
    assert service.settings.ca_bundle.read_bytes() == bundle
    with service.connect(database="mine") as session:
        assert "MINE" in {row[1] for row in rows(session, "show databases")}
        assert rows(session, "select s from v") == [("kept",)]
        rows(session, "insert into t (s) values ('more')")
        assert rows(session, "select count(distinct id) from t") == [(2,)]
        assert rows(session, "describe table t")[1][1] == "VARCHAR(7)"


def test_a_second_process_says_who_is_in_the_way(service: Service) -> None:
    home = service.settings.home
    for base, told in (
        (free_port_base(), "cannot be opened"),
        (service.settings.port_base, "cannot be opened"),
    ):
        second = subprocess.run(
            [sys.executable, "-m", "sandbox.warehouse"],
            env={"SANDBOX_HOME": str(home), "SANDBOX_PORT_BASE": str(base), "PATH": ""},
            cwd=home,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert second.returncode == 1
        assert told in second.stderr
        assert "Traceback" not in second.stderr


def test_a_broken_file_is_told_in_one_line(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, port_base=free_port_base())
    settings.warehouse_folder.mkdir(parents=True)
    (settings.warehouse_folder / "RAW.duckdb").write_bytes(b"not a database" * 1000)
    with pytest.raises(SandboxError) as caught:
        Account(settings)
    assert "\n" not in str(caught.value)
    assert "sandbox reset" in str(caught.value)


def test_a_taken_port_is_told_in_one_line(tmp_path: Path) -> None:
    with socket.create_server((HOST, 0)) as taken:
        second = subprocess.run(
            [sys.executable, "-m", "sandbox.warehouse"],
            env={
                "SANDBOX_HOME": str(tmp_path),
                "SANDBOX_PORT_BASE": str(taken.getsockname()[1] - 43),
                "PATH": "",
            },
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
    assert second.returncode == 1
    assert "SANDBOX_PORT_BASE" in second.stderr
    assert "Traceback" not in second.stderr
