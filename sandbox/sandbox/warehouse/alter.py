"""Statements that change or remove what is defined: ALTER, DROP, COMMENT, schemas, databases."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import sqlglot
from sqlglot import TokenType, exp

from sandbox.warehouse import define, names
from sandbox.warehouse.change import lock_key
from sandbox.warehouse.errors import compilation, exists, missing, missing_or_forbidden, unsupported
from sandbox.warehouse.names import Name, literal, quoted
from sandbox.warehouse.results import DDL, Result, message, success
from sandbox.warehouse.translate import body_tokens, duck_type, text, text_length, to_duckdb

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.warehouse.session import Session

_PRINCIPALS = ("ROLE", "WAREHOUSE", "USER")
_STRINGS = (TokenType.STRING, TokenType.RAW_STRING, TokenType.HEREDOC_STRING)


def handle(session: Session, expression: exp.Expr) -> Result | None:
    """Run ALTER, DROP, COMMENT and CREATE of containers; return ``None`` for any other."""
    if isinstance(expression, exp.Create):
        return _create(session, expression)
    if isinstance(expression, exp.Drop):
        return _drop(session, expression)
    if isinstance(expression, exp.Comment):
        return _comment(session, expression)
    if isinstance(expression, exp.Alter) and expression.args.get("kind") in ("TABLE", "VIEW"):
        return _alter(session, expression)
    if isinstance(expression, exp.Command) and str(expression.this).upper() == "ALTER":
        return _alter_command(session, expression)
    return None


def _create(session: Session, expression: exp.Create) -> Result | None:
    kind = str(expression.args.get("kind")).upper()
    replace = bool(expression.args.get("replace"))
    if_not_exists = bool(expression.args.get("exists"))
    if kind == "DATABASE":
        name = expression.this.name
        session.commit()
        if not session.account.create_database(name, replace=replace, if_not_exists=if_not_exists):
            return message(f"{name} already exists, statement succeeded.")
        session.database, session.schema = name, "PUBLIC"
        return message(f"Database {name} successfully created.")
    if kind == "SCHEMA":
        return _create_schema(session, expression, replace=replace, if_not_exists=if_not_exists)
    if kind in _PRINCIPALS:
        name = expression.this.name
        session.account.metadata.write(
            "insert or ignore into principals values (?, ?)", [(kind.lower(), name)]
        )
        return message(f"{kind.title()} {name} successfully created.")
    return None


def _create_schema(
    session: Session, expression: exp.Create, *, replace: bool, if_not_exists: bool
) -> Result:
    table = expression.this
    database, schema = table.catalog or session.database, table.db
    if not database:
        raise missing_or_forbidden()
    if database not in session.account.databases():
        raise missing(kind="Database", name=database)
    place = f"{quoted(database)}.{quoted(schema)}"
    with session.writing([f"schema {database}.{schema}"]):
        found = session.account.has_schema(database, schema)
        if found and if_not_exists:
            return message(f"{schema} already exists, statement succeeded.")
        if found and not replace:
            raise exists(schema)
        if found:
            session.duck.execute(f"drop schema {place} cascade")
            session.account.metadata.forget_schema(database, schema)
        session.duck.execute(f"create schema {place}")
    session.database, session.schema = database, schema
    return message(f"Schema {schema} successfully created.")


def _drop(session: Session, expression: exp.Drop) -> Result | None:
    kind = str(expression.args.get("kind")).upper()
    target = expression.args["tables"][0]
    if_exists = bool(expression.args.get("exists"))
    if kind in ("TABLE", "VIEW"):
        return _drop_object(session, target, kind, if_exists=if_exists)
    if kind in _PRINCIPALS:
        session.account.metadata.write(
            "delete from principals where kind = ? and name = ?", [(kind.lower(), target.name)]
        )
        return message(f"{target.name} successfully dropped.")
    if kind == "SCHEMA":
        return _drop_schema(session, target, if_exists=if_exists)
    if kind == "DATABASE":
        return _drop_database(session, target.name, if_exists=if_exists)
    return None


def _drop_schema(session: Session, target: exp.Table, *, if_exists: bool) -> Result:
    database, schema = target.catalog or session.database, target.db
    if not database or not session.account.has_schema(database, schema):
        return _nothing_to_drop("Schema", f"{database}.{schema}", schema, if_exists=if_exists)
    with session.writing([f"schema {database}.{schema}"]):
        session.duck.execute(f"drop schema {quoted(database)}.{quoted(schema)} cascade")
    session.account.metadata.forget_schema(database, schema)
    if (session.database, session.schema) == (database, schema):
        session.schema = None
    return message(f"{schema} successfully dropped.")


def _drop_database(session: Session, database: str, *, if_exists: bool) -> Result:
    if database not in session.account.databases():
        return _nothing_to_drop("Database", database, database, if_exists=if_exists)
    session.commit()
    if session.database == database:
        session.database = session.schema = None
    session.account.drop_database(database)
    return message(f"{database} successfully dropped.")


def _nothing_to_drop(kind: str, full: str, short: str, *, if_exists: bool) -> Result:
    if not if_exists:
        raise missing(kind=kind, name=full)
    return message(f"Drop statement executed successfully ({short} already dropped).")


def _drop_object(session: Session, target: exp.Table, kind: str, *, if_exists: bool) -> Result:
    name = names.resolve(session, target, f"DROP {kind}")
    if session.temporary.get(name) == kind:
        place = text(name.temporary_table())
        session.duck.execute(f"drop {kind} if exists {place}")
        session.temporary.pop(name)
        return message(f"{name.name} successfully dropped.")
    found = define.kind_of(session, name)
    if found is None:
        return _nothing_to_drop(kind.title(), str(name), name.name, if_exists=if_exists)
    if found != kind:
        raise compilation(
            2203, "02000", f"Object found is of type '{found}', not specified type '{kind}'."
        )
    with session.writing([lock_key(name.table())]):
        session.duck.execute(f"drop {kind} {name.sql}")
    session.account.metadata.forget(name)
    session.account.metadata.write("delete from grants where object_name = ?", [(str(name),)])
    return message(f"{name.name} successfully dropped.")


def _comment(session: Session, expression: exp.Comment) -> Result:
    kind = str(expression.args.get("kind")).upper()
    text = expression.expression.name
    target = expression.this
    if kind in ("TABLE", "VIEW"):
        name = names.resolve(session, target, "COMMENT")
        found = name not in session.temporary and define.kind_of(session, name)
        if not found:
            raise missing(kind=kind.title(), name=str(name))
        with session.writing([lock_key(name.table())]):
            session.duck.execute(f"comment on {found} {name.sql} is {literal(text)}")
    elif kind == "COLUMN":
        parts = [part.name for part in target.parts]
        table = exp.Table(
            **dict(zip(("this", "db", "catalog"), reversed(target.parts[:-1]), strict=False))
        )
        name = names.resolve(session, table, "COMMENT")
        with session.writing([lock_key(name.table())]):
            define.comment_on_columns(session, name, {parts[-1]: text})
    return success(DDL)


def _alter(session: Session, expression: exp.Alter) -> Result:
    name = names.resolve(session, expression.this, "ALTER")
    place = name.sql
    key = lock_key(name.table())
    if name in session.temporary:
        place = text(name.temporary_table())
    elif define.kind_of(session, name) is None:
        if expression.args.get("exists"):
            return success(DDL)
        raise missing(kind="Object", name=str(name))
    with session.writing([key]):
        for action in expression.args.get("actions") or []:
            _alter_one(session, name, place, action)
    return success(DDL)


def _alter_one(session: Session, name: Name, place: str, action: exp.Expr) -> None:
    run = _ACTIONS.get(type(action))
    if run is None:
        raise unsupported(feature=f"ALTER TABLE … {action.sql(dialect='snowflake')}")
    run(session, name, place, action)


def _drop_columns(session: Session, _: Name, place: str, action: exp.Drop) -> None:
    guard = "if exists " if action.args.get("exists") else ""
    for column in action.args["tables"]:
        session.duck.execute(f"alter table {place} drop column {guard}{quoted(column.name)}")


def _rename_column(session: Session, _: Name, place: str, action: exp.RenameColumn) -> None:
    old, new = quoted(action.this.name), quoted(action.args["to"].name)
    session.duck.execute(f"alter table {place} rename column {old} to {new}")


def _rename_to(session: Session, name: Name, _: str, action: exp.AlterRename) -> None:
    _rename(session, name, names.resolve(session, action.this, "ALTER"))


def _swap(session: Session, name: Name, _: str, action: exp.SwapTable) -> None:
    other = names.resolve(session, action.this, "ALTER")
    if (other.database, other.schema) != (name.database, name.schema):
        raise unsupported(feature="SWAP WITH a table of another schema")
    between = Name(name.database, name.schema, f"_SWAP_{name.name}")
    for old_name, new_name in ((name, between), (other, name), (between, other)):
        _rename(session, old_name, new_name)


def _set(session: Session, name: Name, place: str, action: exp.AlterSet) -> None:
    for comment in action.find_all(exp.SchemaCommentProperty):
        kind = define.kind_of(session, name)
        session.duck.execute(f"comment on {kind} {place} is {literal(comment.this.name)}")


def _cluster(_session: Session, _name: Name, _place: str, action: exp.Expr) -> None:
    """Accept what has no effect here: clustering."""
    if isinstance(action, exp.Command) and "CLUSTERING" not in action.sql().upper():
        raise unsupported(feature=f"ALTER TABLE … {action.sql(dialect='snowflake')}")


def _add_column(session: Session, name: Name, place: str, column: exp.ColumnDef) -> None:
    comment = define.strip_constraints(column)
    kind = column.args["kind"]
    guard = "if not exists " if column.args.get("exists") else ""
    default = column.find(exp.DefaultColumnConstraint)
    clause = f" default {to_duckdb(session, default.this)}" if default is not None else ""
    session.duck.execute(
        f"alter table {place} add column {guard}{quoted(column.name)} {duck_type(kind)}{clause}"
    )
    constraint = column.find(exp.NotNullColumnConstraint)
    if constraint is not None and not constraint.args.get("allow_null"):
        session.duck.execute(f"alter table {place} alter column {quoted(column.name)} set not null")
    _set_length(session, name, column.name, text_length(kind))
    if comment:
        define.comment_on_columns(session, name, {column.name: comment})


def _alter_column(session: Session, name: Name, place: str, action: exp.AlterColumn) -> None:
    column = quoted(action.name)
    if (kind := action.args.get("dtype")) is not None:
        session.duck.execute(
            f"alter table {place} alter column {column} set data type {duck_type(kind)}"
        )
        _set_length(session, name, action.name, text_length(kind))
    elif (comment := action.args.get("comment")) is not None:
        define.comment_on_columns(session, name, {action.name: comment.name})
    elif action.args.get("allow_null") is not None:
        verb = "drop" if action.args["allow_null"] else "set"
        session.duck.execute(f"alter table {place} alter column {column} {verb} not null")
    elif action.args.get("drop"):
        session.duck.execute(f"alter table {place} alter column {column} drop default")
    else:
        raise unsupported(feature=f"ALTER TABLE … {action.sql(dialect='snowflake')}")


def _set_length(session: Session, name: Name, column: str, length: int | None) -> None:
    key = (name.database, name.schema, name.name, column)
    metadata = session.account.metadata
    metadata.write(
        "delete from text_lengths where database = ? and schema = ? and name = ? "
        "and column_name = ?",
        [key],
    )
    if length is not None:
        metadata.write("insert into text_lengths values (?, ?, ?, ?, ?)", [(*key, length)])


def _rename(session: Session, old: Name, new: Name) -> None:
    if (old.database, old.schema) != (new.database, new.schema):
        raise unsupported(feature="RENAME TO another schema")
    kind = define.kind_of(session, old)
    if kind is None:
        raise missing(kind="Object", name=str(old))
    session.duck.execute(f"alter {kind} {old.sql} rename to {quoted(new.name)}")
    session.account.metadata.rename(old, new)


def _alter_command(session: Session, expression: exp.Command) -> Result | None:
    tokens = body_tokens(expression)
    texts = [token.text.upper() for token in tokens]
    if texts[:1] and texts[0] in (*_PRINCIPALS, "DATABASE", "SCHEMA", "ACCOUNT"):
        if "RENAME" in texts:
            raise unsupported(feature=f"ALTER {texts[0]} … RENAME")
        return success(DDL)
    if len(texts) > 2 and texts[-1] == "RECLUSTER":  # noqa: PLR2004
        return success(DDL)
    if not _says_comment(tokens) or ("ALTER" not in texts and "MODIFY" not in texts):
        return None
    start = texts.index("ALTER") if "ALTER" in texts else texts.index("MODIFY")
    name = names.resolve(session, _table(session, tokens[1:start]), "ALTER")
    if define.kind_of(session, name) is None:
        raise missing(kind="Object", name=str(name))
    with session.writing([lock_key(name.table())]):
        define.comment_on_columns(session, name, _comments(session, tokens[start + 1 :]))
    return success(DDL)


def _table(session: Session, tokens: list[sqlglot.Token]) -> exp.Table:
    parts = [_identifier(session, token) for token in tokens if token.token_type != TokenType.DOT]
    return exp.Table(
        **dict(
            zip(
                ("this", "db", "catalog"),
                (exp.to_identifier(part, quoted=True) for part in reversed(parts)),
                strict=False,
            )
        )
    )


def _identifier(session: Session, token: sqlglot.Token) -> str:
    folded = token.token_type != TokenType.IDENTIFIER or session.ignores_quotes
    return token.text.upper() if folded else token.text


def _says_comment(tokens: list[sqlglot.Token]) -> bool:
    """Tell whether a comment is written, as against a column of that name."""
    return any(
        token.text.upper() == "COMMENT" and after.token_type in _STRINGS
        for token, after in pairwise(tokens)
    )


def _comments(session: Session, tokens: list[sqlglot.Token]) -> dict[str, str]:
    comments: dict[str, str] = {}
    words = [
        token
        for token in tokens
        if token.token_type not in (TokenType.COMMA, TokenType.SEMICOLON, TokenType.L_PAREN)
        and token.token_type != TokenType.R_PAREN
        and not (token.token_type == TokenType.COLUMN and token.text.upper() == "COLUMN")
    ]
    for index, token in enumerate(words[:-2]):
        if _says_comment(words[index + 1 : index + 3]):
            comments[_identifier(session, token)] = words[index + 2].text
    return comments


_ACTIONS: dict[type[exp.Expr], Callable[[Session, Name, str, Any], None]] = {
    exp.AlterColumn: _alter_column,
    exp.AlterRename: _rename_to,
    exp.AlterSet: _set,
    exp.Cluster: _cluster,
    exp.ClusterProperty: _cluster,
    exp.ColumnDef: _add_column,
    exp.Command: _cluster,
    exp.Drop: _drop_columns,
    exp.RenameColumn: _rename_column,
    exp.SwapTable: _swap,
}
