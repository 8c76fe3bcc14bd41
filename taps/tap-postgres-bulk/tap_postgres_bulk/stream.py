"""A table, read by COPY into files where that gives the rows that the record path gives."""

from __future__ import annotations

import datetime as dt
import json
import time
from typing import TYPE_CHECKING, Any, cast

from psycopg import sql
from singer_sdk.helpers._batch import BaseBatchFileEncoding, BatchConfig, StorageTarget
from singer_sdk.mapper import SameRecordTransform
from singer_sdk.singerlib.json import serialize_json
from tap_postgres.client import PostgresStream

from tap_postgres_bulk.columns import read_columns, select_list
from tap_postgres_bulk.files import write_batches

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from singer_sdk.helpers.types import Context

    from tap_postgres_bulk.tap import TapPostgresBulk

ENCODING = BaseBatchFileEncoding(format="jsonl", compression="zstd")

# JSON as Postgres writes it has neither of the two characters, nor a line feed. So nothing is ever
# quoted, and each line that arrives is an object as it was written.
_COPY = sql.SQL(
    "copy (select row_to_json(read) from (select {columns} from ({query}) as found) as read) "
    "to stdout (format csv, quote e'\\x01', delimiter e'\\x02')"
)


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
            Encoding and addresses of the files of one batch; the bookmark stands at its last row.
        """
        if not self.config["bulk"]:
            yield from super().get_batches(batch_config, context)
            return
        self._write_starting_replication_value(context)
        statement = self._statement(context)
        lines = self._rows(context) if statement is None else self._copied(*statement)
        batches = write_batches(
            lines,
            folder=self._bulk_tap.batch_folder,
            name=self.name,
            rows=batch_config.batch_size,
            appended=self._metadata_fields,
        )
        with self.get_record_counter() as counter, self.get_sync_timer():
            for batch in batches:
                counter.increment(batch.rows)
                if self.replication_key:
                    latest = self._latest if statement is None else self._bookmark(batch.last)
                    if latest.get(self.replication_key) is not None:
                        self._increment_stream_state(latest, context=context)
                yield batch_config.encoding, batch.files
        self._finalize_state(self.get_context_state(context))
        self._write_state_message()

    @property
    def _bulk_tap(self) -> TapPostgresBulk:
        return cast("TapPostgresBulk", self._tap)

    def _statement(self, context: Context | None) -> tuple[sql.Composed, dict[str, Any]] | None:
        """Compose the COPY of what the record path would read.

        Returns:
            The statement and its values; None if a map or a type asks for the record path.
        """
        (stream_map,) = self.stream_maps
        if not isinstance(stream_map, SameRecordTransform) or stream_map.flattening_enabled:
            return None
        name = self.fully_qualified_name
        declared = read_columns(self._bulk_tap.copying, name.schema or "public", name.table or "")
        selected = self.get_selected_schema()["properties"]
        columns = select_list(
            (declared[column] for column in selected if column in declared),
            dates_as_string=self.config["dates_as_string"],
        )
        if columns is None:
            return None
        dialect = self.connector._engine.dialect  # noqa: SLF001 - as the record path has it
        query = self.build_query(context=context).compile(dialect=dialect)
        values = dict(query.params)
        # Per cent signs are doubled where values are filled in: psycopg does that if there are any.
        found = str(query) if values else str(query).replace("%%", "%")
        read = columns.as_string(self._bulk_tap.copying)
        read = read.replace("%", "%%") if values else read
        return _COPY.format(columns=sql.SQL(read), query=sql.SQL(found)), values

    def _copied(self, statement: sql.Composed, values: dict[str, Any]) -> Iterator[bytes]:
        """Yield rows as lines of JSON that Postgres wrote."""
        connection = self._bulk_tap.copying
        with connection.cursor() as cursor, cursor.copy(statement, values or None) as copied:
            yield from cast("Iterable[bytes]", copied)

    def _rows(self, context: Context | None) -> Iterator[bytes]:
        """Yield rows as lines of JSON that went through the SDK's maps and conversions."""
        for row in self.get_records(context):
            record = self.post_process(row, context)
            if record is None:
                continue
            # A map may change the record that it is given.
            self._latest = {key: record[key] for key in [self.replication_key] if key in record}
            for message in self._generate_record_messages(record):
                yield serialize_json(message.record).encode() + b"\n"

    def _bookmark(self, line: bytes) -> dict[str, Any]:
        """Return the replication key of a row as the SDK takes it.

        A date stays text: the SDK cannot compare one with the text of an earlier run's state.
        """
        key = self.replication_key or ""
        value = json.loads(line)[key]
        if value is not None and self.is_timestamp_replication_key:
            value = dt.datetime.fromisoformat(value)
        return {key: value}

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
