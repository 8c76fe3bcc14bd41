"""A copy of the raw tables to do harm to, and dbt building marts from it, apart from the rest."""

from __future__ import annotations

import json
import os
import shutil
from contextlib import ExitStack
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

from dbt_process import DbtProcess

from sandbox import environment
from sandbox.warehouse import client

if TYPE_CHECKING:
    from pathlib import Path

    from dbt_process import Result

    from sandbox.settings import Settings

SCHEMAS = ("STREAMING_APP", "STREAMING_PLATFORMS")
MARTS = "STREAMING"


class Laboratory:
    """A raw database and a database of marts of its own, and a copy of the dbt project.

    Attributes:
        name: Name of the database of marts; that of the raw tables has the suffix ``_RAW``.
        project: Folder of the copied dbt project, whose files may be changed.
    """

    def __init__(
        self, settings: Settings, transform: Path, python: Path, folder: Path, name: str
    ) -> None:
        """Copy the project; nothing is started yet.

        Args:
            settings: Sandbox whose account has the raw tables, loaded.
            transform: The dbt project.
            python: Interpreter of the dbt plugin.
            folder: Empty folder for the copy.
            name: Of the databases, in upper case.
        """
        self.name = name
        self.raw = f"{name}_RAW"
        self.project = folder / "transform"
        self._settings = settings
        self._python = python
        self._folder = folder
        self._stack = ExitStack()
        ignored = shutil.ignore_patterns("target", "logs")
        shutil.copytree(transform, self.project, ignore=ignored)
        # Comments on tables say nothing of their rows, and take a statement each.
        declared = self.project / "dbt_project.yml"
        declared.write_text(declared.read_text().replace("+persist_docs:", "+persist_docs: {} #"))

    def __enter__(self) -> Self:
        connected = client.connect(self._settings, role="ACCOUNTADMIN")
        self._connection = self._stack.enter_context(connected)
        for database in (self.raw, self.name):
            self.sql(f"create or replace database {database}")
        for schema in SCHEMAS:
            self.sql(f"create schema {self.raw}.{schema}")
        self.dbt = self._stack.enter_context(self.process(MARTS))
        return self

    def __exit__(self, *_: object) -> None:
        for database in (self.raw, self.name):
            self.sql(f"drop database {database}")
        self._stack.close()

    def process(self, schema: str) -> DbtProcess:
        """Start a dbt that writes to schemas of its own."""
        sandbox = environment.variables(self._settings)
        variables = {
            "PATH": os.environ["PATH"],
            "NO_COLOR": "1",
            "DBT_PROJECT_DIR": str(self.project),
            "DBT_PROFILES_DIR": str(self.project),
            "DBT_TARGET_PATH": str(self._folder / schema.lower()),
            # Writing them takes longer than most commands here.
            "DBT_WRITE_JSON": "false",
            "DBT_LOG_LEVEL_FILE": "none",
            "DBT_RAW_DATABASE": self.raw,
            "DBT_DATABASE": self.name,
            "DBT_SCHEMA": schema,
            "SNOWFLAKE_ACCOUNT": "sandbox",
            "SNOWFLAKE_USER": "sandbox",
            "SNOWFLAKE_PRIVATE_KEY_PATH": sandbox["DBT_PRIVATE_KEY_PATH"],
            "SNOWFLAKE_ROLE": "TRANSFORMER",
            "SNOWFLAKE_WAREHOUSE": "TRANSFORMING",
            "HTTPS_PROXY": sandbox["DBT_HTTPS_PROXY"],
            "REQUESTS_CA_BUNDLE": sandbox["DBT_CA_BUNDLE"],
        }
        return DbtProcess(self._python, self._folder / f"{schema.lower()}.log", variables)

    def build(self, *arguments: str) -> list[Result]:
        """Build what is asked for without testing it, and let nothing fail."""
        return self.dbt.succeed("build", "--exclude-resource-type", "test", "unit_test", *arguments)

    @cached_property
    def manifest(self) -> dict[str, Any]:
        """What dbt makes of the project as it is when this is first asked for."""
        self.dbt.run("--write-json", "parse")
        manifest: dict[str, Any] = json.loads((self.state / "manifest.json").read_text())
        return manifest

    @property
    def state(self) -> Path:
        """Folder that has the manifest, for ``--defer``."""
        return self._folder / MARTS.lower()

    def sql(self, statement: str) -> list[tuple[Any, ...]]:
        """Run a statement; ``{raw}`` stands for the database of the raw tables."""
        with self._connection.cursor() as cursor:
            cursor.execute(statement.replace("{raw}", self.raw))
            return [tuple(row) for row in cursor.fetchall()]

    def value(self, statement: str) -> Any:
        """Run a statement with one row of one column, and return that."""
        ((value,),) = self.sql(statement)
        return value

    def raw_tables(self) -> list[str]:
        """List the raw tables there are to copy, as ``schema.table``."""
        rows = self.sql(
            "select table_schema, table_name from raw.information_schema.tables "
            f"where table_schema in {SCHEMAS} order by 1, 2"
        )
        return [f"{schema}.{table}" for schema, table in rows]

    def copy(self, table: str, where: str = "true") -> None:
        """Copy a raw table, or the rows of it that a condition holds for."""
        self.sql(
            f"create or replace table {self.raw}.{table} as select * from raw.{table} where {where}"
        )
