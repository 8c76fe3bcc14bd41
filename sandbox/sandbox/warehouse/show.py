"""SHOW and DESCRIBE."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from sandbox.warehouse import catalogue, names
from sandbox.warehouse.errors import missing, missing_or_forbidden, unsupported
from sandbox.warehouse.results import SCL, Result, rows
from sandbox.warehouse.translate import words

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sandbox.warehouse.session import Session

_SHOW, _DESCRIBE = SCL + 0x400, SCL + 0x500
_OWNER = "ACCOUNTADMIN"
_TIME = "TIMESTAMP WITH TIME ZONE"
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_Rows = list[dict[str, Any]]
_EMPTY = ("FUNCTIONS", "PROCEDURES", "STAGES", "SEQUENCES", "TASKS", "STREAMS", "PIPES")


def handle(session: Session, expression: exp.Expr) -> Result | None:
    """Run SHOW and DESCRIBE; return ``None`` for any other statement."""
    if isinstance(expression, exp.Show):
        return _show(session, expression, str(expression.this).upper())
    if isinstance(expression, exp.Describe):
        return _describe(session, expression)
    if isinstance(expression, exp.Command):
        said = words(expression)
        if said[:2] == ["SHOW", "ROLES"]:
            return _table(_roles(session), _SHOW)
        if said[:1] == ["SHOW"] and said[-1] == "FUNCTIONS":
            return _table([], _SHOW)
    return None


def _show(session: Session, expression: exp.Show, what: str) -> Result:
    if what in _EMPTY:
        return rows([("created_on", _TIME), ("name", "VARCHAR")], [], _SHOW)
    if what not in _LISTS:
        raise unsupported(feature=f"SHOW {what}")
    found = _LISTS[what](session, expression)
    found = [entry for entry in found if _wanted(entry, expression)]
    limit = expression.args.get("limit")
    if isinstance(limit, exp.Limit):
        found = found[: int(limit.expression.name)]
    if expression.args.get("terse"):
        terse = ("created_on", "name", "kind", "database_name", "schema_name")
        found = [{key: entry.get(key) for key in terse} for entry in found]
        return _table(found, _SHOW, dict.fromkeys(terse))
    return _table(found, _SHOW, _TEMPLATES[what])


def _wanted(entry: dict[str, Any], expression: exp.Show) -> bool:
    name = str(entry.get("name") or "")
    starts, after = expression.args.get("starts_with"), expression.args.get("from_")
    if isinstance(starts, exp.Expr) and not name.startswith(starts.name):
        return False
    if isinstance(after, exp.Expr) and name <= after.name:
        return False
    pattern = expression.args.get("like")
    return not isinstance(pattern, exp.Expr) or like(name, pattern.name)


def like(name: str, pattern: str) -> bool:
    """Tell whether a name is like a pattern of LIKE, whatever the case of either."""
    found, wanted = name.upper(), pattern.upper().replace("\\\\", "\\")
    return _like_from(found, wanted)


def _like_from(text: str, pattern: str) -> bool:
    if not pattern:
        return not text
    head, rest = pattern[0], pattern[1:]
    if head == "%":
        return any(_like_from(text[start:], rest) for start in range(len(text) + 1))
    if head == "\\" and rest:
        head, rest = rest[0], rest[1:]
        return text[:1] == head and _like_from(text[1:], rest)
    return bool(text) and head in ("_", text[0]) and _like_from(text[1:], rest)


def _scope(session: Session, expression: exp.Show) -> tuple[str | None, str | None, str | None]:
    """Return database, schema and table that a SHOW is limited to.

    Raises:
        SnowflakeFault: 2043 if there is no such container.
    """
    kind = str(expression.args.get("scope_kind") or "").upper()
    scope = expression.args.get("scope")
    if kind == "ACCOUNT":
        return None, None, None
    if not kind and scope is None:
        return session.database, session.schema, None
    if kind == "DATABASE":
        database = scope.name if scope is not None else session.database
        if database not in session.account.databases():
            raise missing_or_forbidden(name=database)
        return database, None, None
    if kind in ("TABLE", "VIEW") and scope is not None:
        name = names.resolve(session, scope, "SHOW")
        return name.database, name.schema, name.name
    if kind == "SCHEMA" and scope is not None and not scope.db and scope.name == session.database:
        return session.database, None, None
    database, schema = names.resolve_schema(session, scope)
    if not session.account.has_schema(database, schema):
        raise missing_or_forbidden(name=f"{database}.{schema}")
    return database, schema, None


def _databases(session: Session, _: exp.Show) -> _Rows:
    return [
        {
            "created_on": _EPOCH,
            "name": name,
            "is_default": "N",
            "is_current": "Y" if name == session.database else "N",
            "origin": "",
            "owner": _OWNER,
            "comment": "",
            "options": "",
            "retention_time": "1",
            "kind": "STANDARD",
        }
        for name in session.account.databases()
    ]


def _schemas(session: Session, expression: exp.Show) -> _Rows:
    scope = expression.args.get("scope")
    in_account = str(expression.args.get("scope_kind") or "").upper() == "ACCOUNT"
    database = None if in_account else (scope.name if scope is not None else session.database)
    if database is not None and database not in session.account.databases():
        raise missing_or_forbidden(name=database)
    return [
        {
            "created_on": _EPOCH,
            "name": schema,
            "is_default": "N",
            "is_current": "Y" if (found, schema) == (session.database, session.schema) else "N",
            "database_name": found,
            "owner": "" if schema == names.INFORMATION_SCHEMA else _OWNER,
            "comment": "",
            "options": "",
            "retention_time": "1",
        }
        for found in ([database] if database is not None else session.account.databases())
        for schema in sorted([*session.account.schemas(found), names.INFORMATION_SCHEMA])
    ]


def _objects(kinds: Sequence[str]) -> Callable[[Session, exp.Show], _Rows]:
    def listed(session: Session, expression: exp.Show) -> _Rows:
        database, schema, _ = _scope(session, expression)
        return [
            {
                "created_on": relation.created,
                "name": relation.name,
                "database_name": relation.database,
                "schema_name": relation.schema,
                "kind": relation.kind,
                "comment": relation.comment,
                "cluster_by": "",
                "rows": relation.rows,
                "bytes": None if relation.rows is None else 0,
                "owner": _OWNER,
                "retention_time": "1",
                "owner_role_type": "ROLE",
                "text": relation.text,
                "is_dynamic": "N",
                "is_iceberg": "N",
                "is_hybrid": "N",
                "is_secure": "false",
                "is_materialized": "false",
            }
            for relation in catalogue.relations(session, database, schema)
            if relation.kind in kinds
        ]

    return listed


def _columns(session: Session, expression: exp.Show) -> _Rows:
    scope = _scope(session, expression)
    return [
        {
            "table_name": column.table,
            "schema_name": column.schema,
            "column_name": column.name,
            "data_type": f'{{"type":"{column.family}","nullable":{str(column.nullable).lower()}}}',
            "null?": str(column.nullable).lower(),
            "default": column.default or "",
            "kind": "COLUMN",
            "expression": "",
            "comment": column.comment or "",
            "database_name": column.database,
            "autoincrement": "",
        }
        for column in catalogue.columns(session, *scope)
        if column.database != "temp"
    ]


def _keys(kind: str) -> Callable[[Session, exp.Show], _Rows]:
    def listed(session: Session, expression: exp.Show) -> _Rows:
        scope = _scope(session, expression)
        prefix = "fk_" if kind == "IMPORTED" else ""
        return [
            {
                "created_on": _EPOCH,
                f"{prefix}database_name": database,
                f"{prefix}schema_name": schema,
                f"{prefix}table_name": table,
                f"{prefix}column_name": column,
                "key_sequence": position,
                "constraint_name": f"SYS_CONSTRAINT_{table}_{kind}",
                "rely": "false",
                "comment": None,
            }
            for database, schema, table, position, column in catalogue.keys(session, kind)
            if all(
                wanted is None or wanted == part
                for wanted, part in zip(scope, (database, schema, table), strict=True)
            )
        ]

    return listed


def _principals(kind: str) -> Callable[[Session, exp.Show], _Rows]:
    def listed(session: Session, _: exp.Show) -> _Rows:
        return [
            {"name": name, "state": "STARTED", "type": "STANDARD", "size": "X-Small"}
            if kind == "warehouse"
            else {"name": name, "created_on": _EPOCH, "login_name": name}
            for name in session.account.principals(kind) or [session.user]
        ]

    return listed


def _roles(session: Session) -> _Rows:
    return [
        {
            "created_on": _EPOCH,
            "name": role,
            "is_default": "N",
            "is_current": "Y" if role == session.role else "N",
            "is_inherited": "N",
            "owner": "",
            "comment": "",
        }
        for role in session.account.principals("role")
    ]


def _formats(session: Session, expression: exp.Show) -> _Rows:
    scope = _scope(session, expression)
    found = session.account.metadata.rows(
        "select created, name, database, schema, type, options from file_formats order by 3, 4, 2"
    )
    return [
        {
            "created_on": dt.datetime.fromisoformat(created),
            "name": name,
            "database_name": database,
            "schema_name": schema,
            "type": kind,
            "owner": _OWNER,
            "comment": "",
            "format_options": options,
        }
        for created, name, database, schema, kind, options in found
        if scope[0] in (None, database) and scope[1] in (None, schema)
    ]


_LISTS: dict[str, Callable[[Session, exp.Show], _Rows]] = {
    "DATABASES": _databases,
    "SCHEMAS": _schemas,
    "OBJECTS": _objects(("TABLE", "VIEW")),
    "TABLES": _objects(("TABLE",)),
    "VIEWS": _objects(("VIEW",)),
    "COLUMNS": _columns,
    "PRIMARY KEYS": _keys("PRIMARY"),
    "UNIQUE KEYS": _keys("UNIQUE"),
    "IMPORTED KEYS": _keys("IMPORTED"),
    "WAREHOUSES": _principals("warehouse"),
    "USERS": _principals("user"),
    "FILE FORMATS": _formats,
}
_OBJECT_COLUMNS = (
    "created_on name database_name schema_name kind comment cluster_by rows bytes owner "
    "retention_time owner_role_type is_hybrid is_dynamic is_iceberg"
)
_KEY_COLUMNS = (
    "created_on database_name schema_name table_name column_name key_sequence constraint_name "
    "rely comment"
)
_TEMPLATES: dict[str, dict[str, Any]] = {
    kind: dict.fromkeys(text.split())
    for kind, text in {
        "DATABASES": "created_on name is_default is_current origin owner comment options "
        "retention_time kind",
        "SCHEMAS": "created_on name is_default is_current database_name owner comment options "
        "retention_time",
        "OBJECTS": _OBJECT_COLUMNS,
        "TABLES": _OBJECT_COLUMNS,
        "VIEWS": "created_on name kind database_name schema_name owner comment text is_secure "
        "is_materialized owner_role_type",
        "COLUMNS": "table_name schema_name column_name data_type null? default kind expression "
        "comment database_name autoincrement",
        "PRIMARY KEYS": _KEY_COLUMNS,
        "UNIQUE KEYS": _KEY_COLUMNS,
        "IMPORTED KEYS": "created_on fk_database_name fk_schema_name fk_table_name fk_column_name "
        "key_sequence constraint_name rely comment",
        "WAREHOUSES": "name state type size",
        "USERS": "name created_on login_name",
        "FILE FORMATS": "created_on name database_name schema_name type owner comment "
        "format_options",
    }.items()
}


def _table(found: _Rows, type_id: int, template: dict[str, Any] | None = None) -> Result:
    keys = list(template or (found[0] if found else {"created_on": None, "name": None}))
    columns = [(key, _kind(key)) for key in keys]
    return rows(columns, [[entry.get(key) for key in keys] for entry in found], type_id)


def _kind(key: str) -> str:
    if key == "created_on":
        return _TIME
    return "BIGINT" if key in ("rows", "bytes", "key_sequence") else "VARCHAR"


def _describe(session: Session, expression: exp.Describe) -> Result | None:
    kind = str(expression.args.get("kind") or "").upper()
    if kind not in ("TABLE", "VIEW") or not isinstance(expression.this, exp.Table):
        return None
    name = names.resolve(session, expression.this, "DESCRIBE")
    if name in session.temporary:
        found = catalogue.columns(session, "temp", "main", str(name))
    else:
        found = catalogue.columns(session, name.database, name.schema, name.name)
    if not found:
        raise missing(kind=kind.title(), name=str(name))
    primary = {
        column
        for *place, _, column in catalogue.keys(session, "PRIMARY")
        if tuple(place) == (name.database, name.schema, name.name)
    }
    described = [
        {
            "name": column.name,
            "type": column.type_text,
            "kind": "COLUMN",
            "null?": "Y" if column.nullable else "N",
            "default": column.default,
            "primary key": "Y" if column.name in primary else "N",
            "unique key": "N",
            "check": None,
            "expression": None,
            "comment": column.comment,
            "policy name": None,
            "privacy domain": None,
        }
        for column in found
    ]
    return _table(described, _DESCRIBE)
