"""One statement from Snowflake text to a result."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING, Any

import duckdb
from sqlglot import exp

from sandbox.warehouse import (
    alter,
    change,
    control,
    define,
    formats,
    grants,
    information,
    load,
    names,
    show,
    stage,
)
from sandbox.warehouse.errors import SnowflakeFault, from_exception, unsupported
from sandbox.warehouse.results import SELECT, Result
from sandbox.warehouse.translate import name_columns, parse, to_duckdb

if TYPE_CHECKING:
    from sandbox.warehouse.session import Session

logger = logging.getLogger(__name__)

_ATTEMPTS = 6
_FIRST_PAUSE_SECONDS = 0.05
_DEFINITIONS = (exp.Create, exp.Drop, exp.Alter, exp.Comment, exp.Grant, exp.Revoke)
_CHANGES = (exp.Insert, exp.Update, exp.Delete, exp.Merge, exp.Copy, exp.TruncateTable)


def execute(session: Session, sql: str, values: Any = None) -> Result:
    """Run one statement.

    A statement that loses a race against another one is tried again, unless the client has a
    transaction open.

    Args:
        session: Who runs it.
        sql: Snowflake text.
        values: Values of its placeholders, by position or by name.

    Raises:
        SnowflakeFault: whatever goes wrong.
    """
    with session.mutex:
        session.cancelled = False
        try:
            return _execute(session, sql, values)
        except SnowflakeFault as fault:
            logger.info("%s %s | %s", fault.errno, fault.message, sql)
            raise
        finally:
            session.touch()


def _execute(session: Session, sql: str, values: Any) -> Result:
    for attempt in range(_ATTEMPTS):
        expression = parse(sql)
        had_transaction = session.in_transaction and not isinstance(expression, _DEFINITIONS)
        try:
            result = _dispatch(session, expression, values)
        except duckdb.TransactionException as error:
            session.rollback()
            if had_transaction or attempt == _ATTEMPTS - 1:
                raise from_exception(error) from error
            time.sleep(_FIRST_PAUSE_SECONDS * 2**attempt)
        except Exception as error:
            fault = from_exception(error)
            if isinstance(error, (duckdb.Error, NotImplementedError, SnowflakeFault)):
                logger.debug("%s: %s", sql, error)
            else:
                logger.exception("%s", sql)
            if session.in_transaction and isinstance(error, duckdb.Error):
                session.rollback()
            elif not session.in_transaction:
                session.account.locks.release(session)
            raise fault from error
        else:
            if not session.in_transaction:
                session.account.locks.release(session)
            session.keep(result)
            return result
    raise AssertionError


def _dispatch(session: Session, expression: exp.Expr, values: Any) -> Result:
    names.fold(expression, ignore_quotes=session.ignores_quotes)
    _tell_of_abandoned(session, expression)
    if isinstance(expression, _DEFINITIONS) and not _is_on_session(expression):
        session.commit()
        return _define(session, expression)
    for handle in (control.handle, stage.handle, grants.handle, show.handle):
        if (result := handle(session, expression)) is not None:
            return result
    if isinstance(expression, exp.Command):
        if (result := alter.handle(session, expression)) is not None:
            return result
        raise unsupported(feature=f"{str(expression.this).upper()} …")
    _need_warehouse(session, expression)
    if isinstance(expression, _CHANGES):
        result = change.handle(session, expression, values)
        if result is not None:
            return result
    if isinstance(expression, (exp.Query, exp.Values)):
        return _select(session, expression, values)
    raise unsupported(feature=expression.key.upper())


def _tell_of_abandoned(session: Session, expression: exp.Expr) -> None:
    """Fail once after a rollback that the client did not ask for, lest it believes in its rows."""
    abandoned, session.abandoned = session.abandoned, False
    if abandoned and not isinstance(expression, exp.Rollback):
        raise SnowflakeFault(
            639, "57014", "The transaction was rolled back: it was idle while others waited for it."
        )


def _is_on_session(expression: exp.Expr) -> bool:
    return isinstance(expression, exp.Alter) and expression.args.get("kind") == "SESSION"


def _define(session: Session, expression: exp.Expr) -> Result:
    autocommit = session.parameters.get("AUTOCOMMIT", True)
    session.parameters["AUTOCOMMIT"] = True
    try:
        for handle in (formats.handle, grants.handle, define.handle, alter.handle):
            if (result := handle(session, expression)) is not None:
                return result
    finally:
        session.parameters["AUTOCOMMIT"] = autocommit
    kind = str(expression.args.get("kind") or "").upper()
    raise unsupported(feature=f"{expression.key.upper()} {kind}".strip())


def _need_warehouse(session: Session, expression: exp.Expr) -> None:
    if session.warehouse is None and expression.find(exp.Table) is not None:
        raise SnowflakeFault(
            606,
            "57P03",
            "No active warehouse selected in the current session.  Select an active warehouse "
            "with the 'use warehouse' command.\n",
        )


def _select(session: Session, expression: exp.Expr, values: Any) -> Result:
    name_columns(expression)
    names.qualify(session, expression, "SELECT")
    _scan_results(session, expression)
    information.expand(session, expression)
    made = load.expand(session, expression)
    sql = to_duckdb(session, expression)
    session.duck.execute(sql, values or None)
    columns = [(column[0], str(column[1])) for column in session.duck.description]
    result = Result(columns, session.duck.to_arrow_table(), SELECT)
    load.forget(session, made)
    return result


def _scan_results(session: Session, expression: exp.Expr) -> None:
    """Let ``table(result_scan(…))`` read what an earlier statement returned."""
    for node in list(expression.find_all(exp.TableFromRows)):
        call = node.this
        if not isinstance(call, exp.Anonymous) or str(call.this).upper() != "RESULT_SCAN":
            continue
        given = call.expressions[0] if call.expressions else None
        query_id = (
            given.name if isinstance(given, exp.Literal) else next(reversed(session.results), "")
        )
        if query_id not in session.results:
            raise SnowflakeFault(709, "02000", f"Statement {query_id} not found")
        view = f"_RESULT_{query_id}"
        session.duck.register(view, session.results[query_id].table)
        node.replace(
            exp.table_(view, db="main", catalog="temp", quoted=True, alias=node.alias or None)
        )
