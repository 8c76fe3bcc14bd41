from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from sandbox.settings import Settings
from sandbox.warehouse import locks
from sandbox.warehouse.account import Account
from sandbox.warehouse.errors import SnowflakeFault
from sandbox.warehouse.execute import execute
from sandbox.warehouse.session import Session

if TYPE_CHECKING:
    from pathlib import Path


def _session(account: Account) -> Session:
    session = Session(account, user="SANDBOX", role="ACCOUNTADMIN", warehouse="LOADING")
    session.database, session.schema = "RAW", "PUBLIC"
    return session


def test_an_idle_holder_is_rolled_back_and_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(locks, "IDLE_SECONDS", 0.2)
    account = Account(Settings(tmp_path))
    try:
        idle, waiting = _session(account), _session(account)
        execute(idle, "create table shared (n int)")
        execute(idle, "begin")
        execute(idle, "insert into shared values (1)")
        time.sleep(0.3)
        execute(waiting, "insert into shared values (2)")
        with pytest.raises(SnowflakeFault, match="rolled back"):
            execute(idle, "insert into shared values (3)")
        execute(idle, "insert into shared values (4)")
        found = execute(waiting, "select n from shared order by n").table.to_pylist()
        assert [row["N"] for row in found] == [2, 4]
    finally:
        account.close()
