"""Meltano's own database: bookmarks, and which runs are going on.

A database on the machine that runs is lost with it, and another machine knows nothing of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

import psycopg

from preflight.postgres import CONNECT_SECONDS
from preflight.report import reason

if TYPE_CHECKING:
    from preflight.plugins import State
    from preflight.report import Report

SUBJECT = "state"
VARIABLE = "MELTANO_DATABASE_URI"
EXAMPLE = f"{VARIABLE} to a PostgreSQL database, as in postgresql+psycopg://user:password@host/name"


def check_state(state: State, report: Report) -> None:
    """Check that the state is where the environment demands it, and that it can be kept there.

    Args:
        state: Where Meltano keeps it.
        report: Told what is found.
    """
    # The driver, after a plus sign, is SQLAlchemy's business.
    scheme, separator, address = state.database.partition("://")
    database = scheme.partition("+")[0]
    if database == "sqlite":
        if state.must_be_shared:
            what = "bookmarks are kept on this machine, and lost with it"
            report.fail(SUBJECT, what, f"set {EXAMPLE}")
        else:
            report.skip(SUBJECT, "bookmarks are kept on this machine")
    elif database in ("postgresql", "postgres"):
        _check_postgres(f"postgresql{separator}{address}", report)
    else:
        report.warn(SUBJECT, f"a {database} database, which is not checked here", f"set {EXAMPLE}")


def password_of(state: State) -> str:
    """Return the password in the address, empty if there is none."""
    try:
        return unquote(urlsplit(state.database).password or "")
    except ValueError:
        return ""


def _check_postgres(address: str, report: Report) -> None:
    try:
        with psycopg.connect(
            address, connect_timeout=CONNECT_SECONDS, application_name="preflight"
        ) as connection:
            where = f"{connection.info.host}:{connection.info.port}/{connection.info.dbname}"
            user = connection.info.user
            row = connection.execute(
                "select current_schema(), has_schema_privilege(current_schema(), 'CREATE')"
            ).fetchone()
    except psycopg.Error as error:
        report.fail(SUBJECT, f"cannot sign in to it: {reason(error)}", f"set {EXAMPLE}")
        return
    schema, may_create = row or (None, False)
    if may_create:
        report.ok(SUBJECT, f"{user} keeps it in {where}, schema {schema}")
    else:
        fix = f"grant usage, create on schema {schema or 'public'} to {user};"
        report.fail(SUBJECT, f"{user} cannot make Meltano's tables in {where}", fix)
