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
_CREATED = "1970-01-01 00:00:00.000 +0000"


def handle(session: Session, expression: exp.Expr) -> Result | None:
    """Run GRANT, REVOKE and SHOW GRANTS; return ``None`` for any other statement."""
    if isinstance(expression, (exp.Grant, exp.Revoke)):
        return _change(session, expression)
    if not isinstance(expression, exp.Command):
        return None
    said = words(expression)
    if said[0] in ("GRANT", "REVOKE"):
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
    return rows(
        _COLUMNS,
        [
            (_CREATED, privilege, kind, name, to, grantee, "false", "ACCOUNTADMIN")
            for privilege, kind, name, to, grantee in found
        ],
    )
