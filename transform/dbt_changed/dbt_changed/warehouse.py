"""What Snowflake holds: the sources as they are, and as they were when they were built from."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import snowflake.connector
from snowflake.connector.errors import ProgrammingError

from dbt_changed.errors import DbtChangedError
from dbt_changed.project import ComparedBy, Source

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping

DOES_NOT_EXIST, INVALID_IDENTIFIER = 2003, 904
"""Snowflake's numbers: the table is not there, or another release of this program has made it."""

TABLE = "BUILT_SOURCES"
KEY_FILE_VARIABLE = "SNOWFLAKE_PRIVATE_KEY_PATH"

# The loader stamps each row that it writes, and a mark of deletion is a time, too: any row that is
# written, marked, unmarked or removed makes another hash.
_LOADED = "select '{name}', hash_agg(_sdc_batched_at, _sdc_deleted_at) from {relation}"

_EXISTENCE = """
select '{name}', count(*)
from {database}.information_schema.tables
where table_schema = upper('{schema}') and table_name = upper('{table}')
"""

_CONTENT = """
select '{name}', hash_agg({columns}, is_deleted)
from (
    select
        *,
        _sdc_deleted_at is not null as is_deleted{rank}
    from {relation}
) as rows_read
"""

# The order of readings tells which rows were not in the latest one; their times do not matter.
_RANK = """,
        dense_rank() over (partition by {of} order by {time} desc nulls last) as reading_number"""

_RECORD = """
create or replace table {table} as
select
    column1::varchar as project,
    column2::varchar as source,
    column3::varchar as relation,
    column4::varchar as compared_by,
    column5::varchar as reading_time,
    column6::varchar as reading_of,
    column7::number as load_version,
    column8::number as content_version,
    sysdate() as built_at
from values {rows}
"""


@dataclass(frozen=True)
class Version:
    """Which rows a source holds, in two numbers.

    Attributes:
        loaded: Another one whenever a row was loaded, marked as deleted or removed; of a source
            that is compared by its existence, 1 if it is there.
        content: Another one when a row says something else; of sources that are compared by it.
    """

    loaded: int
    content: int | None = None


@dataclass(frozen=True)
class LastBuild:
    """What models were built from when that last succeeded.

    Attributes:
        project: Fingerprint of the dbt project.
        built_at: When (UTC).
        sources: The versions of its sources.
    """

    project: str
    built_at: dt.datetime
    sources: dict[Source, Version]


class Warehouse:
    """A session of the role that builds the models.

    The variables ``SNOWFLAKE_ACCOUNT``, ``SNOWFLAKE_USER``, ``SNOWFLAKE_ROLE``,
    ``SNOWFLAKE_WAREHOUSE``, ``DBT_DATABASE``, ``DBT_SCHEMA``, ``SNOWFLAKE_PRIVATE_KEY_PATH`` and
    ``SNOWFLAKE_PRIVATE_KEY_PASSPHRASE`` lead to it, as in ``profiles.yml``.
    """

    def __init__(self) -> None:
        """Sign in.

        Raises:
            DbtChangedError: if a variable is missing, or leads to no private key.
            snowflake.connector.Error: if Snowflake refuses.
        """
        given: dict[str, Any] = {
            "account": variable("SNOWFLAKE_ACCOUNT"),
            "user": variable("SNOWFLAKE_USER"),
            "role": variable("SNOWFLAKE_ROLE"),
            "warehouse": variable("SNOWFLAKE_WAREHOUSE"),
            "private_key_file": variable(KEY_FILE_VARIABLE),
            "private_key_file_pwd": os.environ.get("SNOWFLAKE_PRIVATE_KEY_PASSPHRASE") or None,
        }
        self._table = f"{variable('DBT_DATABASE')}.{variable('DBT_SCHEMA')}_STAGING.{TABLE}"
        try:
            Path(given["private_key_file"]).read_bytes()
            self._connection = snowflake.connector.connect(
                **given,
                authenticator="SNOWFLAKE_JWT",
                autocommit=True,
                session_parameters={"QUERY_TAG": "dbt-changed", "TIMEZONE": "UTC"},
            )
        except (FileNotFoundError, PermissionError, TypeError, ValueError) as error:
            message = f"{KEY_FILE_VARIABLE} does not lead to a private key: {error}"
            raise DbtChangedError(message) from error

    def __enter__(self) -> Self:
        """Return it."""
        return self

    def __exit__(self, *_: object) -> None:
        """Sign out."""
        self._connection.close()

    def last_build(self) -> LastBuild | None:
        """Return what was recorded last, if anything was."""
        try:
            rows = self._execute(
                "select project, built_at, source, relation, compared_by, reading_time, "
                f"reading_of, load_version, content_version from {self._table}"
            )
        except ProgrammingError as error:
            if error.errno not in (DOES_NOT_EXIST, INVALID_IDENTIFIER):
                raise
            rows = []
        if not rows:
            return None
        sources = {
            Source(name, relation, ComparedBy(by), time, tuple((of or "").split())): Version(
                int(loaded), None if content is None else int(content)
            )
            for _, _, name, relation, by, time, of, loaded, content in rows
        }
        return LastBuild(rows[0][0], rows[0][1], sources)

    def versions(
        self, sources: Iterable[Source], known: Mapping[Source, Version]
    ) -> dict[Source, Version]:
        """Return which rows the sources hold now.

        Args:
            sources: That are asked for.
            known: Versions of before: what has not been loaded since is not read.

        Raises:
            snowflake.connector.Error: if one of them is not there, or may not be read.
        """
        wanted = list(sources)
        loaded = self._numbers(map(_load_query, wanted))
        moved = [
            source
            for source in wanted
            if source.compared_by == ComparedBy.CONTENT
            and (source not in known or known[source].loaded != loaded[source.name])
        ]
        content = {source.name: version.content for source, version in known.items()}
        content |= self._contents(moved)
        return {source: Version(loaded[source.name], content.get(source.name)) for source in wanted}

    def record(self, project: str, versions: Mapping[Source, Version]) -> None:
        """Keep what has been built from, in one statement, in place of what was kept before.

        Args:
            project: Fingerprint of the dbt project.
            versions: Of all its sources, as they were read before the build.
        """
        rows = [
            (
                project,
                source.name,
                source.relation,
                source.compared_by.value,
                source.reading_time,
                " ".join(source.reading_of),
                version.loaded,
                version.content,
            )
            for source, version in versions.items()
        ]
        row = f"({', '.join(['%s'] * len(rows[0]))})"
        self._execute(
            _RECORD.format(table=self._table, rows=", ".join([row] * len(rows))),
            tuple(value for values in rows for value in values),
        )

    def _contents(self, sources: list[Source]) -> dict[str, int]:
        """Read what the rows of some sources say."""
        if not sources:
            return {}
        columns = self._columns(sources)
        return self._numbers(
            _content_query(source, columns[source.relation.upper()]) for source in sources
        )

    def _columns(self, sources: list[Source]) -> dict[str, list[str]]:
        """Return the columns of relations, in their order, without those of the loader."""
        found: dict[str, list[str]] = {source.relation.upper(): [] for source in sources}
        for database in {relation.partition(".")[0] for relation in found}:
            for schema, table, column in self._execute(
                "select table_schema, table_name, column_name "
                f"from {database}.information_schema.columns "
                "where column_name not like '^_SDC^_%' escape '^' order by 1, 2, ordinal_position"
            ):
                relation = f"{database}.{schema}.{table}"
                if relation in found:
                    found[relation].append(column)
        return found

    def _numbers(self, queries: Iterable[str]) -> dict[str, int]:
        rows = self._execute("\nunion all\n".join(queries))
        return {name: int(number) for name, number in rows}

    def _execute(self, statement: str, values: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
        with self._connection.cursor() as cursor:
            cursor.execute(statement, values or None)
            return [tuple(row) for row in cursor.fetchall()]


def _load_query(source: Source) -> str:
    """Return the query for what is always asked of a source."""
    if source.compared_by == ComparedBy.EXISTENCE:
        database, schema, table = source.relation.split(".")
        return _EXISTENCE.format(name=source.name, database=database, schema=schema, table=table)
    return _LOADED.format(name=source.name, relation=source.relation)


def _content_query(source: Source, columns: list[str]) -> str:
    """Return the query that hashes what the rows of a source say."""
    compared = [f'"{column}"' for column in columns if column.lower() != source.reading_time]
    rank = ""
    if source.reading_time:
        compared.append("reading_number")
        rank = _RANK.format(of=", ".join(source.reading_of), time=source.reading_time)
    return _CONTENT.format(
        name=source.name, relation=source.relation, columns=", ".join(compared), rank=rank
    )


def variable(name: str) -> str:
    """Return an environment variable.

    Raises:
        DbtChangedError: if it is not set.
    """
    value = os.environ.get(name)
    if not value:
        message = f"The variable {name} is not set."
        raise DbtChangedError(message)
    return value
