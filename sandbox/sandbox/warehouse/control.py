"""Transactions and session settings: BEGIN, COMMIT, USE, ALTER SESSION, SET."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlglot import exp

from sandbox.warehouse import show
from sandbox.warehouse.errors import SnowflakeFault, missing_or_forbidden, unsupported
from sandbox.warehouse.results import SCL, Result, rows, success
from sandbox.warehouse.translate import body_tokens, words

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.warehouse.session import Session

_TRANSACTION = 0x5000
_UTC = ("UTC", "ETC/UTC", "GMT")
DEFAULTS: dict[str, tuple[Any, str]] = {
    "AUTOCOMMIT": (True, "BOOLEAN"),
    "QUERY_TAG": ("", "STRING"),
    "QUOTED_IDENTIFIERS_IGNORE_CASE": (False, "BOOLEAN"),
    "STATEMENT_TIMEOUT_IN_SECONDS": (172800, "NUMBER"),
    "TIMESTAMP_TYPE_MAPPING": ("TIMESTAMP_NTZ", "STRING"),
    "TIMEZONE": ("Etc/UTC", "STRING"),
    "WEEK_START": (0, "NUMBER"),
}
_PARAMETER_COLUMNS = tuple(
    (name, "VARCHAR") for name in ("key", "value", "default", "level", "description", "type")
)


def handle(session: Session, expression: exp.Expr) -> Result | None:
    """Run a statement on the session; return ``None`` for any other."""
    if isinstance(expression, exp.Alias):
        return _begin(session, expression) if _is_start(expression) else None
    if isinstance(expression, exp.Alter) and expression.args.get("kind") != "SESSION":
        return None
    run = _HANDLERS.get(type(expression))
    return None if run is None else run(session, expression)


def _begin(session: Session, _: exp.Expr) -> Result:
    session.begin()
    return success(_TRANSACTION)


def _commit(session: Session, _: exp.Expr) -> Result:
    session.commit()
    return success(_TRANSACTION)


def _rollback(session: Session, _: exp.Expr) -> Result:
    session.rollback()
    return success(_TRANSACTION)


def set_parameter(session: Session, name: str, value: Any) -> None:
    """Set a session parameter, as ``ALTER SESSION`` and the login do.

    Raises:
        SnowflakeFault: for a time zone other than UTC.
    """
    upper = name.upper()
    if upper in DEFAULTS and DEFAULTS[upper][1] == "BOOLEAN":
        value = value if isinstance(value, bool) else str(value).upper() == "TRUE"
    if upper == "TIMEZONE" and str(value).upper() not in _UTC:
        raise unsupported(feature=f"TIMEZONE = '{value}'")
    if upper == "AUTOCOMMIT" and value and not session.autocommit:
        session.commit()
    session.parameters[upper] = value


def show_parameters(session: Session, like: str | None) -> Result:
    """Return session parameters, those whose name is ``like`` a pattern in lower or upper case."""
    known = {**{name: value for name, (value, _) in DEFAULTS.items()}, **session.parameters}
    found = [
        (
            name,
            _text(value),
            _text(DEFAULTS.get(name, ("", ""))[0]),
            "SESSION" if name in session.parameters else "",
            "",
            DEFAULTS.get(name, ("", "STRING"))[1],
        )
        for name, value in sorted(known.items())
        if like is None or show.like(name, like)
    ]
    return rows(_PARAMETER_COLUMNS, found)


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _is_start(expression: exp.Expr) -> bool:
    return (
        isinstance(expression, exp.Alias)
        and expression.alias.upper() == "TRANSACTION"
        and expression.this.name.upper() == "START"
    )


def _use(session: Session, expression: exp.Use) -> Result:
    kind = expression.args.get("kind")
    what = (kind.name if isinstance(kind, exp.Expr) else str(kind or "")).upper()
    target = expression.this
    if what == "SECONDARY ROLES":
        return success()
    if what in ("ROLE", "WAREHOUSE"):
        if target.name not in session.account.principals(what.lower()):
            raise missing_or_forbidden()
        setattr(session, what.lower(), target.name)
        return success()
    if what == "DATABASE" or (not what and not target.db):
        use_database(session, target.name)
        return success()
    database, schema = target.db or session.database, target.name
    if not database or not session.account.has_schema(database, schema):
        raise missing_or_forbidden()
    session.database, session.schema = database, schema
    return success()


def use_database(session: Session, database: str) -> None:
    """Make a database current, with its schema PUBLIC.

    Raises:
        SnowflakeFault: if it does not exist.
    """
    if database not in session.account.databases():
        raise missing_or_forbidden()
    session.database = database
    session.schema = "PUBLIC" if session.account.has_schema(database, "PUBLIC") else None


def _alter_session(session: Session, expression: exp.Alter) -> Result:
    for action in expression.args["actions"]:
        for item in action.expressions:
            if action.args.get("unset"):
                session.parameters.pop(item.this.name.upper(), None)
            else:
                value = item.this.expression
                set_parameter(
                    session,
                    item.this.this.name,
                    value.this if isinstance(value, exp.Boolean) else value.name,
                )
    return success()


def _set(session: Session, expression: exp.Set) -> Result:
    for item in expression.expressions:
        if not isinstance(item.this, exp.EQ):
            raise unsupported(feature=expression.sql(dialect="snowflake"))
        session.variables[item.this.this.name.upper()] = item.this.expression.sql(
            dialect="snowflake"
        )
    return success()


def _command(session: Session, expression: exp.Command) -> Result | None:
    said = words(expression)
    if said[:2] == ["SHOW", "PARAMETERS"]:
        said_exactly = [token.text for token in body_tokens(expression)]
        like = said_exactly[2] if said[2:3] == ["LIKE"] else None
        return show_parameters(session, like)
    if said[0] == "CREATE" and said[1:2] and said[1] in ("ROLE", "USER"):
        rest = [word for word in said[2:] if word not in ("IF", "NOT", "EXISTS")]
        if not rest:
            raise SnowflakeFault(1003, "42000", "SQL compilation error:\nsyntax error: no name.")
        session.account.metadata.write(
            "insert or ignore into principals values (?, ?)", [(said[1].lower(), rest[0])]
        )
        return rows(
            [("status", "VARCHAR")], [(f"{said[1].title()} {rest[0]} successfully created.",)], SCL
        )
    return None


_HANDLERS: dict[type[exp.Expr], Callable[[Session, Any], Result | None]] = {
    exp.Alter: _alter_session,
    exp.Command: _command,
    exp.Commit: _commit,
    exp.Rollback: _rollback,
    exp.Set: _set,
    exp.Transaction: _begin,
    exp.Use: _use,
}
