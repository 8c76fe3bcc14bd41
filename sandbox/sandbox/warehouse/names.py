"""Names of databases, schemas and objects, as Snowflake resolves them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlglot import exp

from sandbox.warehouse.errors import SnowflakeFault, missing_or_forbidden

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox.warehouse.session import Session

INFORMATION_SCHEMA = "INFORMATION_SCHEMA"
_TEMPORARY_CATALOG = "temp"
_TEMPORARY_SCHEMA = "main"


@dataclass(frozen=True, order=True)
class Name:
    """Full name of a table, view, file format or other schema object."""

    database: str
    schema: str
    name: str

    def __str__(self) -> str:
        """Return the name as Snowflake's messages show it."""
        return f"{self.database}.{self.schema}.{self.name}"

    @property
    def sql(self) -> str:
        """The name as DuckDB text."""
        return ".".join(quoted(part) for part in (self.database, self.schema, self.name))

    def table(self) -> exp.Table:
        """Return a table expression with all parts quoted."""
        return exp.table_(self.name, db=self.schema, catalog=self.database, quoted=True)

    def temporary_table(self) -> exp.Table:
        """Return the place of a temporary table of this name within its session."""
        return exp.table_(str(self), db=_TEMPORARY_SCHEMA, catalog=_TEMPORARY_CATALOG, quoted=True)


def quoted(identifier: str) -> str:
    """Return an identifier in double quotes."""
    return '"' + identifier.replace('"', '""') + '"'


def literal(text: str) -> str:
    """Return text as an SQL string."""
    return "'" + text.replace("'", "''") + "'"


def fold(expression: exp.Expr, *, ignore_quotes: bool) -> None:
    """Give all identifiers the case under which Snowflake stores them.

    Args:
        expression: Changed in place.
        ignore_quotes: The session's ``QUOTED_IDENTIFIERS_IGNORE_CASE``.
    """
    for identifier in expression.find_all(exp.Identifier):
        if isinstance(identifier.this, str) and (ignore_quotes or not identifier.quoted):
            identifier.set("this", identifier.this.upper())


def resolve(session: Session, table: exp.Table, command: str = "SELECT") -> Name:
    """Complete a table's name with the session's database and schema.

    Raises:
        SnowflakeFault: 90105 or 90106 if the session has no current database or schema.
    """
    database = table.catalog or session.database
    if not database:
        raise SnowflakeFault(
            90105,
            "22000",
            f"Cannot perform {command}. This session does not have a current database. Call "
            "'USE DATABASE', or use a qualified name.",
        )
    schema = table.db or (session.schema if not table.catalog else "PUBLIC")
    if not schema:
        raise SnowflakeFault(
            90106,
            "22000",
            f"Cannot perform {command}. This session does not have a current schema. Call "
            "'USE SCHEMA', or use a qualified name.",
        )
    return Name(database, schema, table.name)


def resolve_schema(session: Session, table: exp.Table | None) -> tuple[str, str]:
    """Return database and schema named by ``[db.]schema``.

    Raises:
        SnowflakeFault: if there is no such schema.
    """
    if table is None:
        database, schema = session.database, session.schema
    else:
        database, schema = table.db or session.database, table.name
    if not database or not schema:
        raise missing_or_forbidden()
    return database, schema


def qualify(session: Session, expression: exp.Expr, command: str) -> None:
    """Write out the full name of each table, and lead temporary ones to their place.

    Args:
        session: Whose current schema and temporary tables count.
        expression: Changed in place; its identifiers are folded already.
        command: The statement's verb, for messages.
    """
    for column in expression.find_all(exp.Column):
        column.set("db", None)
        column.set("catalog", None)
    created = _created(expression)
    for table in list(_real_tables(expression)):
        name = resolve(session, table, command)
        if table is not created and name in session.temporary:
            place = name.temporary_table()
            if (
                not table.alias
                and not isinstance(table.parent, (exp.Insert, exp.Schema))
                and (table.find_ancestor(exp.Select, exp.Merge, exp.Update, exp.Delete) is not None)
            ):
                table.set("alias", exp.TableAlias(this=exp.to_identifier(table.name, quoted=True)))
            for part in ("this", "db", "catalog"):
                table.set(part, place.args[part])
        else:
            table.set("db", exp.to_identifier(name.schema, quoted=True))
            table.set("catalog", exp.to_identifier(name.database, quoted=True))


def _created(expression: exp.Expr) -> exp.Expr | None:
    if not isinstance(expression, exp.Create):
        return None
    target = expression.this
    created: exp.Expr = target.this if isinstance(target, exp.Schema) else target
    return created


def _real_tables(expression: exp.Expr) -> Iterator[exp.Table]:
    for table in expression.find_all(exp.Table):
        if not isinstance(table.this, exp.Identifier):
            continue
        if not table.db and _is_common_table(table):
            continue
        yield table


def _is_common_table(table: exp.Table) -> bool:
    node: exp.Expr | None = table
    while node is not None:
        with_ = node.args.get("with_")
        if isinstance(with_, exp.With) and any(
            entry.alias == table.name for entry in with_.expressions
        ):
            return True
        node = node.parent
    return False
