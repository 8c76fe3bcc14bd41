"""The tap: the stock one with its settings and state, and another kind of stream."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

import psycopg
from tap_postgres.client import PostgresLogBasedStream
from tap_postgres.tap import TapPostgres

from tap_postgres_bulk.files import batch_folder
from tap_postgres_bulk.stream import BulkPostgresStream

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from singer_sdk import Stream
    from singer_sdk.singerlib import Catalog

SETTINGS: dict[str, Any] = {
    "bulk": {
        "type": ["boolean", "null"],
        "default": True,
        "title": "Bulk",
        "description": (
            "Read tables by COPY into files that the loader stages as they are; off, row by row "
            "as the stock tap does. Either goes on from the other's bookmarks."
        ),
    },
    "bulk_batch_rows": {
        "type": ["integer", "null"],
        "default": 250_000,
        "minimum": 1,
        "title": "Rows per batch",
        "description": (
            "Rows that the loader merges in one statement, and after which a run that dies goes on."
        ),
    },
    "late_commit_minutes": {
        "type": ["integer", "null"],
        "default": 60,
        "minimum": 0,
        "title": "Late commits",
        "description": (
            "How far before the bookmark rows are looked for that were committed after the last "
            "run, in minutes of a replication key that is a time; 0 does not look. Needs bulk."
        ),
    },
}


class TapPostgresBulk(TapPostgres):
    """Tables of a Postgres database, read by COPY."""

    config_jsonschema: ClassVar[dict[str, Any]] = {
        **TapPostgres.config_jsonschema,
        "properties": {**TapPostgres.config_jsonschema["properties"], **SETTINGS},
    }

    @property
    def catalog(self) -> Catalog:
        """Return the catalog, with the keys that the metadata names.

        Meltano writes ``table-key-properties`` there for a table without a primary key; the SDK
        (0.54.9) tells the loader only of the keys that discovery found.
        """
        catalog: Catalog = super().catalog
        for entry in catalog.streams:
            entry.key_properties = entry.metadata.root.table_key_properties or entry.key_properties
        return catalog

    def discover_streams(self) -> Sequence[Stream]:
        """Return the streams of the catalog; those that follow the log are the stock ones."""
        connector = self.connector  # sets connection_parameters
        return [
            PostgresLogBasedStream(
                self,
                entry,
                connection_parameters=self.connection_parameters,
                connector=connector,
            )
            if entry["replication_method"] == "LOG_BASED"
            else BulkPostgresStream(self, entry, connector=connector)
            for entry in self.catalog_dict["streams"]
        ]

    @cached_property
    def copying(self) -> psycopg.Connection:
        """The connection that tables are copied over, reached as the stock tap reaches its own."""
        connection = psycopg.connect(
            self.connection_parameters.render_as_psycopg2_dsn(), autocommit=True
        )
        # What Postgres writes must not depend on how the role or the database is set up.
        connection.execute("set client_encoding = 'UTF8'")
        connection.execute("set timezone = 'UTC'")
        connection.execute("set extra_float_digits = 1")
        return connection

    @cached_property
    def batch_folder(self) -> Path:
        """Folder for the files of batches."""
        return batch_folder()
