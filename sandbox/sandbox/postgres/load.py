"""Puts the world into the database and moves it on.

The database keeps the clock it shows in table ``sandbox.world``, written in the same transaction
as the rows. ``world.json`` is written after that. A crash in between leaves the database ahead;
:func:`settle`, called whenever the sandbox comes up, brings the file up to it. A first load that
was cut short leaves nothing behind and is done again.
"""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.resources import files
from typing import TYPE_CHECKING

import psycopg
from psycopg import sql

from sandbox.postgres.server import connection_string
from sandbox.settings import SandboxError
from sandbox.world.database import KEY_COLUMNS, TABLES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sandbox.settings import Settings
    from sandbox.world import World
    from sandbox.world.database import Row, TableDelta

SCHEMA = "app"
_MARKER = """
    create schema sandbox;
    create table sandbox.world (
        only_one boolean primary key default true check (only_one),
        seed bigint not null,
        scale double precision not null,
        start timestamptz not null,
        clock timestamptz not null
    );
"""


def bulk_load(settings: Settings, world: World, clock: datetime) -> None:
    """Make the schema and fill it with the world as it is at ``clock``, all or nothing.

    What an earlier load left is dropped.

    Raises:
        SandboxError: if the server is not there, the disk is full, or the world does not
            reach to ``clock``.
    """
    with _connected(settings) as connection, connection.transaction():
        connection.execute("drop schema if exists app cascade")
        connection.execute("drop schema if exists sandbox cascade")
        connection.execute(_script("schema.sql"))
        for table, rows in world.rows_at(clock).items():
            _copy(connection, sql.Identifier(SCHEMA, table), rows)
        connection.execute(_script("constraints.sql"))
        connection.execute(_MARKER)
        connection.execute(
            "insert into sandbox.world (seed, scale, start, clock) values (%s, %s, %s, %s)",
            (world.seed, world.scale, world.start, clock),
        )
    with _connected(settings) as connection:
        tables = sql.SQL(", ").join(sql.Identifier(SCHEMA, table) for table in TABLES)
        connection.execute(sql.SQL("analyze {}").format(tables))


def apply(settings: Settings, world: World, old_clock: datetime, new_clock: datetime) -> None:
    """Bring the rows from ``old_clock`` to ``new_clock`` in one transaction.

    Does nothing if the database shows ``new_clock`` already, so it can be repeated.

    Raises:
        SandboxError: if the database shows neither clock or another world.
    """
    world.check(new_clock)
    with _connected(settings) as connection, connection.transaction():
        shown = _marker(connection, world)
        if shown == new_clock:
            return
        if shown != old_clock:
            message = (
                f"The database is at {shown}, the world at {old_clock}: run 'sandbox down' and "
                "'sandbox up', or 'sandbox reset'."
            )
            raise SandboxError(message)
        deltas = [world.database.delta(table, old_clock, new_clock) for table in TABLES]
        for delta in reversed(deltas):
            _delete(connection, delta)
        for delta in deltas:
            _upsert(connection, delta)
        connection.execute("update sandbox.world set clock = %s", (new_clock,))


def advance(settings: Settings, world: World, old_clock: datetime, new_clock: datetime) -> None:
    """Move the database on, then ``world.json``; the platforms follow the file.

    Raises:
        SandboxError: as :func:`apply` does.
    """
    apply(settings, world, old_clock, new_clock)
    world.save(settings.world_file, new_clock)


def clock_in_database(settings: Settings) -> datetime | None:
    """Return the clock that the database shows, ``None`` if nothing was loaded completely.

    Raises:
        SandboxError: if the server is not there.
    """
    with _connected(settings) as connection:
        if connection.execute("select to_regclass('sandbox.world')").fetchone() == (None,):
            return None
        row = connection.execute("select clock from sandbox.world").fetchone()
        return None if row is None else row[0].astimezone(UTC)


def settle(settings: Settings, world: World, clock: datetime) -> datetime:
    """Make database and ``world.json`` agree after whatever happened, and return their clock.

    Loads a database that is empty or half made, brings one that lags behind up to ``clock``,
    and saves the database's clock where it is ahead of ``clock``.

    Raises:
        SandboxError: if the database shows another world, or as :func:`bulk_load` does.
    """
    shown = clock_in_database(settings)
    if shown is None:
        bulk_load(settings, world, clock)
    else:
        with _connected(settings) as connection:
            _marker(connection, world)
        if shown < clock:
            apply(settings, world, shown, clock)
        clock = max(shown, clock)
    world.save(settings.world_file, clock)
    return clock


@contextmanager
def _connected(settings: Settings) -> Iterator[psycopg.Connection]:
    try:
        with psycopg.connect(connection_string(settings), autocommit=True) as connection:
            yield connection
    except psycopg.errors.DiskFull as error:
        message = f"The disk with {settings.home} is full: make room and try again."
        raise SandboxError(message) from error
    except psycopg.OperationalError as error:
        reason = str(error).strip().splitlines()[0]
        message = f"Postgres does not answer ({reason}): run 'sandbox up'."
        raise SandboxError(message) from error


def _marker(connection: psycopg.Connection, world: World) -> datetime:
    """Return the database's clock and hold it until the transaction ends."""
    row = connection.execute(
        "select seed, scale, start, clock from sandbox.world for update"
    ).fetchone()
    if row is None or tuple(row[:3]) != (world.seed, world.scale, world.start):
        message = "The database shows another world than world.json: run 'sandbox reset'."
        raise SandboxError(message)
    clock: datetime = row[3]
    return clock.astimezone(UTC)


def _script(name: str) -> sql.SQL:
    text = (files("sandbox.postgres") / name).read_text(encoding="utf-8")
    return sql.SQL(text)


def _copy(connection: psycopg.Connection, table: sql.Identifier, rows: Iterable[Row]) -> None:
    statement = sql.SQL("copy {} from stdin").format(table)
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)


def _columns(connection: psycopg.Connection, table: str) -> list[str]:
    found = connection.execute(
        "select column_name from information_schema.columns "
        "where table_schema = %s and table_name = %s order by ordinal_position",
        (SCHEMA, table),
    )
    return [row[0] for row in found.fetchall()]


def _delete(connection: psycopg.Connection, delta: TableDelta) -> None:
    if not delta.deleted:
        return
    columns = _columns(connection, delta.table)[: KEY_COLUMNS[delta.table]]
    condition = sql.SQL(" and ").join(
        sql.SQL("{} = %s").format(sql.Identifier(column)) for column in columns
    )
    statement = sql.SQL("delete from {} where {}").format(
        sql.Identifier(SCHEMA, delta.table), condition
    )
    with connection.cursor() as cursor:
        cursor.executemany(statement, delta.deleted)


def _upsert(connection: psycopg.Connection, delta: TableDelta) -> None:
    if not delta.inserted and not delta.updated:
        return
    target = sql.Identifier(SCHEMA, delta.table)
    draft = sql.Identifier("pg_temp", f"changed_{delta.table}")
    connection.execute(
        sql.SQL("create temporary table {} (like {}) on commit drop").format(
            sql.Identifier(f"changed_{delta.table}"), target
        )
    )
    _copy(connection, draft, [*delta.inserted, *delta.updated])
    columns = _columns(connection, delta.table)
    keys = columns[: KEY_COLUMNS[delta.table]]
    connection.execute(
        sql.SQL("insert into {} select * from {} on conflict ({}) do update set {}").format(
            target,
            draft,
            sql.SQL(", ").join(map(sql.Identifier, keys)),
            sql.SQL(", ").join(
                sql.SQL("{0} = excluded.{0}").format(sql.Identifier(column))
                for column in columns[len(keys) :]
            ),
        )
    )
