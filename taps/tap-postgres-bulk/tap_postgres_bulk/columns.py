"""How a column is read by COPY, so that what is loaded equals what the record path loads.

The record path is psycopg2's conversion to Python, then the SDK's to JSON. Here Postgres writes the
JSON, and this module names the types for which both come to the same value, with the expression
that makes it so. A column of any other type is left to the record path.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from psycopg import sql
from psycopg.rows import class_row

if TYPE_CHECKING:
    from collections.abc import Iterable

    from psycopg import Connection

AS_IT_IS = frozenset(
    {
        "bool", "bpchar", "cidr", "citext", "inet", "int2", "int4", "int8", "jsonb", "macaddr",
        "macaddr8", "money", "text", "uuid", "varchar",
    }
)  # fmt: skip
"""Types whose JSON is the same either way; enumerations are too."""

EXPRESSIONS = {
    # NaN and infinity are null: JSON has neither. They are the values that differ from themselves
    # by something else than zero.
    "numeric": "case when {0} - {0} = 0 then {0} end",
    "float4": "case when {0} - {0} = 0 then {0} end",
    "float8": "case when {0} - {0} = 0 then {0} end",
    "bytea": "encode({0}, 'hex')",
    # 24:00 is midnight, as Python has it.
    "time": "{0}::interval::time",
}

_WITHIN = "case when {{0}} < {0} then {0} when {{0}} > {1} then {1} else {{0}} end"

TIMES = {
    # Python's years, 1 to 9999: infinity is the last moment, and so is the year 12345, which would
    # stop the record path.
    "date": _WITHIN.format("date '0001-01-01'", "date '9999-12-31'"),
    "timestamptz": _WITHIN.format(
        "timestamptz '0001-01-01 00:00:00+00'", "timestamptz '9999-12-31 23:59:59.999999+00'"
    ),
    # Without a zone is UTC.
    "timestamp": "({}) at time zone 'UTC'".format(
        _WITHIN.format("timestamp '0001-01-01 00:00:00'", "timestamp '9999-12-31 23:59:59.999999'")
    ),
}
"""Types that the setting ``dates_as_string`` changes."""

ELEMENTS = frozenset(
    {"bool", "bpchar", "citext", "int2", "int4", "int8", "text", "uuid", "varchar"}
)
"""Types, besides enumerations, of which arrays are the same either way."""

DOMAINS = frozenset({"int2", "int4", "int8", "text", "uuid", "varchar"})
"""Types of which domains are: the schema says text of every domain."""

_QUERY = """
select
    attribute.attname as name,
    base.typname as type,
    base.typtype = 'e' as is_enumeration,
    declared.typtype = 'd' as is_domain,
    element.typname as element,
    coalesce(element.typtype = 'e', false) as is_element_enumeration
from pg_attribute as attribute
inner join pg_type as declared on attribute.atttypid = declared.oid
inner join pg_type as base
    on coalesce(nullif(declared.typbasetype, 0), declared.oid) = base.oid
left join pg_type as element on base.typelem = element.oid and base.typcategory = 'A'
where
    attribute.attrelid = format('%%I.%%I', %(schema)s::text, %(table)s::text)::regclass
    and attribute.attnum > 0
    and not attribute.attisdropped
"""


@dataclass(frozen=True)
class Column:
    """A column as Postgres declares it.

    Attributes:
        name: Its name.
        type: Name of its type in ``pg_type``; of a domain, that of the type below.
        is_enumeration: Whether the type is an enumeration.
        is_domain: Whether it is declared with a domain.
        element: Of an array, the type of its elements.
        is_element_enumeration: Whether that is an enumeration.
    """

    name: str
    type: str
    is_enumeration: bool = False
    is_domain: bool = False
    element: str | None = None
    is_element_enumeration: bool = False

    def template(self, *, dates_as_string: bool) -> str | None:
        """Return the SQL that reads it, ``{0}`` for the column; None if the record path has to."""
        if self.is_domain:
            return "{0}" if self.type in DOMAINS else None
        if self.element is not None:
            same = self.is_element_enumeration or self.element in ELEMENTS
            return "{0}" if same else None
        if self.is_enumeration or self.type in AS_IT_IS:
            return "{0}"
        if self.type in TIMES:
            return None if dates_as_string else TIMES[self.type]
        return EXPRESSIONS.get(self.type)


def read_columns(connection: Connection, schema: str, table: str) -> dict[str, Column]:
    """Ask Postgres for the columns of a table or view, by name."""
    with connection.cursor(row_factory=class_row(Column)) as cursor:
        cursor.execute(_QUERY, {"schema": schema, "table": table})
        return {column.name: column for column in cursor}


def select_list(columns: Iterable[Column], *, dates_as_string: bool) -> sql.Composed | None:
    """Return the expressions that read some columns, each under the column's name.

    Returns:
        SQL, or None if there is a column that only the record path can read.
    """
    parts = []
    for column in columns:
        template = column.template(dates_as_string=dates_as_string)
        if template is None:
            return None
        name = sql.Identifier(column.name)
        parts.append(sql.SQL(template + " as {0}").format(name))
    return sql.SQL(", ").join(parts)
