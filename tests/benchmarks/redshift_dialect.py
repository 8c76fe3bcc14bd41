"""How far are the models from Redshift's SQL?

    .venv/bin/python tests/benchmarks/redshift_dialect.py

Needs a built demo (`make demo`) whose sandbox is up. Every model's compiled SQL is parsed as
Snowflake's, searched for what Redshift has no counterpart of, written by sqlglot in Redshift's and
in PostgreSQL's dialect, and planned (EXPLAIN) by a PostgreSQL of its own, whose empty tables have
the columns of the local account. PostgreSQL's answer is about a cousin of Redshift.
"""

from __future__ import annotations

import json
import logging
import re
import tempfile
from collections import Counter, defaultdict
from pathlib import Path

import psycopg
import sqlglot
from sqlglot import exp
from sqlglot.errors import ErrorLevel

from sandbox.postgres import server
from sandbox.settings import Settings
from sandbox.testing import free_port_base
from sandbox.warehouse import client

MANIFEST = Path(__file__).resolve().parents[2] / "transform" / "target" / "manifest.json"
POSTGRES_TYPES = {
    "TEXT": "text",
    "NUMBER": "numeric",
    "FLOAT": "double precision",
    "BOOLEAN": "boolean",
    "DATE": "date",
    "TIMESTAMP_NTZ": "timestamp",
    "VARIANT": "jsonb",
}
WITHOUT_COUNTERPART: dict[str, tuple[type[exp.Expression], ...]] = {
    "lateral flatten": (exp.Explode,),
    "a path into VARIANT": (exp.JSONExtract,),
    "max_by, min_by": (exp.ArgMax, exp.ArgMin),
    "object_construct": (exp.JSONObject, exp.Struct),
    "generator": (exp.Generator,),
    "dayname, monthname": (exp.Dayname, exp.Monthname),
    "hour": (exp.Hour,),
    "dayofweekiso, weekofyear, yearofweekiso": (
        exp.DayOfWeekIso,
        exp.WeekOfYear,
        exp.YearOfWeekIso,
    ),
    "initcap with delimiters": (exp.Initcap,),
}
"""Snowflake's name of it, and how sqlglot reads it."""
AS_CALLED = {"to_timestamp_ntz"}

Tables = dict[tuple[str, str], list[tuple[str, str]]]


def columns(settings: Settings) -> Tables:
    """Return the columns of every relation of the local account."""
    found: Tables = defaultdict(list)
    for database in ("raw", "analytics"):
        _, rows = client.query(
            settings,
            "select table_schema, table_name, column_name, data_type "
            f"from {database}.information_schema.columns",
        )
        for schema, table, column, kind in rows:
            found[schema.lower(), table.lower()].append((column.lower(), kind))
    return found


def lacking(tree: exp.Expression) -> Counter[str]:
    """Count what Redshift has no counterpart of."""
    found: Counter[str] = Counter()
    for name, kinds in WITHOUT_COUNTERPART.items():
        found[name] = sum(1 for _ in tree.find_all(*kinds))
    for call in tree.find_all(exp.Anonymous):
        if call.name.lower() in AS_CALLED:
            found[call.name.lower()] += 1
    return +found


def planned(connection: psycopg.Connection, models: dict[str, exp.Expression]) -> Counter[str]:
    """Plan every model in PostgreSQL's dialect, and count the reasons why it does not."""
    reasons: Counter[str] = Counter()
    for tree in models.values():
        copy = tree.copy()
        for table in copy.find_all(exp.Table):
            table.set("catalog", None)
        try:
            connection.execute("explain " + copy.sql(dialect="postgres"))
        except psycopg.Error as error:
            reasons[re.sub(r'"[^"]*"', "…", error.diag.message_primary or "?")] += 1
        else:
            reasons["planned"] += 1
    return reasons


def main() -> None:
    """Print what was found."""
    logging.disable(logging.CRITICAL)
    nodes = json.loads(MANIFEST.read_text())["nodes"].values()
    models = {
        node["name"]: sqlglot.parse_one(node["compiled_code"], read="snowflake")
        for node in nodes
        if node["resource_type"] == "model"
    }
    print(f"{len(models)} models, all parsed")
    qualify = [tree for tree in models.values() if tree.find(exp.Qualify)]
    print(f"{len(qualify)} with QUALIFY, which Redshift has")
    uses: Counter[str] = Counter()
    in_models: Counter[str] = Counter()
    clean, silent = 0, 0
    for tree in models.values():
        found = lacking(tree)
        uses += found
        in_models.update(found.keys())
        clean += not found
        redshift = sqlglot.Dialect.get_or_raise("redshift").generator(
            unsupported_level=ErrorLevel.IGNORE
        )
        redshift.generate(tree)
        silent += not redshift.unsupported_messages
    print(f"{clean} without anything that Redshift has no counterpart of:")
    for name, number in in_models.most_common():
        print(f"    {name}: {uses[name]} in {number} models")
    print(f"{silent} written in Redshift's dialect without a complaint")
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(Path(folder) / ".sandbox", free_port_base())
        # The server's account has to enter it.
        Path(folder).chmod(0o755)
        server.start(settings)
        try:
            with psycopg.connect(server.connection_string(settings), autocommit=True) as connection:
                relations = columns(Settings.from_environment())
                for schema in {schema for schema, _ in relations}:
                    connection.execute(f'create schema "{schema}"')
                for (schema, table), listed in relations.items():
                    body = ", ".join(f'"{name}" {POSTGRES_TYPES[kind]}' for name, kind in listed)
                    connection.execute(f'create table "{schema}"."{table}" ({body})')
                for reason, number in planned(connection, models).most_common():
                    print(f"    {number}: {reason}")
        finally:
            server.stop(settings)


if __name__ == "__main__":
    main()
