"""Statements that change rows: INSERT, UPDATE, DELETE, TRUNCATE, MERGE and COPY."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow.compute as pc
from sqlglot import exp

from sandbox.warehouse import load, names, stage
from sandbox.warehouse.errors import unsupported
from sandbox.warehouse.results import DML, Result, changed, rows, success
from sandbox.warehouse.translate import text, to_duckdb

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sandbox.warehouse.session import Session

_INSERT, _UPDATE, _DELETE, _MERGE, _COPY = (DML + step for step in (256, 512, 768, 1024, 1536))
_SOURCE = "_MERGE_SOURCE"
_MANY_ROWS = 100_000
"""From here on it is worth asking whether any row of a MERGE is there, which it asks again."""
_ACTIONS = {"INSERT": "inserted", "UPDATE": "updated", "DELETE": "deleted"}
_COPY_COLUMNS = (
    ("file", "VARCHAR"),
    ("status", "VARCHAR"),
    ("rows_parsed", "BIGINT"),
    ("rows_loaded", "BIGINT"),
    ("error_limit", "BIGINT"),
    ("errors_seen", "BIGINT"),
    ("first_error", "VARCHAR"),
    ("first_error_line", "BIGINT"),
    ("first_error_character", "BIGINT"),
    ("first_error_column_name", "VARCHAR"),
)


def handle(session: Session, expression: exp.Expr, values: Any) -> Result | None:
    """Run a statement that changes rows; return ``None`` for any other."""
    run = _HANDLERS.get(type(expression))
    return None if run is None else run(session, expression, values)


def _target(expression: exp.Expr) -> exp.Table:
    table = expression.this
    if isinstance(table, exp.Schema):
        table = table.this
    if not isinstance(table, exp.Table):
        raise unsupported(feature=expression.sql(dialect="snowflake"))
    return table


def lock_key(table: exp.Table) -> str:
    """Return the name under which a table is locked."""
    return f"{table.catalog}.{table.db}.{table.name}"


def _qualified(session: Session, expression: exp.Expr, verb: str) -> list[str]:
    names.qualify(session, expression, verb)
    return [lock_key(_target(expression))]


def _update(session: Session, expression: exp.Expr, values: Any) -> Result:
    count = _change_in_place(session, expression, values)
    result = rows(
        [("number of rows updated", "BIGINT"), ("number of multi-joined rows updated", "BIGINT")],
        [(count, 0)],
        _UPDATE,
    )
    result.counts = {"updated": count}
    return result


def _delete(session: Session, expression: exp.Expr, values: Any) -> Result:
    return changed(_DELETE, deleted=_change_in_place(session, expression, values))


def _change_in_place(session: Session, expression: exp.Expr, values: Any) -> int:
    keys = _qualified(session, expression, expression.key.upper())
    sql = to_duckdb(session, expression)
    with session.writing(keys):
        return _count(session, sql, values)


def _insert(session: Session, expression: exp.Expr, values: Any) -> Result:
    keys = _qualified(session, expression, "INSERT")
    overwrite = expression.args.get("overwrite")
    expression.set("overwrite", None)
    target = text(_target(expression))
    made = load.expand(session, expression)
    sql = to_duckdb(session, expression)
    with session.writing(keys):
        if overwrite:
            session.duck.execute(f"delete from {target}")
        count = _count(session, sql, values)
    load.forget(session, made)
    return changed(_INSERT, inserted=count)


def _truncate(session: Session, expression: exp.Expr, _: Any) -> Result:
    names.qualify(session, expression, "TRUNCATE")
    tables = list(expression.find_all(exp.Table))
    if expression.args.get("exists"):
        tables = [table for table in tables if _is_there(session, table)]
    with session.writing(lock_key(table) for table in tables):
        for table in tables:
            session.duck.execute(f"delete from {table.sql(dialect='duckdb')}")
    return success()


def _is_there(session: Session, table: exp.Table) -> bool:
    return bool(
        session.query(
            "select 1 from duckdb_tables() where database_name = ? and schema_name = ? "
            "and table_name = ?",
            [table.catalog, table.db, table.name],
        )
    )


def _merge(session: Session, expression: exp.Expr, _: Any) -> Result:
    if load.find(expression) and not session.in_transaction:
        try:
            return _merge_rows(session, expression.copy(), are_times_usual=True)
        except load.UnusualTimeError:
            session.rollback()
    return _merge_rows(session, expression, are_times_usual=False)


def _merge_rows(session: Session, expression: exp.Expr, *, are_times_usual: bool) -> Result:
    keys = _qualified(session, expression, "MERGE")
    whens: Sequence[exp.When] = expression.args["whens"].expressions
    for when in whens:
        _bare_columns(when)
    actions = {action for when in whens if (action := _action(when)) is not None}
    staged = bool(load.find(expression))
    with session.writing(keys):
        made = _read_stage(session, expression, are_times_usual=are_times_usual) if staged else []
        insertion = _insertion(session, expression) if staged else None
        if insertion is None:
            sql = to_duckdb(session, expression) + " returning merge_action"
            taken: Any = session.duck.execute(sql).to_arrow_table()
            tallied = pc.value_counts(taken.column(0)).to_pylist()
            tally = {entry["values"]: entry["counts"] for entry in tallied}
        else:
            tally = {"INSERT": _count(session, to_duckdb(session, insertion))}
        load.forget(session, made)
    counts = {done: tally.get(action, 0) for action, done in _ACTIONS.items() if done in actions}
    return changed(_MERGE, **counts)


def _read_stage(session: Session, expression: exp.Expr, *, are_times_usual: bool) -> list[str]:
    """Read a stage into a table before rows are matched, which is faster than both at once.

    Returns:
        The tables that are to be dropped afterwards.
    """
    made = load.expand(session, expression, are_times_usual=are_times_usual)
    source = expression.args["using"]
    if _keeps_all(session, source.this):
        source.this.set("qualify", None)
        return made
    sql = to_duckdb(session, source.this.copy())
    session.duck.execute(f"create or replace temporary table {_SOURCE} as {sql}")
    load.forget(session, made)
    table = exp.table_(_SOURCE, db="main", catalog="temp")
    table.set("alias", source.args.get("alias"))
    source.replace(table)
    return [f"temp.main.{_SOURCE}"]


def _keeps_all(session: Session, select: exp.Select) -> bool:
    """Tell whether QUALIFY takes one row of each group, and no group has two.

    To look for a group of two costs a tenth of numbering the rows with all they hold.
    """
    qualify = select.args.get("qualify")
    condition = qualify.this.unnest() if qualify else None
    if not isinstance(condition, exp.EQ) or condition.expression != exp.Literal.number(1):
        return False
    window = condition.this
    if not isinstance(window, exp.Window) or not isinstance(window.this, exp.RowNumber):
        return False
    groups = window.args.get("partition_by") or []
    if not groups or any(
        not isinstance(group, exp.Column) or group.name not in select.named_selects
        for group in groups
    ):
        return False
    rows_ = select.copy()
    rows_.set("qualify", None)
    doubles = (
        exp.select("1")
        .from_(exp.Subquery(this=rows_, alias=exp.to_identifier("STAGED")))
        .group_by(*(exp.column(group.name, quoted=True) for group in groups))
        .having("count(*) > 1")
        .limit(1)
    )
    return not session.query(to_duckdb(session, doubles))


def _insertion(session: Session, expression: exp.Expr) -> exp.Expr | None:
    """Return the INSERT that a MERGE of many rows comes to if none of them is there yet.

    DuckDB writes inserted rows to the database's file, and merged ones to its log first.
    """
    source, on = expression.args["using"], expression.args["on"]
    others = [when for when in expression.args["whens"].expressions if not when.args["matched"]]
    if len(others) != 1 or others[0].args.get("condition") or others[0].args.get("source"):
        return None
    then = others[0].args["then"]
    if not isinstance(then, exp.Insert) or not isinstance(then.this, exp.Tuple):
        return None
    many = exp.select("1").from_(source.copy()).limit(1).offset(_MANY_ROWS - 1)
    known = exp.select("1").from_(source.copy()).join(_target(expression).copy(), on=on.copy())
    if not session.query(to_duckdb(session, many)):
        return None
    if session.query(to_duckdb(session, known.limit(1))):
        return None
    target = _target(expression).copy()
    target.set("alias", None)
    return exp.insert(
        exp.select(*(value.copy() for value in then.expression.expressions)).from_(source.copy()),
        target,
        columns=[column.this.copy() for column in then.this.expressions],
    )


def _action(when: exp.When) -> str | None:
    then = when.args["then"]
    if isinstance(then, exp.Insert):
        return "inserted"
    if isinstance(then, exp.Update):
        return "updated"
    return "deleted" if then.name.upper() == "DELETE" else None


def _bare_columns(when: exp.When) -> None:
    then = when.args["then"]
    if isinstance(then, exp.Update):
        for assignment in then.expressions:
            assignment.this.set("table", None)
    elif isinstance(then, exp.Insert) and isinstance(then.this, exp.Tuple):
        for column in then.this.expressions:
            if isinstance(column, exp.Column):
                column.set("table", None)


def _copy(session: Session, expression: exp.Expr, _: Any) -> Result:
    if not expression.args.get("kind"):
        raise unsupported(feature="COPY INTO a location")
    source = expression.args["files"][0]
    if not isinstance(source, exp.Subquery):
        raise unsupported(feature="COPY INTO a table without a query over the stage")
    keys = _qualified(session, expression, "COPY")
    target = text(expression.this)
    stages = load.find(source)
    if not stages:
        raise unsupported(feature="COPY INTO from a query without a stage")
    file_format = _file_format(expression)
    loaded = []
    with session.writing(keys):
        for file in stage.files(session, stages[0].this.name):
            query = source.copy()
            made = load.expand(session, query, file_format=file_format, only=[file])
            count = _count(session, f"insert into {target} {to_duckdb(session, query)}")
            load.forget(session, made)
            name = str(file.relative_to(session.account.stage_folder))
            loaded.append((name, "LOADED", count, count, 1, 0, None, None, None, None))
    if not loaded:
        result = rows([("status", "VARCHAR")], [("Copy executed with 0 files processed.",)])
    else:
        result = rows(_COPY_COLUMNS, loaded)
    result.counts = {"inserted": sum(row[3] for row in loaded)}
    return result


def _file_format(expression: exp.Expr) -> exp.Expr | None:
    for parameter in expression.args.get("params") or []:
        if parameter.name.upper() != "FILE_FORMAT":
            continue
        for option in parameter.expressions:
            if option.name.upper() == "FORMAT_NAME":
                value: exp.Expr = option.args["value"]
                return value
    return None


def _count(session: Session, sql: str, values: Any = None) -> int:
    found = session.query(sql, values or ())
    return int(found[0][0]) if found else 0


_HANDLERS: dict[type[exp.Expr], Callable[[Session, Any, Any], Result]] = {
    exp.Copy: _copy,
    exp.Delete: _delete,
    exp.Insert: _insert,
    exp.Merge: _merge,
    exp.TruncateTable: _truncate,
    exp.Update: _update,
}
