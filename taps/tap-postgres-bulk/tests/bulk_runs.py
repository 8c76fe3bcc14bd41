"""Runs of both taps, the stock one and ours, and what a warehouse makes of their rows."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlparse

import psycopg
import zstandard
from singer_sdk.io_base import SingerWriter
from tap_postgres.tap import TapPostgres

from sandbox.settings import HOST
from tap_postgres_bulk.tap import TapPostgresBulk

if TYPE_CHECKING:
    from sandbox.settings import Settings

INCREMENTAL = "INCREMENTAL"
FULL_TABLE = "FULL_TABLE"


class Messages(SingerWriter):
    """Keeps what a tap writes, as another process would read it."""

    def __init__(self) -> None:
        super().__init__()
        self.all: list[dict[str, Any]] = []

    def write_message(self, message: Any) -> None:
        self.all.append(json.loads(self.format_message(message)))

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [message for message in self.all if message["type"] == kind]

    @property
    def state(self) -> dict[str, Any]:
        return self.of("STATE")[-1]["value"]

    @property
    def schema(self) -> dict[str, Any]:
        return self.of("SCHEMA")[-1]["schema"]["properties"]

    def rows(self) -> list[dict[str, Any]]:
        """Return records, and what is in the files of batches, in their order."""
        found = []
        for message in self.all:
            if message["type"] == "RECORD":
                found.append(message["record"])
            if message["type"] == "BATCH":
                found += [row for file in message["manifest"] for row in read_file(file)]
        return found

    def landed(self) -> list[dict[str, Any]]:
        """Return the rows as a warehouse has them that casts each value to its column's type."""
        return [
            {
                name: landed(self.schema[name], value)
                for name, value in row.items()
                if not name.startswith("_sdc_") and value is not None
            }
            for row in self.rows()
        ]


def read_file(uri: str) -> list[dict[str, Any]]:
    lines = zstandard.decompress(
        Path(urlparse(uri).path).read_bytes(), max_output_size=1 << 28
    ).splitlines()
    return [json.loads(line) for line in lines]


def landed(schema: dict[str, Any], value: Any) -> Any:
    kinds = schema["type"]
    if schema.get("format") == "date-time":
        return dt.datetime.fromisoformat(value)
    if schema.get("format") == "date":
        return dt.date.fromisoformat(value)
    if schema.get("format") == "time":
        return dt.time.fromisoformat(value)
    if "number" in kinds and "object" not in kinds:
        return float(value)
    if "string" in kinds and "object" not in kinds:
        return value if isinstance(value, str) else json.dumps(value)
    return value


class Database:
    """The server, and runs of the taps on it."""

    def __init__(self, settings: Settings) -> None:
        self.config = {
            "host": HOST,
            "port": settings.postgres_port,
            "database": "streaming",
            "user": "streaming_app",
            "password": "sandbox",
            "filter_schemas": ["app"],
            "json_as_object": True,
        }
        self.connection = psycopg.connect(
            host=HOST, port=settings.postgres_port, dbname="streaming",
            user="streaming_app", password="sandbox", autocommit=True,
            # A prepared statement would know types that another test has dropped.
            prepare_threshold=None,
        )  # fmt: skip

    def sql(self, statement: str, *values: Any) -> None:
        self.connection.execute(statement, values or None)

    def start_over(self) -> None:
        """Leave nothing but an empty schema."""
        self.sql("drop schema if exists app cascade")
        self.sql("create schema app")

    def tap(
        self,
        *,
        bulk: bool | None,
        method: str = INCREMENTAL,
        key: str = "updated_at",
        state: dict[str, Any] | None = None,
        without: tuple[str, ...] = (),
        keys: list[str] | None = None,
        **settings: Any,
    ) -> tuple[TapPostgres, Messages]:
        """Prepare a run over all tables.

        Args:
            bulk: None for the stock tap, else the setting of ours.
            method: Replication method of all tables.
            key: Their replication key, if incremental.
            state: To go on from.
            without: Columns that are not selected.
            keys: For tables that have no primary key.
            settings: Others.
        """
        kind = TapPostgres if bulk is None else TapPostgresBulk
        own = {} if bulk is None else {"bulk": bulk, "late_commit_minutes": 0}
        config = {**self.config, **own, **settings}
        discovering = TapPostgres(config={**self.config, **settings, "stream_maps": {}})
        catalog = json.loads(json.dumps(discovering.catalog_dict))
        disconnect(discovering)
        for stream in catalog["streams"]:
            for item in stream["metadata"]:
                name = item["breadcrumb"][-1] if item["breadcrumb"] else None
                item["metadata"]["selected"] = name not in without
                if name is None:
                    if keys:
                        item["metadata"]["table-key-properties"] = keys
                    item["metadata"]["replication-method"] = method
                    if method == INCREMENTAL:
                        item["metadata"]["replication-key"] = key
            stream["replication_method"] = method
            if method == INCREMENTAL:
                stream["replication_key"] = key
        messages = Messages()
        state = json.loads(json.dumps(state)) if state else None
        made = kind(config=config, catalog=catalog, state=state, message_writer=messages)
        return made, messages

    def run(self, *, bulk: bool | None, **options: Any) -> Messages:
        """Read all tables; see `tap`."""
        tap, messages = self.tap(bulk=bulk, **options)
        try:
            tap.sync_all()
        finally:
            disconnect(tap)
        return messages


def disconnect(tap: TapPostgres) -> None:
    """Close what the end of a tap's process closes."""
    tap.connector._engine.dispose()
    if "copying" in vars(tap):
        tap.copying.close()
