"""A table, read by COPY into files where that gives the rows that the record path gives."""

from __future__ import annotations

import datetime as dt
import json
import time
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

import sqlalchemy as sa
from psycopg import sql
from singer_sdk.helpers._batch import BaseBatchFileEncoding, BatchConfig, StorageTarget
from singer_sdk.mapper import SameRecordTransform
from singer_sdk.singerlib.json import serialize_json
from tap_postgres.client import PostgresStream

from tap_postgres_bulk import blocks
from tap_postgres_bulk.columns import read_columns, select_list
from tap_postgres_bulk.files import Batch, write_batches
from tap_postgres_bulk.horizon import Horizon, has_versions

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from singer_sdk.helpers.types import Context

    from tap_postgres_bulk.columns import Column
    from tap_postgres_bulk.tap import TapPostgresBulk

INCREMENTAL = "INCREMENTAL"

DATED = ("date-time", "date")
"""Formats of replication keys that say when."""

HORIZON = "read_before_transaction"
"""Where the state keeps what `Horizon.as_text` wrote when a table was last read to its end."""

ENCODING = BaseBatchFileEncoding(format="jsonl", compression="zstd")

# Binary: a row comes as it is, while the other formats look at each character for what to quote.
_COPY = sql.SQL(
    "copy (select row_to_json(read.*) from (select {columns} from ({query}) as found) as read) "
    "to stdout (format binary)"
)
_HEADER_BYTES = 19
"""What the first row comes with: https://www.postgresql.org/docs/current/sql-copy.html"""
_PREFIX_BYTES = 6
"""The number of columns, and the length of the only one."""


class BulkPostgresStream(PostgresStream):
    """A table or view, with FULL_TABLE or INCREMENTAL replication."""

    def get_batch_config(self, config: Mapping[str, Any]) -> BatchConfig | None:
        """Return how batches are made; None where the record path is to be taken.

        It is taken if the setting ``bulk`` is off, and for the rare stream that a map splits up.
        """
        if not config["bulk"] or len(self.stream_maps) != 1:
            return cast("BatchConfig | None", super().get_batch_config(config))
        return BatchConfig(
            encoding=ENCODING,
            storage=StorageTarget(root=self._bulk_tap.batch_folder.as_uri()),
            batch_size=config["bulk_batch_rows"],
        )

    def get_batches(
        self, batch_config: BatchConfig, context: Context | None = None
    ) -> Iterator[tuple[BaseBatchFileEncoding, list[str]]]:
        """Read the table into files.

        Yields:
            Encoding and addresses of the files of one batch; the state is one to go on from.
        """
        if not self.config["bulk"]:
            yield from super().get_batches(batch_config, context)
            return
        self._write_starting_replication_value(context)
        state = self.get_context_state(context)
        horizon = self._look_back(state)
        statement = self._statement(context)
        heap = None if statement is None else self._heap(context)
        if heap:
            batches = self._read_by_blocks(heap, state, horizon, context, batch_config)
        else:
            batches = self._read_in_order(statement, state, horizon, context, batch_config)
        with self.get_record_counter() as counter, self.get_sync_timer():
            for batch in batches:
                counter.increment(batch.rows)
                yield batch_config.encoding, batch.files
        if horizon and not self.max_record_count():
            state[HORIZON] = horizon.as_text()
        self._finalize_state(state)
        self._write_state_message()

    def get_starting_replication_key_value(self, context: Context | None) -> Any:
        """Return the replication key to begin with: the bookmark, and some time before it."""
        value = super().get_starting_replication_key_value(context)
        if value is None or self._looking_back is None:
            return value
        if self.is_timestamp_replication_key:
            return (dt.datetime.fromisoformat(value) - self._looking_back).isoformat()
        return (
            dt.date.fromisoformat(value) - dt.timedelta(days=1) - self._looking_back
        ).isoformat()

    def apply_query_filters(
        self, query: sa.Select[Any], table: sa.Table, *, context: Context | None = None
    ) -> sa.Select[Any]:
        """Choose the rows; of those up to the bookmark, the ones that no run can have seen."""
        query = super().apply_query_filters(query, table, context=context)
        bookmark = super().get_starting_replication_key_value(context)
        # Without a bookmark no row has been seen: the table was empty.
        if self._unseen is not None and bookmark is not None:
            query = query.where(
                sa.or_(table.columns[self.replication_key] > bookmark, self._unseen)
            )
        return query

    _looking_back: dt.timedelta | None = None
    _unseen: sa.ColumnElement[bool] | None = None

    def _look_back(self, state: dict[str, Any]) -> Horizon | None:
        """Get ready to find rows that were committed late.

        Returns:
            What the state has to remember when all rows are read; None without such a search.
        """
        minutes = self.config["late_commit_minutes"]
        kind = self.schema["properties"].get(self.replication_key, {}).get("format")
        if self.replication_method != INCREMENTAL or not minutes or kind not in DATED:
            return None
        connection = self._bulk_tap.copying
        # Before the rows are read, so it claims no more than they show.
        horizon = Horizon.now(connection)
        self._looking_back = dt.timedelta(minutes=minutes)
        if has_versions(connection, *self._name):
            self._unseen = horizon.unseen_since(state.get(HORIZON))
        return horizon

    def _advance(self, state: dict[str, Any], value: Any, horizon: Horizon | None) -> None:
        """Move the bookmark on to the replication key of a row, and never back.

        Nor into the future: a row whose clock ran ahead would hide what others write until then.
        """
        bookmark = state.get("replication_key_value")
        if value is None:
            return
        if isinstance(value, dt.datetime):
            value = value if value.tzinfo else value.replace(tzinfo=dt.UTC)
            if horizon and self._declared[self.replication_key or ""].type == "timestamptz":
                value = min(value, horizon.at)
            if bookmark is not None:
                value = max(value, dt.datetime.fromisoformat(bookmark))
        elif isinstance(value, dt.date):
            value = value.isoformat()
        if bookmark is None or isinstance(value, dt.datetime) or value >= bookmark:
            self._increment_stream_state({self.replication_key or "": value})

    @property
    def _name(self) -> tuple[str, str]:
        """Schema and table."""
        name = self.fully_qualified_name
        return name.schema or "public", name.table or ""

    @cached_property
    def _declared(self) -> dict[str, Column]:
        """The table's columns as Postgres declares them."""
        return read_columns(self._bulk_tap.copying, *self._name)

    @property
    def _bulk_tap(self) -> TapPostgresBulk:
        return cast("TapPostgresBulk", self._tap)

    def _read_in_order(
        self,
        statement: tuple[sql.Composed, dict[str, Any]] | None,
        state: dict[str, Any],
        horizon: Horizon | None,
        context: Context | None,
        batch_config: BatchConfig,
    ) -> Iterator[Batch]:
        """Read rows in the order of the replication key; the bookmark stands at the last one."""
        state.pop(blocks.READING, None)
        objects = self._rows(context) if statement is None else self._copied(*statement)
        for batch in self._write(objects, batch_config):
            if self.replication_key:
                latest = self._latest if statement is None else self._bookmark(batch.last)
                self._advance(state, latest.get(self.replication_key), horizon)
            yield batch

    def _read_by_blocks(
        self,
        heap: blocks.Heap,
        state: dict[str, Any],
        horizon: Horizon | None,
        context: Context | None,
        batch_config: BatchConfig,
    ) -> Iterator[Batch]:
        """Read a table for the first time; there is no bookmark until all of it has been read."""
        connection = self._bulk_tap.copying
        now = horizon or Horizon.now(connection)
        # FULL_TABLE begins anew each time, as in the stock tap.
        known = state.get(blocks.READING) if self.replication_key else None
        reading = blocks.Reading.begin(heap, now, known)
        query = self.build_query(context=context).order_by(None).where(blocks.of_piece())
        left = reading.left(now)
        columns, found, values = self._composed(query if left is None else query.where(left))
        statement = blocks.copy_statement(
            heap, begin=reading.block, columns=columns, query=found, key=self.replication_key
        )

        def pieces() -> Iterator[bytes]:
            nonlocal reading
            for block, latest, lines in blocks.read_pieces(connection, statement, values):
                reading = reading.come_to(block, latest)
                yield lines

        for batch in self._write(pieces(), batch_config):
            if self.replication_key:
                state[blocks.READING] = reading.as_state()
            yield batch
        state.pop(blocks.READING, None)
        self._advance(state, self._as_key(reading.latest), horizon)

    def _write(self, objects: Iterable[bytes], batch_config: BatchConfig) -> Iterator[Batch]:
        return write_batches(
            objects,
            folder=self._bulk_tap.batch_folder,
            name=self.name,
            rows=batch_config.batch_size,
            appended=self._metadata_fields,
        )

    def _heap(self, context: Context | None) -> blocks.Heap | None:
        """Return the table's file if all of the table is to be read, and can be in any order."""
        key = self.replication_key
        if self.max_record_count() or bool(key) != (self.replication_method == INCREMENTAL):
            return None
        if key:
            column = self._declared[key]
            if column.is_domain or column.type not in blocks.KEY_TYPES:
                return None
            if super().get_starting_replication_key_value(context) is not None:
                return None
        return blocks.find_heap(self._bulk_tap.copying, *self._name)

    def _statement(self, context: Context | None) -> tuple[sql.Composed, dict[str, Any]] | None:
        """Compose the COPY of what the record path would read.

        Returns:
            The statement and its values; None if a map or a type asks for the record path.
        """
        (stream_map,) = self.stream_maps
        if not isinstance(stream_map, SameRecordTransform) or stream_map.flattening_enabled:
            return None
        if self._columns is None:
            return None
        columns, query, values = self._composed(self.build_query(context=context))
        return _COPY.format(columns=columns, query=query), values

    @property
    def _columns(self) -> sql.Composed | None:
        """What is selected; None if a type asks for the record path."""
        selected = self.get_selected_schema()["properties"]
        return select_list(
            (self._declared[column] for column in selected if column in self._declared),
            dates_as_string=self.config["dates_as_string"],
        )

    def _composed(self, query: sa.Select[Any]) -> tuple[sql.SQL, sql.SQL, dict[str, Any]]:
        """Return what is selected and a query in psycopg's terms, with the query's values."""
        dialect = self.connector._engine.dialect  # noqa: SLF001 - as the record path has it
        compiled = query.compile(dialect=dialect)
        values = dict(compiled.params)
        # Per cent signs are doubled where values are filled in: psycopg does that if there are any.
        found = str(compiled) if values else str(compiled).replace("%%", "%")
        read = cast("sql.Composed", self._columns).as_string(self._bulk_tap.copying)
        read = read.replace("%", "%%") if values else read
        return sql.SQL(read), sql.SQL(found), values

    def _copied(self, statement: sql.Composed, values: dict[str, Any]) -> Iterator[bytes]:
        """Yield rows as JSON that Postgres wrote."""
        connection = self._bulk_tap.copying
        begin = _HEADER_BYTES + _PREFIX_BYTES
        with connection.cursor() as cursor, cursor.copy(statement, values or None) as copied:
            for message in cast("Iterable[bytes]", copied):
                row = bytes(message[begin:])
                begin = _PREFIX_BYTES
                if row:  # the end of the data is two bytes
                    yield row

    def _rows(self, context: Context | None) -> Iterator[bytes]:
        """Yield rows as JSON that went through the SDK's maps and conversions."""
        for row in self.get_records(context):
            record = self.post_process(row, context)
            if record is None:
                continue
            # A map may change the record that it is given.
            self._latest = {key: record[key] for key in [self.replication_key] if key in record}
            for message in self._generate_record_messages(record):
                yield serialize_json(message.record).encode()

    def _bookmark(self, line: bytes) -> dict[str, Any]:
        """Return the replication key of a row as the SDK takes it."""
        key = self.replication_key or ""
        return {key: self._as_key(json.loads(line)[key])}

    def _as_key(self, value: Any) -> Any:
        """Take a replication key from JSON.

        A date stays text: the SDK cannot compare one with the text of an earlier run's state.
        """
        if value is not None and self.is_timestamp_replication_key:
            return dt.datetime.fromisoformat(value)
        return value

    def _metadata_fields(self) -> bytes:
        """Return the columns that a loader adds to records, but not to the files of a batch."""
        now = dt.datetime.now(dt.UTC).isoformat()
        fields = {
            "_sdc_extracted_at": now,
            "_sdc_received_at": now,
            "_sdc_batched_at": now,
            "_sdc_sequence": round(time.time() * 1000),
            "_sdc_sync_started_at": self._bulk_tap.initialized_at,
        }
        if self._stream_version is not None:
            fields["_sdc_table_version"] = self._stream_version
        return json.dumps(fields, separators=(",", ":"))[1:-1].encode()
