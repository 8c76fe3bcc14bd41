"""The account: its databases on disk, its sessions, its users' objects."""

from __future__ import annotations

import logging
import secrets
import shutil
import sqlite3
import threading
import time
from typing import TYPE_CHECKING

import duckdb

from sandbox.settings import SandboxError
from sandbox.warehouse import functions
from sandbox.warehouse.errors import SnowflakeFault, exists, missing
from sandbox.warehouse.locks import TableLocks
from sandbox.warehouse.metadata import Metadata
from sandbox.warehouse.names import INFORMATION_SCHEMA, literal, quoted

if TYPE_CHECKING:
    from pathlib import Path

    from sandbox.settings import Settings
    from sandbox.warehouse.session import Session

logger = logging.getLogger(__name__)

FIRST_DATABASES = ("RAW", "ANALYTICS")
FIRST_WAREHOUSES = ("LOADING", "TRANSFORMING", "REPORTING")
FIRST_ROLES = (
    "ACCOUNTADMIN",
    "SECURITYADMIN",
    "USERADMIN",
    "SYSADMIN",
    "PUBLIC",
    "LOADER",
    "TRANSFORMER",
    "REPORTER",
)
# What is made of marts can be read by those who read marts, as in an account that has been set up.
FIRST_GRANTS = [
    (f"FUTURE {kind}", "ANALYTICS.STREAMING", "SELECT", "ROLE", "REPORTER")
    for kind in ("TABLE", "VIEW")
]
DEFAULT_ROLE = "ACCOUNTADMIN"
_SUFFIX = ".duckdb"
_HIDDEN_DATABASES = ("memory", "system", "temp")
_PUBLIC = "PUBLIC"
_SESSION_IDLE_SECONDS = 4 * 3600


class Account:
    """One Snowflake account on DuckDB files.

    Attributes:
        metadata: What DuckDB cannot hold.
        locks: Tables that sessions are writing to.
        stage_folder: Root of the user stage.
    """

    def __init__(self, settings: Settings) -> None:
        """Open the databases under ``settings.warehouse_folder``, or create the first ones.

        Raises:
            SandboxError: if a file is locked, broken or cannot be written.
        """
        self._folder = settings.warehouse_folder
        self.stage_folder = settings.stage_folder
        self.locks = TableLocks()
        self._sessions: dict[str, Session] = {}
        self._mutex = threading.RLock()
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            self.stage_folder.mkdir(parents=True, exist_ok=True)
            scratch = self._folder / "scratch"
            shutil.rmtree(scratch, ignore_errors=True)
            self._root = duckdb.connect(
                ":memory:",
                config={
                    "lambda_syntax": "ENABLE_SINGLE_ARROW",
                    "temp_directory": str(scratch),
                    # What is committed is in the log. Written into the file each time, a thousand
                    # changed rows of ten million take more than a second.
                    "checkpoint_threshold": "1GB",
                },
            )
            self._root.execute("set global TimeZone = 'UTC'")
            self._root.execute(functions.creation_sql())
            self._open_databases()
            self.metadata = Metadata(self._folder / "account.sqlite")
            self._add_principals()
        except (duckdb.Error, sqlite3.Error, OSError) as error:
            raise _unusable(self._folder, error) from error

    def _open_databases(self) -> None:
        files = sorted(self._folder.glob(f"*{_SUFFIX}"))
        for file in files:
            self._attach(file)
        found = {file.stem for file in files}
        for database in FIRST_DATABASES:
            if database not in found:
                self._attach(self._folder / f"{database}{_SUFFIX}")

    def _attach(self, file: Path) -> None:
        database = file.stem
        self._root.execute(f"attach {literal(str(file))} as {quoted(database)}")
        self._root.execute(f"create schema if not exists {quoted(database)}.{quoted(_PUBLIC)}")

    def _add_principals(self) -> None:
        first = [("role", name) for name in FIRST_ROLES]
        first += [("warehouse", name) for name in FIRST_WAREHOUSES]
        self.metadata.write("insert or ignore into principals values (?, ?)", first)
        self.metadata.write("insert or ignore into grants values (?, ?, ?, ?, ?)", FIRST_GRANTS)

    def close(self) -> None:
        """Stop statements, write everything to the database files and close them."""
        with self._mutex:
            for session in list(self._sessions.values()):
                session.cancel()
            for session in list(self._sessions.values()):
                session.close()
            self._sessions.clear()
        for database in self.databases():
            try:
                self._root.execute(f"checkpoint {quoted(database)}")
            except duckdb.Error as error:
                logger.warning("Checkpoint of %s: %s", database, error)
        self._root.close()
        self.metadata.close()
        shutil.rmtree(self._folder / "scratch", ignore_errors=True)

    def ping(self) -> None:
        """Ask DuckDB for a sign of life.

        Raises:
            duckdb.Error: if there is none.
        """
        with self._root.cursor() as cursor:
            cursor.execute("select 1").fetchone()

    def connection(self) -> duckdb.DuckDBPyConnection:
        """Return a connection of its own to all databases."""
        connection = self._root.cursor()
        connection.execute("set search_path = 'memory.main'")
        return connection

    def databases(self) -> list[str]:
        """Return the names of all databases."""
        with self._root.cursor() as cursor:
            names = cursor.execute("select database_name from duckdb_databases()").fetchall()
        return sorted(name for (name,) in names if name not in _HIDDEN_DATABASES)

    def schemas(self, database: str) -> list[str]:
        """Return the names of a database's schemas, without ``INFORMATION_SCHEMA``."""
        with self._root.cursor() as cursor:
            names = cursor.execute(
                "select schema_name from duckdb_schemas() where database_name = ? "
                "and not internal and schema_name <> 'main'",
                [database],
            ).fetchall()
        return sorted(name for (name,) in names)

    def has_schema(self, database: str, schema: str) -> bool:
        """Tell whether a schema is there."""
        if database not in self.databases():
            return False
        return schema == INFORMATION_SCHEMA or schema in self.schemas(database)

    def create_database(self, name: str, *, replace: bool, if_not_exists: bool) -> bool:
        """Create a database; tell whether it is new.

        Raises:
            SnowflakeFault: if it exists already or its name cannot be a file name.
        """
        with self._mutex:
            if name in self.databases():
                if if_not_exists:
                    return False
                if not replace:
                    raise exists(name)
                self.drop_database(name)
            if "/" in name or name.startswith(".") or name in _HIDDEN_DATABASES:
                raise SnowflakeFault(1008, "42000", f"Invalid database name '{name}'.")
            self._attach(self._folder / f"{name}{_SUFFIX}")
            return True

    def drop_database(self, name: str) -> None:
        """Remove a database with all it holds.

        Raises:
            SnowflakeFault: if it does not exist.
        """
        with self._mutex:
            if name not in self.databases():
                raise missing(kind="Database", name=name)
            self._root.execute(f"detach {quoted(name)}")
            self.metadata.forget_schema(name)
            for suffix in (_SUFFIX, f"{_SUFFIX}.wal"):
                (self._folder / f"{name}{suffix}").unlink(missing_ok=True)

    def principals(self, kind: str) -> list[str]:
        """Return the names of all roles, warehouses or users."""
        found = self.metadata.rows("select name from principals where kind = ? order by 1", [kind])
        return [name for (name,) in found]

    def open_session(self, session: Session) -> str:
        """Register a session; return its token."""
        token = secrets.token_urlsafe(32)
        with self._mutex:
            for old_token, old in list(self._sessions.items()):
                if old.idle_seconds > _SESSION_IDLE_SECONDS:
                    self.close_session(old_token)
            self._sessions[token] = session
        return token

    def session(self, token: str) -> Session | None:
        """Return the session of a token."""
        return self._sessions.get(token)

    def close_session(self, token: str) -> None:
        """End a session; its open transaction and temporary tables go with it."""
        with self._mutex:
            session = self._sessions.pop(token, None)
        if session is not None:
            session.close()


def now() -> float:
    """Return the time in seconds since 1970."""
    return time.time()


def _unusable(folder: Path, error: Exception) -> SandboxError:
    line = str(error).strip().split("\n")[0]
    hint = "free some disk space or run 'sandbox reset'"
    if "lock" in line.lower():
        hint = "stop the process that has it open"
    return SandboxError(f"The warehouse in {folder} cannot be opened ({line}): {hint}.")
