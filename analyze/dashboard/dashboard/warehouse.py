"""The marts: signing in, asking, and what to do when there is no answer.

Outside Snowflake the login comes from the variables SNOWFLAKE_ACCOUNT, _USER, _PRIVATE_KEY_PATH,
_PRIVATE_KEY_PASSPHRASE, _ROLE, _WAREHOUSE, _DATABASE and _SCHEMA. Inside, there is none to make.
"""

from __future__ import annotations

import datetime as dt
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import streamlit as st
from snowflake.connector.constants import FIELD_ID_TO_NAME
from snowflake.connector.errors import DatabaseError, Error
from streamlit.connections import SnowflakeConnection
from streamlit.errors import StreamlitAPIException

from dashboard import queries

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dashboard.queries import Query

TTL = dt.timedelta(minutes=5)
"""How long an answer is kept: as often as the fastest schedule makes new ones."""

LOGIN_SECONDS, NETWORK_SECONDS = 15, 120
PARTS = ("ACCOUNT", "USER", "PRIVATE_KEY_PATH", "ROLE", "WAREHOUSE", "DATABASE", "SCHEMA")
BUILD = "meltano run tap-postgres tap-streaming target-snowflake dbt:build"
_NO_SUCH_OBJECT = (2003, 2043)
_IDENTIFIER = re.compile(r"[A-Za-z_][\w$]*")


class MartsError(Exception):
    """Says why there is no answer, and what to do."""

    def __init__(self, what: str, remedy: str) -> None:
        """Keep both.

        Args:
            what: What is wrong, in a sentence.
            remedy: What to do, in Markdown.
        """
        super().__init__(what)
        self.what = what
        self.remedy = remedy


class NoMartError(MartsError):
    """A mart is not there, or may not be read."""


@dataclass(frozen=True)
class Answer:
    """What a query returned.

    Attributes:
        query: The question.
        sql: Its SQL with the values written out.
        frame: Rows, with column names in lower case.
    """

    query: Query
    sql: str
    frame: pd.DataFrame

    @property
    def first(self) -> pd.Series[Any]:
        """The first row; all of it is null if there is none."""
        return self.frame.iloc[0] if len(self.frame) else pd.Series(index=self.frame.columns)


def schema() -> str:
    """Return database and schema of the marts.

    Raises:
        MartsError: if one is no identifier.
    """
    names = {"SNOWFLAKE_DATABASE": "ANALYTICS", "SNOWFLAKE_SCHEMA": "STREAMING"}
    found = {variable: os.environ.get(variable) or usual for variable, usual in names.items()}
    for variable, name in found.items():
        if not _IDENTIFIER.fullmatch(name):
            what = f"{variable} is no name: {name}"
            raise MartsError(what, f"Set `{variable}` to another one.")
    return ".".join(found.values()).lower()


def login() -> dict[str, Any] | None:
    """Return the parameters of the connector; None inside Snowflake, where no variable is set.

    Raises:
        MartsError: if some of the variables are missing, or the key file is.
    """
    given = {part: os.environ.get(f"SNOWFLAKE_{part}", "") for part in PARTS}
    if not given["USER"] and not given["PRIVATE_KEY_PATH"]:
        return None
    if missing := [f"SNOWFLAKE_{part}" for part, value in given.items() if not value]:
        what = f"Not set: {', '.join(missing)}."
        raise MartsError(what, _how_to_set())
    key = Path(given.pop("PRIVATE_KEY_PATH")).expanduser()
    if not key.is_file():
        what = f"There is no private key at {key}."
        raise MartsError(what, _how_to_answer())
    return {
        **{part.lower(): value for part, value in given.items()},
        "private_key_file": str(key),
        "private_key_file_pwd": os.environ.get("SNOWFLAKE_PRIVATE_KEY_PASSPHRASE") or None,
        "authenticator": "SNOWFLAKE_JWT",
        "login_timeout": LOGIN_SECONDS,
        "network_timeout": NETWORK_SECONDS,
        # Else the connector asks the addresses of three clouds where it runs.
        "platform_detection_timeout_seconds": 0,
        "session_parameters": {"QUERY_TAG": "dashboard"},
    }


def ask(name: str, **values: object) -> Answer:
    """Ask a query; its answer is kept for some minutes, for all who look.

    Args:
        name: Page and name of the query.
        **values: One for each of its placeholders.

    Raises:
        NoMartError: if a table is missing.
        MartsError: if Snowflake cannot be asked.
    """
    query = queries.find(name)
    sql, bound = query.bound(schema(), values)
    try:
        connection = _connection()
        try:
            frame = _rows(connection, sql, tuple(bound))
        except DatabaseError as error:
            if error.errno in _NO_SUCH_OBJECT:
                raise
            # A session ends with a restart, and after hours without a question.
            connection.reset()
            frame = _rows(connection, sql, tuple(bound))
    except (Error, StreamlitAPIException) as error:
        raise _explained(error, query) from error
    return Answer(query, query.shown(schema(), values), frame)


def ask_if_there(name: str, **values: object) -> Answer | None:
    """Ask a query; None if a table of it is not there.

    Args:
        name: Page and name of the query.
        **values: One for each of its placeholders.

    Raises:
        MartsError: if Snowflake cannot be asked.
    """
    try:
        return ask(name, **values)
    except NoMartError:
        return None


def forget() -> None:
    """Forget all answers and the session, so that everything is read again."""
    st.cache_data.clear()
    st.cache_resource.clear()


# Not the connection's own `query`: in Streamlit 1.50 its cache does not tell values apart.
@st.cache_data(ttl=TTL, max_entries=1000, show_spinner=False)
def _rows(_connection: SnowflakeConnection, sql: str, bound: tuple[object, ...]) -> pd.DataFrame:
    with _connection.cursor() as cursor:
        cursor.execute(sql, params=bound or None)
        rows = cursor.fetchall()
        columns = cursor.description
    frame = pd.DataFrame(rows, columns=[column.name.lower() for column in columns])
    return tidied(frame, [FIELD_ID_TO_NAME[column.type_code] for column in columns])


def tidied(frame: pd.DataFrame, kinds: Sequence[str]) -> pd.DataFrame:
    """Return a frame whose numbers and times are such, also where there are none.

    Args:
        frame: As the connector's rows make it, with decimals and dates as objects.
        kinds: Snowflake's type of each column, as in FIXED or TIMESTAMP_NTZ.
    """
    for name, kind in zip(frame.columns, kinds, strict=True):
        if kind in ("FIXED", "REAL"):
            number = pd.to_numeric(frame[name])
            frame[name] = number.astype(float) if number.dtype == object else number
        elif kind == "DATE" or kind.startswith("TIMESTAMP"):
            frame[name] = pd.to_datetime(frame[name])
    return frame


def _connection() -> SnowflakeConnection:
    parameters = login()
    if parameters is None:
        return st.connection("snowflake", type=SnowflakeConnection)
    # A connection named snowflake would not look at the parameters.
    return st.connection("marts", type=SnowflakeConnection, **parameters)


def _explained(error: Exception, query: Query) -> MartsError:
    said = " ".join(str(getattr(error, "msg", None) or error).split())
    if isinstance(error, StreamlitAPIException):
        return MartsError("No login to Snowflake is set.", _how_to_set())
    if getattr(error, "errno", None) in _NO_SUCH_OBJECT:
        what = f"A mart of this page is not there yet, or may not be read: {said}"
        remedy = (
            f"Build the marts: `{BUILD}`. If they are there, the role may not read them: "
            "`load/snowflake/04_grants.sql`."
        )
        return NoMartError(what, remedy)
    return MartsError(f"Snowflake does not answer {query.name}: {said}", _how_to_answer())


def _how_to_set() -> str:
    names = ", ".join(f"`SNOWFLAKE_{part}`" for part in PARTS)
    return (
        f"Start it with `make dashboard`, or `meltano invoke dashboard:start`, which set {names}."
    )


def _how_to_answer() -> str:
    return os.environ.get("DASHBOARD_ADVICE") or (
        "`make preflight ENV=prod` says which login, right or key is missing, and what mends it."
    )
