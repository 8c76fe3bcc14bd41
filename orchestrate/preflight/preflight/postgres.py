"""The database that is read: the login, and each selected table's columns, rights and keys."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import sql

from preflight.report import reason

if TYPE_CHECKING:
    from preflight.plugins import Plugin
    from preflight.report import Report

CONNECT_SECONDS = 10
LARGE_TABLE_ROWS = 100_000
"""Up to here a scan for what has changed costs little."""

SELECTION = "select in extract/extractors.meltano.yml"

_COLUMNS = """
select
    namespace.nspname,
    class.relname,
    class.reltuples::bigint,
    attribute.attname,
    attribute.attnotnull,
    has_schema_privilege(namespace.oid, 'USAGE'),
    has_column_privilege(class.oid, attribute.attnum, 'SELECT'),
    exists(
        select from pg_index as index
        where index.indrelid = class.oid and index.indkey[0] = attribute.attnum
    ),
    exists(select from pg_index as index where index.indrelid = class.oid and index.indisprimary)
from pg_class as class
inner join pg_namespace as namespace on class.relnamespace = namespace.oid
inner join pg_attribute as attribute on class.oid = attribute.attrelid
where
    namespace.nspname = any(%s)
    and class.relkind in ('r', 'p', 'v', 'm', 'f')
    and not class.relispartition
    and attribute.attnum > 0
    and not attribute.attisdropped
"""


@dataclass(frozen=True)
class Column:
    """A column of a table, as the role sees it."""

    name: str
    is_required: bool
    is_readable: bool
    is_indexed: bool


@dataclass
class Table:
    """A table, as the role sees it."""

    schema: str
    name: str
    rows: int
    has_schema: bool
    has_key: bool
    columns: dict[str, Column]

    @property
    def stream(self) -> str:
        """The name by which the extractor knows it."""
        return f"{self.schema}-{self.name}"


def check_postgres(plugin: Plugin, report: Report) -> None:
    """Check what an extractor needs of its database.

    Args:
        plugin: The extractor.
        report: Told what is found.
    """
    config = plugin.config
    where = f"{config['host']}:{config['port']}/{config['database']}"
    try:
        with psycopg.connect(**_connection(config), autocommit=True) as connection:
            connection.read_only = True
            report.ok(plugin.name, f"{config['user']} signs in to {where}")
            tables = _tables(connection, config["filter_schemas"] or [])
            _check_tables(plugin, tables, report, connection)
    except psycopg.OperationalError as error:
        fix = plugin.set_by("host", "port", "database", "user", "password")
        report.fail(plugin.name, f"cannot sign in to {where}: {reason(error)}", f"set {fix}")
    except psycopg.Error as error:
        report.fail(plugin.name, f"{where}: {reason(error)}", "give the role the right to read")


def _connection(config: dict[str, Any]) -> dict[str, Any]:
    found = {
        "host": config["host"],
        "port": config["port"],
        "dbname": config["database"],
        "user": config["user"],
        "password": config["password"],
        "connect_timeout": CONNECT_SECONDS,
        "application_name": "preflight",
    }
    if config.get("ssl_enable"):
        given = {"sslmode": "ssl_mode", "sslrootcert": "ssl_certificate_authority"}
        found |= {name: config[key] for name, key in given.items() if config.get(key)}
    return found


def _tables(connection: psycopg.Connection[Any], schemas: list[str]) -> dict[str, Table]:
    found: dict[str, Table] = {}
    for schema, name, rows, column, required, usable, readable, indexed, key in connection.execute(
        _COLUMNS, (schemas,)
    ):
        table = Table(schema, name, rows, usable, key, {})
        table = found.setdefault(table.stream, table)
        table.columns[column] = Column(column, required, readable, indexed)
    return found


def _check_tables(
    plugin: Plugin,
    tables: dict[str, Table],
    report: Report,
    connection: psycopg.Connection[Any],
) -> None:
    rules = [rule.partition(".")[::2] for rule in plugin.extras["select"] or []]
    wanted: dict[str, list[tuple[str, bool]]] = defaultdict(list)
    for stream, columns in rules:
        is_out = stream.startswith("!")
        matched = [name for name in tables if fnmatchcase(name, stream.lstrip("!"))]
        if not matched and not is_out:
            report.fail(
                plugin.name, f"no table for '{stream}'", f"create it, or correct {SELECTION}"
            )
        for name in matched:
            wanted[name].append((columns or "*", not is_out))
    for stream, patterns in wanted.items():
        table = tables[stream]
        chosen = [column for column in table.columns.values() if _is_chosen(column.name, patterns)]
        if chosen:
            _check_table(plugin, table, chosen, report, str(connection.info.user))


def _is_chosen(column: str, patterns: list[tuple[str, bool]]) -> bool:
    """Meltano's rule: in if any pattern takes it, and none leaves it out."""
    fitting = [is_in for pattern, is_in in patterns if fnmatchcase(column, pattern)]
    return bool(fitting) and all(fitting)


def _check_table(
    plugin: Plugin, table: Table, chosen: list[Column], report: Report, role: str
) -> None:
    full = _quoted(table.schema, table.name)
    subject = f"{plugin.name}: {table.schema}.{table.name}"
    if not table.has_schema:
        fix = f"grant usage on schema {_quoted(table.schema)} to {_quoted(role)};"
        report.fail(subject, f"{role} may not use the schema {table.schema}", fix)
        return
    if closed := [column.name for column in chosen if not column.is_readable]:
        fix = f"grant select on {full} to {_quoted(role)};"
        report.fail(subject, f"{role} may not read {', '.join(closed)}", fix)
        return
    method, key = _replication(plugin, table.stream)
    if method != "INCREMENTAL":
        report.ok(subject, f"{len(chosen)} columns can be read, {method.lower()}")
        return
    column = next((column for column in chosen if column.name == key), None)
    if column is None:
        fix = "correct its metadata or its select in extract/extractors.meltano.yml"
        report.fail(subject, f"its replication key {key} is not among its columns", fix)
        return
    if not table.has_key:
        fix = f"alter table {full} add primary key (…);"
        report.fail(subject, "it has no primary key, so its rows cannot be merged", fix)
        return
    report.ok(subject, f"{len(chosen)} columns can be read, primary key, by {key}")
    if not column.is_required:
        fix = f"alter table {full} alter column {_quoted(key)} set not null;"
        report.warn(subject, f"rows whose {key} is null are never read", fix)
    if not column.is_indexed and table.rows > LARGE_TABLE_ROWS:
        fix = f"create index concurrently on {full} ({_quoted(key)});"
        report.warn(subject, f"no index on {key}, so each run scans {table.rows:,} rows", fix)


def _replication(plugin: Plugin, stream: str) -> tuple[str, str]:
    found: dict[str, Any] = {}
    for pattern, metadata in (plugin.extras["metadata"] or {}).items():
        if fnmatchcase(stream, pattern):
            found |= metadata
    method = found.get("replication-method") or plugin.config["default_replication_method"]
    return str(method), str(found.get("replication-key"))


def _quoted(*names: str) -> str:
    """Return a name as it is written in a statement, in quotes where it needs them."""
    simple = all(name.isidentifier() and name.islower() for name in names)
    return ".".join(names) if simple else sql.Identifier(*names).as_string()
