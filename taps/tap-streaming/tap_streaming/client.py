"""The stream that all streams are: rows of one platform, fitted to a schema, with checkpoints."""

from __future__ import annotations

import logging
import sys
from abc import abstractmethod
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, ClassVar

from singer_sdk import Stream, StreamSchema
from singer_sdk.schema.source import SchemaDirectory
from singer_sdk.singerlib.catalog import REPLICATION_FULL_TABLE

from tap_streaming import schemas
from tap_streaming.errors import TapError
from tap_streaming.records import Fitter

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from singer_sdk import Tap
    from singer_sdk.helpers import types

    from tap_streaming.platforms import Platform
    from tap_streaming.session import PlatformClient

CHECKPOINT_EVERY = 25
"""Requests between two checkpoints of a stream that asks for titles one by one."""


class PlatformStream(Stream):
    """Rows of one platform.

    A subclass yields rows in the platform's own shape from :meth:`rows` and calls
    :meth:`checkpoint` where everything yielded so far is enough to go on from. The SDK's own
    bookmark per record is switched off: none of the feeds is sorted by a value of its rows.

    Attributes:
        platform: Where the rows come from.
        ignored_fields: Fields of the platform that the stream leaves out on purpose.
        selection_settings: Settings that decide which rows there are; a bookmark made under
            others does not count.
    """

    platform: ClassVar[Platform]
    ignored_fields: ClassVar[frozenset[str]] = frozenset()
    selection_settings: ClassVar[tuple[str, ...]] = ()
    schema = StreamSchema(SchemaDirectory(schemas))

    def __init__(self, tap: Tap) -> None:
        """Prepare the stream; nothing is asked yet."""
        super().__init__(tap)
        self._client: PlatformClient | None = None
        self._gone = 0

    @property
    def client(self) -> PlatformClient:
        """The connection to the platform, shared by its streams.

        Raises:
            TapError: if the platform's access token is missing.
        """
        if self._client is None:
            self._client = self._tap.client(self.platform)  # type: ignore[attr-defined]
        return self._client

    @abstractmethod
    def rows(self) -> Iterable[Mapping[str, Any]]:
        """Yield the stream's rows, calling :meth:`checkpoint` in between."""

    def get_records(self, context: types.Context | None) -> Iterator[dict[str, Any]]:  # noqa: ARG002
        """Yield the stream's records.

        Args:
            context: Not used; no stream has partitions.

        Raises:
            TapError: if the platform cannot be asked.
        """
        fitter = Fitter(self.schema, self.primary_keys, self.logger, self.ignored_fields)
        client = self.client
        requests, retries = client.requests, client.retries
        for row in self.rows():
            record = fitter.fit(row)
            if record is not None:
                yield record
        self.logger.info(
            "%d requests to %s, %d of them repeated; %d titles are gone",
            client.requests - requests, self.platform.title, client.retries - retries, self._gone,
        )  # fmt: skip

    def tombstone(self, key: Mapping[str, Any]) -> dict[str, Any]:
        """Count something the platform no longer has and return the row that says so."""
        self._gone += 1
        return {**key, "_sdc_deleted_at": self.client.now().isoformat()}

    # State

    @property
    def bookmark(self) -> Mapping[str, Any]:
        """What earlier runs left; empty if there is nothing to go on from."""
        if self.replication_method == REPLICATION_FULL_TABLE:
            return {}
        state = dict(self.stream_state)
        if not self.covers(state.get("selection")):
            if state.get("selection") is not None:
                self.logger.info("the selection of titles has changed: reading in full")
            return {}
        return state

    def covers(self, selection: Any) -> bool:
        """Tell whether a bookmark made under other settings still counts."""
        return not self.selection_settings or selection == self.selection

    @property
    def selection(self) -> dict[str, Any]:
        """The settings that decide which rows there are."""
        return {name: self.config[name] for name in self.selection_settings}

    def checkpoint(self, value: str | int | None, **progress: Any) -> None:
        """Emit a state that covers everything yielded so far.

        The state always has the same keys, unused ones null, so that a runner that merges
        states cannot revive an old one.

        Args:
            value: The bookmark proper; None while the first full reading lasts.
            progress: How far a reading in parts has come; JSON, small.
        """
        if self.replication_method == REPLICATION_FULL_TABLE:
            return
        state: dict[str, Any] = {
            "replication_key": self.replication_key,
            "replication_key_value": value,
            **progress,
        }
        if self.selection_settings:
            state["selection"] = self.selection
        self.tap_state.setdefault("bookmarks", {})[self.name] = state
        self.state_manager.is_flushed = False
        self._write_state_message()

    # Parts of the SDK that would say more than is true, or say it twice

    def _increment_stream_state(
        self, latest_record: types.Record, *, context: types.Context | None = None
    ) -> None:
        """Leave the bookmark to :meth:`checkpoint`."""

    def _write_starting_replication_value(self, context: types.Context | None) -> None:
        """Leave the state alone."""

    def get_replication_key_signpost(
        self,
        context: types.Context | None = None,  # noqa: ARG002
    ) -> datetime | None:
        """Return None: bookmarks follow the platform's clock, not this machine's."""
        return None

    def get_batch_config(self, config: Mapping[str, Any]) -> None:  # noqa: ARG002
        """Return None: a checkpoint between records has no meaning inside a batch file."""
        return

    def log(self, message: str, *args: Any, level: int = logging.INFO, **kwargs: Any) -> None:
        """Log, but do not call an error unhandled that ends as one clear line."""
        if not isinstance(sys.exception(), TapError):
            super().log(message, *args, level=level, **kwargs)


def as_day(value: Any) -> date | None:
    """Return a bookmark's day, or None if it is none."""
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        return None


def as_count(value: Any) -> int | None:
    """Return a whole number of at least 0 out of a bookmark, or None if it is none."""
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def as_epoch(moment: datetime) -> int:
    """Return seconds since 1970-01-01 UTC."""
    return int(moment.astimezone(UTC).timestamp())
