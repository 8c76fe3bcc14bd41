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
from tap_streaming.budget import BudgetSpentError, Spent
from tap_streaming.errors import TapError
from tap_streaming.records import Fitter

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from singer_sdk import Tap
    from singer_sdk.helpers import types

    from tap_streaming.calls import Call, Endpoint
    from tap_streaming.platforms import Platform
    from tap_streaming.selection import TitleIds
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
        endpoints: What is asked for bodies that :meth:`parse` reads.
        similar: Endpoints that are never asked, but whose bodies hold the same rows.
        listings: What is asked for lists that :meth:`ids_in` reads, to know what to ask for.
        ignored_fields: Fields of the platform that the stream leaves out on purpose.
        selection_settings: Settings that decide which rows there are; a bookmark made under
            others does not count.
    """

    platform: ClassVar[Platform]
    endpoints: ClassVar[tuple[Endpoint, ...]]
    similar: ClassVar[tuple[Endpoint, ...]] = ()
    listings: ClassVar[tuple[Endpoint, ...]] = ()
    ignored_fields: ClassVar[frozenset[str]] = frozenset()
    selection_settings: ClassVar[tuple[str, ...]] = ()
    schema = StreamSchema(SchemaDirectory(schemas))

    def __init__(self, tap: Tap) -> None:
        """Prepare the stream; nothing is asked yet."""
        super().__init__(tap)
        self._client: PlatformClient | None = None
        self._gone = 0
        self._spent_before = Spent()
        self._budget_before = 0
        self._last_checkpoint: tuple[str | int | None, dict[str, Any]] | None = None

    @property
    def client(self) -> PlatformClient:
        """The connection to the platform, shared by its streams.

        Raises:
            TapError: if the platform's access token is missing.
        """
        if self._client is None:
            self._client = self._tap.client(self.platform)  # type: ignore[attr-defined]
        return self._client

    @client.setter
    def client(self, client: PlatformClient) -> None:
        self._client = client

    @property
    def title_ids(self) -> TitleIds:
        """The titles chosen by id.

        Raises:
            TapError: if the settings hold something else, or name a file that cannot be read.
        """
        ids: TitleIds = self._tap.title_ids  # type: ignore[attr-defined]
        return ids

    @abstractmethod
    def rows(self) -> Iterable[Mapping[str, Any]]:
        """Yield the stream's rows, calling :meth:`checkpoint` in between."""

    @abstractmethod
    def parse(self, body: Any, call: Call) -> Iterable[Mapping[str, Any]]:
        """Yield the rows in a body.

        Args:
            body: A parsed body of one of :attr:`endpoints`, of its documented outline.
            call: What was asked. Values that are not parameters of the path may be missing.
        """

    def ids_in(self, body: Any) -> list[int]:
        """Return the ids in a body of one of :attr:`listings`."""
        raise NotImplementedError

    @abstractmethod
    def cost(self) -> int:
        """Return about how many requests the next run makes, asking as little as can be."""

    def read(self, call: Call) -> Iterator[Mapping[str, Any]]:
        """Ask for something that must be there and yield its rows.

        Raises:
            TapError: if the platform cannot be asked or has no such thing.
        """
        yield from self.parse(self.client.get(call), call)

    def fitter(self) -> Fitter:
        """Return what makes records of rows."""
        return Fitter(self.schema, self.primary_keys, self.logger, self.ignored_fields)

    def get_records(self, context: types.Context | None) -> Iterator[dict[str, Any]]:  # noqa: ARG002
        """Yield the stream's records; none if the platform is optional and has no key.

        Args:
            context: Not used; no stream has partitions.

        Raises:
            TapError: if the platform cannot be asked.
        """
        if self.platform.optional and not self.platform.is_configured(self.config):
            self.logger.warning(
                "%s is not set: nothing is read from %s",
                self.platform.token_setting, self.platform.title,
            )  # fmt: skip
            return
        fitter = self.fitter()
        client = self.client
        requests, retries = client.requests, client.retries
        self._budget_before = client.budget.spent.month if client.budget else 0
        self._spent_before = Spent.from_state(self.stream_state.get("spent"))
        try:
            for row in self.rows():
                record = fitter.fit(row)
                if record is not None:
                    yield record
        except BudgetSpentError:
            self.logger.warning(
                "today's share of what %s may cost is spent; later runs read the rest",
                self.platform.title,
            )
        except TapError:
            self._keep_spent()
            raise
        self._keep_spent()
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
        self._last_checkpoint = (value, progress)
        state: dict[str, Any] = {
            "replication_key": self.replication_key,
            "replication_key_value": value,
            **progress,
        }
        if self.selection_settings:
            state["selection"] = self.selection
        if self.client.budget is not None:
            state["spent"] = self._spent(self.client.budget.spent).as_state()
        self.tap_state.setdefault("bookmarks", {})[self.name] = state
        self.state_manager.is_flushed = False
        self._write_state_message()

    def _spent(self, all_streams: Spent) -> Spent:
        """Return what this stream has spent, earlier runs of the day and month included."""
        assert all_streams.day is not None
        return self._spent_before.on(all_streams.day).plus(all_streams.month - self._budget_before)

    def _keep_spent(self) -> None:
        """Write the last checkpoint once more if requests have been made since."""
        budget = self.client.budget
        if budget is None or budget.spent.month == self._budget_before:
            return
        if self._last_checkpoint is not None:
            value, progress = self._last_checkpoint
            self.checkpoint(value, **progress)
        else:
            state = {**self.stream_state, "spent": self._spent(budget.spent).as_state()}
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
        error = sys.exception()
        if isinstance(error, BrokenPipeError):
            self.logger.critical("nothing reads the tap's output any more: it ends here")
        elif not isinstance(error, TapError):
            super().log(message, *args, level=level, **kwargs)


def objects(rows: Any) -> Iterator[dict[str, Any]]:
    """Yield the objects in what should be a list of objects."""
    for row in rows if isinstance(rows, list) else ():
        if isinstance(row, dict):
            yield row


def distinct(rows: Any, *names: str) -> Iterator[dict[str, Any]]:
    """Yield the objects in a list, those with the same values in some fields once.

    Args:
        rows: What should be a list of objects.
        names: The fields.
    """
    seen: set[str] = set()
    for row in objects(rows):
        identity = repr([row.get(name) for name in names])
        if identity not in seen:
            seen.add(identity)
            yield row


def as_object(value: Any) -> Mapping[str, Any]:
    """Return an object, empty if the value is none."""
    return value if isinstance(value, dict) else {}


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
