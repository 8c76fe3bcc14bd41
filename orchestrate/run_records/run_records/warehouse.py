"""The table of records in Snowflake: one row per run, the record as it is."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import snowflake.connector

from run_records.errors import RunRecordsError
from run_records.files import RunRecord

if TYPE_CHECKING:
    import datetime as dt

LOGIN_SECONDS, NETWORK_SECONDS = 20, 60
MOST_RUNS = 1100
"""Of the history: six weeks of hourly runs."""

KEY_FILE_VARIABLE = "SNOWFLAKE_PRIVATE_KEY_PATH"
NOT_THERE = 2003
"""Snowflake's code for a table that does not exist, or is not authorized."""

_CREATE_SCHEMA = "create schema if not exists {schema}"
_CREATE_TABLE = """
create table if not exists {schema}.runs (
    run_id varchar not null,
    started_at timestamp_ntz not null,
    record variant not null,
    loaded_at timestamp_ntz not null
)
"""
_MERGE = """
merge into {schema}.runs as loaded
using (
    select %s as run_id, %s::timestamp_ntz as started_at, parse_json(%s) as record
) as given
on loaded.run_id = given.run_id
when matched then update set record = given.record, loaded_at = sysdate()
when not matched then insert (run_id, started_at, record, loaded_at)
values (given.run_id, given.started_at, given.record, sysdate())
"""
_NEWEST = """
select record
from {schema}.runs
where record:environment::varchar = %s
order by started_at desc
limit %s
"""
# Of each run no more than what the rules look at: dbt's results are most of a record.
_HISTORY = """
select object_construct(
    'run_id', run_id,
    'command', record:command,
    'environment', record:environment,
    'status', record:status,
    'failed_step', record:failed_step,
    'is_full_refresh', record:is_full_refresh,
    'started_at', record:started_at,
    'told', record:told,
    'streams', record:streams
)
from {schema}.runs
where
    started_at >= %s::timestamp_ntz
    and record:environment::varchar = %s
    and record:command::varchar = %s
order by started_at desc
limit %s
"""
_STALE = """
select runs.record:started_at::varchar, listed.value:node::varchar, listed.value:status::varchar
from {schema}.runs as runs, lateral flatten(input => runs.record:dbt_results) as listed
where
    runs.started_at >= %s::timestamp_ntz
    and runs.record:environment::varchar = %s
    and startswith(listed.value:node::varchar, 'source.')
"""


class Warehouse:
    """A session in the schema of the records.

    The variables ``SNOWFLAKE_ACCOUNT``, ``SNOWFLAKE_USER``, ``SNOWFLAKE_ROLE``,
    ``SNOWFLAKE_WAREHOUSE``, ``SNOWFLAKE_DATABASE``, ``SNOWFLAKE_PRIVATE_KEY_PATH`` and
    ``SNOWFLAKE_PRIVATE_KEY_PASSPHRASE`` lead to it.
    """

    def __init__(self, schema: str) -> None:
        """Sign in.

        Args:
            schema: Of the table.

        Raises:
            RunRecordsError: if a variable is missing, or leads to no private key.
            snowflake.connector.Error: if Snowflake refuses.
        """
        self._schema = '"' + schema.upper().replace('"', '""') + '"'
        given: dict[str, Any] = {
            "account": _variable("SNOWFLAKE_ACCOUNT"),
            "user": _variable("SNOWFLAKE_USER"),
            "role": _variable("SNOWFLAKE_ROLE"),
            "warehouse": _variable("SNOWFLAKE_WAREHOUSE"),
            "database": _variable("SNOWFLAKE_DATABASE"),
            "private_key_file": _variable(KEY_FILE_VARIABLE),
            "private_key_file_pwd": os.environ.get("SNOWFLAKE_PRIVATE_KEY_PASSPHRASE") or None,
        }
        try:
            Path(given["private_key_file"]).read_bytes()
            self._connection = snowflake.connector.connect(
                **given,
                authenticator="SNOWFLAKE_JWT",
                autocommit=True,
                login_timeout=LOGIN_SECONDS,
                network_timeout=NETWORK_SECONDS,
                session_parameters={"QUERY_TAG": "run-records", "TIMEZONE": "UTC"},
            )
        except (FileNotFoundError, PermissionError, TypeError, ValueError) as error:
            message = f"{KEY_FILE_VARIABLE} does not lead to a private key: {error}"
            raise RunRecordsError(message) from error

    def __enter__(self) -> Self:
        """Return it."""
        return self

    def __exit__(self, *_: object) -> None:
        """Sign out."""
        self._connection.close()

    def create_table(self) -> None:
        """Make the table, if it is not there."""
        self._execute(_CREATE_SCHEMA)
        self._execute(_CREATE_TABLE)

    def load(self, record: RunRecord) -> str | None:
        """Write a record, in place of one of the same run.

        Returns:
            Why it was refused, if it was; others may be taken all the same.

        Raises:
            snowflake.connector.Error: if that fails for another reason than the statement.
        """
        text = json.dumps(record.content, ensure_ascii=False)
        try:
            self._execute(_MERGE, record.run_id, _naive(record.started_at), text)
        except snowflake.connector.ProgrammingError as error:
            return str(error).strip()
        return None

    def newest(self, environment: str, most: int) -> list[RunRecord]:
        """Return the newest records, the newest first; none while there is no table."""
        try:
            rows = self._execute(_NEWEST, environment, most)
        except snowflake.connector.ProgrammingError as error:
            if error.errno != NOT_THERE:
                raise
            return []
        return [RunRecord(json.loads(row[0])) for row in rows]

    def history(self, environment: str, command: str, since: dt.datetime) -> list[RunRecord]:
        """Return what the rules need of earlier runs, the oldest first.

        Args:
            environment: Meltano's environment.
            command: What was run, as it was typed.
            since: Older runs are left out.
        """
        rows = self._execute(_HISTORY, _naive(since), environment, command, MOST_RUNS)
        # Snowflake leaves members out of an object that are null.
        return [RunRecord({"failed_step": None, **json.loads(row[0])}) for row in reversed(rows)]

    def stale_before(self, environment: str, since: dt.datetime) -> set[str]:
        """Return the sources that were stale when freshness was last looked at."""
        rows = self._execute(_STALE, _naive(since), environment)
        newest = max((started_at for started_at, _, _ in rows), default=None)
        return {
            node for started_at, node, status in rows if started_at == newest and status != "pass"
        }

    def _execute(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        with self._connection.cursor() as cursor:
            cursor.execute(statement.format(schema=self._schema), values or None)
            return [tuple(row) for row in cursor.fetchall()]


def _naive(moment: dt.datetime) -> str:
    """Return a moment in UTC as Snowflake reads it."""
    return moment.replace(tzinfo=None).isoformat(sep=" ")


def _variable(name: str) -> str:
    value = os.environ.get(name)
    if not value:
        message = f"The variable {name} is not set."
        raise RunRecordsError(message)
    return value
