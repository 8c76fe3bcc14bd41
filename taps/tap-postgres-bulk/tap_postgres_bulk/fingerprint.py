"""What the tables look like, as one line: it changes when a discovery would find other columns.

Imports nothing of the SDK, which takes ten times as long as the question itself.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg.conninfo import make_conninfo

from tap_postgres_bulk.errors import TapError

if TYPE_CHECKING:
    from collections.abc import Sequence

ARGUMENT = "--catalog-fingerprint"
QUERY = """
select md5(string_agg(concat_ws(
    ' ', class.oid::regclass, class.relkind, attribute.attname,
    format_type(attribute.atttypid, attribute.atttypmod), attribute.attnotnull, coalesce(
        (select true from pg_index where indrelid = class.oid and indisprimary
         and attribute.attnum = any(indkey)), false)
), e'\\n' order by class.oid, attribute.attnum))
from pg_class as class
join pg_namespace as namespace on namespace.oid = class.relnamespace
join pg_attribute as attribute on attribute.attrelid = class.oid
where class.relkind in ('r', 'v', 'm', 'p', 'f') and attribute.attnum > 0
  and not attribute.attisdropped and namespace.nspname not in ('pg_catalog', 'information_schema')
  and (namespace.nspname = any(%(schemas)s) or %(schemas)s::text[] is null)
"""
PLAIN = {
    "host": "host", "port": "port", "database": "dbname", "user": "user", "password": "password",
}  # fmt: skip
"""Settings that lead to the server, and what libpq calls them."""
CHECKED_MODES = ("verify-ca", "verify-full")


def is_asked(arguments: Sequence[str]) -> bool:
    """Tell whether the command line asks for a fingerprint."""
    return ARGUMENT in arguments


def fingerprint(arguments: Sequence[str]) -> str:
    """Read which columns there are, with their types and keys.

    Args:
        arguments: The command line, with one ``--config`` at least.

    Returns:
        A hash of 32 letters; it says nothing of the rows.

    Raises:
        TapError: if there is no readable configuration.
        psycopg.Error: if the server cannot be asked.
    """
    config = _config(arguments)
    with _connect(config) as connection:
        schemas = config.get("filter_schemas") or None
        row = connection.execute(QUERY, {"schemas": schemas}).fetchone()
    return str(row[0]) if row else ""


def _config(arguments: Sequence[str]) -> dict[str, Any]:
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--config", action="append", default=[])
    config: dict[str, Any] = {}
    for name in parser.parse_known_args(arguments)[0].config:
        try:
            config |= json.loads(Path(name).read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            message = f"--config {name}: {error}"
            raise TapError(message) from None
    return config


def _connect(config: dict[str, Any]) -> psycopg.Connection:
    given: dict[str, Any] = {ours: config.get(name) for name, ours in PLAIN.items()}
    if config.get("ssl_enable"):
        given["sslmode"] = config.get("ssl_mode")
    is_plain = config.get("host") and not any(
        (
            config.get("sqlalchemy_url"),
            (config.get("ssh_tunnel") or {}).get("enable"),
            config.get("ssl_client_certificate_enable"),
            given.get("sslmode") in CHECKED_MODES,
        )
    )
    if is_plain:
        given = {name: value for name, value in given.items() if value}
        return psycopg.connect(make_conninfo(**given))
    return _connect_as_the_tap(config)


def _connect_as_the_tap(config: dict[str, Any]) -> psycopg.Connection:
    """Go through a tunnel, with certificates or to an address in one piece; a second slower."""
    import sqlalchemy.exc  # noqa: PLC0415

    from tap_postgres_bulk.tap import TapPostgresBulk  # noqa: PLC0415

    try:
        tap = TapPostgresBulk(config=config)
        _ = tap.connector  # sets connection_parameters
    except sqlalchemy.exc.DBAPIError as error:
        raise TapError(str(error.orig)) from None
    return tap.copying
