"""Privileges: remembered and shown, never enforced."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlglot
from sqlglot import exp

from sandbox.warehouse import names
from sandbox.warehouse.names import Name
from sandbox.warehouse.results import DDL, Result, rows, success
from sandbox.warehouse.translate import body_tokens, words

if TYPE_CHECKING:
    from sandbox.warehouse.session import Session

_COLUMNS = tuple(
    (name, "VARCHAR")
    for name in (
        "created_on",
        "privilege",
        "granted_on",
        "name",
        "granted_to",
        "grantee_name",
        "grant_option",
        "granted_by",
    )
)
FUTURE = "FUTURE "
"""Before the kind of object of a grant on what is going to be made."""

_CREATED = "1970-01-01 00:00:00.000 +0000"


def handle(session: Session, expression: exp.Expr) -> Result | None:
    """Run GRANT, REVOKE and SHOW GRANTS; return ``None`` for any other statement."""
    if isinstance(expression, (exp.Grant, exp.Revoke)):
        return _change(session, expression)
    if not isinstance(expression, exp.Command):
        return None
    said = words(expression)
    if said[0] in ("GRANT", "REVOKE"):
        if said[2:4] == ["ON", "FUTURE"]:
            _change_future(session, said)
        return success(DDL)
    if said[:2] == ["SHOW", "GRANTS"]:
        return _show(session, expression, said)
    return None


def _change(session: Session, expression: exp.Grant | exp.Revoke) -> Result:
    kind, name = _securable(session, expression)
    if isinstance(expression, exp.Grant):
        statement = "insert or replace into grants values (?, ?, ?, ?, ?)"
    else:
        statement = (
            "delete from grants where coalesce(?, object_kind) = object_kind and object_name = ? "
            "and privilege = ? and grantee_kind = ? and grantee = ?"
        )
        kind = None
    session.account.metadata.write(
        statement,
        [
            (kind, name, privilege.this.name.upper(), _grantee_kind(principal), principal.this.name)
            for privilege in expression.args["privileges"]
            for principal in expression.args["principals"]
        ],
    )
    return success(DDL)


def _change_future(session: Session, said: list[str]) -> None:
    """Grant or revoke a privilege on what is going to be made in a schema or a database."""
    place, principal = "".join(said[7:-3]), said[-2:]
    if said[0] == "GRANT":
        statement = "insert or replace into grants values (?, ?, ?, ?, ?)"
    else:
        statement = (
            "delete from grants where object_kind = ? and object_name = ? and privilege = ? "
            "and grantee_kind = ? and grantee = ?"
        )
    kind = FUTURE + said[4].removesuffix("S")
    session.account.metadata.write(statement, [(kind, place, said[1], *principal)])


def grant_future(session: Session, kind: str, name: Name) -> None:
    """Give out the future grants on an object that has just been made.

    Args:
        session: Whose account it is in.
        kind: ``TABLE`` or ``VIEW``.
        name: Of the object.
    """
    metadata = session.account.metadata
    found = metadata.rows(
        "select privilege, grantee_kind, grantee from grants "
        "where object_kind = ? and object_name in (?, ?)",
        [FUTURE + kind, name.database, f"{name.database}.{name.schema}"],
    )
    metadata.write(
        "insert or replace into grants values (?, ?, ?, ?, ?)",
        [(kind, str(name), privilege, to, grantee) for privilege, to, grantee in found],
    )


def _grantee_kind(principal: exp.Expr) -> str:
    return str(principal.args.get("kind") or "ROLE").upper()


def _securable(session: Session, expression: exp.Grant | exp.Revoke) -> tuple[str | None, str]:
    kind = str(expression.args.get("kind") or "TABLE").upper()
    target = expression.args["securable"]
    if kind in ("TABLE", "VIEW") and isinstance(target, exp.Table):
        return kind, str(names.resolve(session, target, "GRANT"))
    return kind, target.sql(dialect="snowflake").replace('"', "")


def _show(session: Session, expression: exp.Command, said: list[str]) -> Result:
    metadata = session.account.metadata
    query = "select privilege, object_kind, object_name, grantee_kind, grantee from grants"
    if said[2:3] == ["ON"]:
        text = "".join(
            f'"{token.text}"' if token.token_type == sqlglot.TokenType.IDENTIFIER else token.text
            for token in body_tokens(expression)[2:]
            if token.text.upper() not in ("TABLE", "VIEW", "SCHEMA", "DATABASE")
        )
        table = sqlglot.parse_one(text, into=exp.Table, read="snowflake")
        names.fold(table, ignore_quotes=session.ignores_quotes)
        parts = [part.name for part in table.parts]
        name = str(Name(*parts)) if len(parts) == 3 else ".".join(parts)  # noqa: PLR2004
        found = metadata.rows(f"{query} where object_name = ? order by 1, 5", [name])
    elif said[2:4] == ["TO", "ROLE"] and said[4:]:
        found = metadata.rows(f"{query} where grantee = ? order by 1, 3", [said[4]])
    else:
        found = metadata.rows(f"{query} order by 1, 3")
    found = [row for row in found if not row[1].startswith(FUTURE)]
    return rows(
        _COLUMNS,
        [
            (_CREATED, privilege, kind, name, to, grantee, "false", "ACCOUNTADMIN")
            for privilege, kind, name, to, grantee in found
        ],
    )
