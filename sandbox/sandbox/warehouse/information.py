"""INFORMATION_SCHEMA: its views as temporary tables of the session that reads them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa
from sqlglot import exp

from sandbox.warehouse import catalogue
from sandbox.warehouse.errors import missing
from sandbox.warehouse.names import INFORMATION_SCHEMA
from sandbox.warehouse.results import decimal_parts

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.warehouse.session import Session

_Row = dict[str, Any]
_TIME = "timestamptz"
_FOUND = "_information_found"


def expand(session: Session, expression: exp.Expr) -> None:
    """Fill and name the temporary tables that play the information schema's views.

    Args:
        session: Who asks.
        expression: Changed in place; its tables are qualified already.

    Raises:
        SnowflakeFault: for a view that is not there.
    """
    for table in list(expression.find_all(exp.Table)):
        if table.db != INFORMATION_SCHEMA:
            continue
        view = table.name
        if view not in _VIEWS or table.catalog not in session.account.databases():
            raise missing(kind="Object", name=f"{table.catalog}.{INFORMATION_SCHEMA}.{view}")
        place = f"_INFORMATION_{table.catalog}_{view}"
        _fill(session, place, *_VIEWS[view], table.catalog)
        if not table.alias:
            table.set("alias", exp.TableAlias(this=exp.to_identifier(view, quoted=True)))
        table.set("this", exp.to_identifier(place, quoted=True))
        table.set("db", exp.to_identifier("main"))
        table.set("catalog", exp.to_identifier("temp"))


def _fill(
    session: Session,
    place: str,
    columns: dict[str, str],
    rows: Callable[[Session, str], list[_Row]],
    database: str,
) -> None:
    defined = ", ".join(f'"{name}" {kind}' for name, kind in columns.items())
    session.duck.execute(f'create or replace temporary table "{place}" ({defined})')
    found = rows(session, database)
    # A table at once: row by row, the columns of a warehouse take most of a second.
    values = pa.table({name: [row.get(name) for row in found] for name in columns})
    session.duck.register(_FOUND, values)
    session.duck.execute(f'insert into "{place}" select * from {_FOUND}')
    session.duck.unregister(_FOUND)


def _tables(session: Session, database: str) -> list[_Row]:
    return [
        {
            "TABLE_CATALOG": relation.database,
            "TABLE_SCHEMA": relation.schema,
            "TABLE_NAME": relation.name,
            "TABLE_OWNER": "ACCOUNTADMIN",
            "TABLE_TYPE": "BASE TABLE" if relation.kind == "TABLE" else "VIEW",
            "IS_TRANSIENT": "NO",
            "ROW_COUNT": relation.rows,
            "BYTES": None if relation.rows is None else 0,
            "RETENTION_TIME": 1,
            "CREATED": relation.created,
            "LAST_ALTERED": relation.altered,
            "LAST_DDL": relation.altered,
            "COMMENT": relation.comment or None,
            "IS_TEMPORARY": "NO",
            "IS_ICEBERG": "NO",
            "IS_DYNAMIC": "NO",
        }
        for relation in catalogue.relations(session, database)
    ]


def _views(session: Session, database: str) -> list[_Row]:
    return [
        {
            "TABLE_CATALOG": relation.database,
            "TABLE_SCHEMA": relation.schema,
            "TABLE_NAME": relation.name,
            "TABLE_OWNER": "ACCOUNTADMIN",
            "VIEW_DEFINITION": relation.text,
            "IS_SECURE": "NO",
            "CREATED": relation.created,
            "LAST_ALTERED": relation.altered,
            "COMMENT": relation.comment or None,
        }
        for relation in catalogue.relations(session, database)
        if relation.kind == "VIEW"
    ]


def _columns(session: Session, database: str) -> list[_Row]:
    found = []
    for column in catalogue.columns(session, database):
        family = column.family
        precision, scale = decimal_parts(column.duck) if family == "NUMBER" else (None, None)
        text = family == "TEXT"
        found.append(
            {
                "TABLE_CATALOG": column.database,
                "TABLE_SCHEMA": column.schema,
                "TABLE_NAME": column.table,
                "COLUMN_NAME": column.name,
                "ORDINAL_POSITION": column.position,
                "COLUMN_DEFAULT": column.default,
                "IS_NULLABLE": "YES" if column.nullable else "NO",
                "DATA_TYPE": family,
                "CHARACTER_MAXIMUM_LENGTH": column.length if text else None,
                "CHARACTER_OCTET_LENGTH": min(column.length * 4, catalogue.MAX_TEXT)
                if text
                else None,
                "NUMERIC_PRECISION": precision,
                "NUMERIC_PRECISION_RADIX": 10 if family == "NUMBER" else None,
                "NUMERIC_SCALE": scale,
                "DATETIME_PRECISION": 9 if family.startswith("TIME") else None,
                "IS_IDENTITY": "NO",
                "COMMENT": column.comment,
            }
        )
    return found


def _schemata(session: Session, database: str) -> list[_Row]:
    return [
        {"CATALOG_NAME": database, "SCHEMA_NAME": schema, "SCHEMA_OWNER": "ACCOUNTADMIN"}
        for schema in sorted([*session.account.schemas(database), INFORMATION_SCHEMA])
    ]


def _databases(session: Session, _: str) -> list[_Row]:
    return [
        {"DATABASE_NAME": database, "DATABASE_OWNER": "ACCOUNTADMIN", "IS_TRANSIENT": "NO"}
        for database in session.account.databases()
    ]


_TEXT = "varchar"
_VIEWS: dict[str, tuple[dict[str, str], Callable[[Session, str], list[_Row]]]] = {
    "TABLES": (
        {
            **dict.fromkeys(
                ("TABLE_CATALOG", "TABLE_SCHEMA", "TABLE_NAME", "TABLE_OWNER", "TABLE_TYPE"), _TEXT
            ),
            **dict.fromkeys(("IS_TRANSIENT", "CLUSTERING_KEY"), _TEXT),
            **dict.fromkeys(("ROW_COUNT", "BYTES", "RETENTION_TIME"), "bigint"),
            **dict.fromkeys(("CREATED", "LAST_ALTERED", "LAST_DDL"), _TIME),
            **dict.fromkeys(
                ("AUTO_CLUSTERING_ON", "COMMENT", "IS_TEMPORARY", "IS_ICEBERG", "IS_DYNAMIC"), _TEXT
            ),
        },
        _tables,
    ),
    "VIEWS": (
        {
            **dict.fromkeys(
                ("TABLE_CATALOG", "TABLE_SCHEMA", "TABLE_NAME", "TABLE_OWNER", "VIEW_DEFINITION"),
                _TEXT,
            ),
            "IS_SECURE": _TEXT,
            **dict.fromkeys(("CREATED", "LAST_ALTERED"), _TIME),
            "COMMENT": _TEXT,
        },
        _views,
    ),
    "COLUMNS": (
        {
            **dict.fromkeys(("TABLE_CATALOG", "TABLE_SCHEMA", "TABLE_NAME", "COLUMN_NAME"), _TEXT),
            "ORDINAL_POSITION": "bigint",
            **dict.fromkeys(("COLUMN_DEFAULT", "IS_NULLABLE", "DATA_TYPE"), _TEXT),
            **dict.fromkeys(
                (
                    "CHARACTER_MAXIMUM_LENGTH",
                    "CHARACTER_OCTET_LENGTH",
                    "NUMERIC_PRECISION",
                    "NUMERIC_PRECISION_RADIX",
                    "NUMERIC_SCALE",
                    "DATETIME_PRECISION",
                ),
                "bigint",
            ),
            **dict.fromkeys(
                (
                    "COLLATION_NAME",
                    "IS_IDENTITY",
                    "IDENTITY_GENERATION",
                    "IDENTITY_START",
                    "IDENTITY_INCREMENT",
                    "IDENTITY_CYCLE",
                    "IDENTITY_ORDERED",
                    "COMMENT",
                    "DATA_TYPE_ALIAS",
                ),
                _TEXT,
            ),
        },
        _columns,
    ),
    "SCHEMATA": (dict.fromkeys(("CATALOG_NAME", "SCHEMA_NAME", "SCHEMA_OWNER"), _TEXT), _schemata),
    "DATABASES": (
        dict.fromkeys(("DATABASE_NAME", "DATABASE_OWNER", "IS_TRANSIENT"), _TEXT),
        _databases,
    ),
}
