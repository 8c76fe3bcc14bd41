"""The tap: its settings and its streams."""

from __future__ import annotations

import json
import signal
import sys
from functools import cached_property
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, ClassVar

import click
from singer_sdk import Stream, Tap
from singer_sdk.configuration._dict_config import parse_environment_config
from singer_sdk.exceptions import ConfigValidationError
from singer_sdk.helpers._classproperty import classproperty
from singer_sdk.helpers.capabilities import (
    CapabilitiesEnum,
    PluginCapabilities,
    TapCapabilities,
)

from tap_streaming.budget import Budget, BudgetSpentError, Spent
from tap_streaming.client import as_count
from tap_streaming.errors import TapError
from tap_streaming.estimate import estimate
from tap_streaming.inputs import (
    check_catalog,
    check_state,
    check_streams,
    numbers_from_environment,
)
from tap_streaming.replay import replay as replay_answers
from tap_streaming.replay import report
from tap_streaming.selection import TitleIds
from tap_streaming.session import PlatformClient
from tap_streaming.settings import SETTINGS
from tap_streaming.streams import (
    streaming_availability,
    tmdb,
    tmdb_charts,
    tmdb_series,
    tvmaze,
    watchmode,
)

if TYPE_CHECKING:
    from types import FrameType

    from tap_streaming.client import PlatformStream
    from tap_streaming.platforms import Platform

STREAM_TYPES: tuple[type[PlatformStream], ...] = (
    *tmdb.STREAMS,
    *tmdb_series.STREAMS,
    *tmdb_charts.STREAMS,
    *tvmaze.STREAMS,
    *streaming_availability.STREAMS,
    *watchmode.STREAMS,
)


class TapStreaming(Tap):
    """Titles, episodes, availability and trends from streaming platforms."""

    name = "tap-streaming"
    capabilities: ClassVar[list[CapabilitiesEnum]] = [
        TapCapabilities.CATALOG,
        TapCapabilities.STATE,
        TapCapabilities.DISCOVER,
        PluginCapabilities.ABOUT,
        PluginCapabilities.STREAM_MAPS,
        PluginCapabilities.FLATTENING,
        PluginCapabilities.STRUCTURED_LOGGING,
    ]
    config_jsonschema: ClassVar[dict[str, Any]] = SETTINGS

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Prepare the tap; see :class:`singer_sdk.Tap` for the arguments.

        Raises:
            TapError: if the catalog or the state is none.
        """
        self._clients: dict[str, PlatformClient] = {}
        check_catalog(kwargs.get("catalog"))
        check_state(kwargs.get("state"))
        super().__init__(*args, **kwargs)

    def client(self, platform: Platform) -> PlatformClient:
        """Return the connection to a platform, the same for all streams.

        Raises:
            TapError: if the platform's access token is missing.
        """
        if platform.key not in self._clients:
            client = PlatformClient(platform, self.config, self.logger)
            if platform.budget:
                client.budget = self._budget(client)
            self._clients[platform.key] = client
        return self._clients[platform.key]

    def _budget(self, client: PlatformClient) -> Budget:
        """Return what may be spent on a platform, after what earlier runs have spent."""
        platform = client.platform
        monthly = int(self.config[platform.budget_setting])
        used = None
        if platform.account is not None:
            try:
                account = client.get(platform.account)
            except BudgetSpentError:
                account = {"quota": 0}
            used, quota = as_count(account.get("quotaUsed")), as_count(account.get("quota"))
            monthly = monthly if quota is None else min(monthly, quota)
        bookmarks = (self.state or {}).get("bookmarks", {})
        spent = [
            Spent.from_state(bookmark.get("spent"))
            for name, bookmark in bookmarks.items()
            if name.startswith(f"{platform.key}_")
        ]
        return Budget(monthly, client.today(), spent, used)

    @cached_property
    def title_ids(self) -> TitleIds:
        """The titles chosen by id.

        Raises:
            TapError: if the settings hold something else, or name a file that cannot be read.
        """
        return TitleIds(self.config)

    def discover_streams(self) -> list[Stream]:
        """Return all streams.

        Raises:
            TapError: if the given catalog selects a stream that does not exist.
        """
        streams: list[Stream] = [stream_type(self) for stream_type in STREAM_TYPES]
        if self.input_catalog is not None:
            check_streams(self.input_catalog, {stream.tap_stream_id for stream in streams})
        return streams

    @classmethod
    def get_singer_command(cls) -> click.Command:
        """Return the command line: that of every Singer tap, and two things more."""
        command = super().get_singer_command()
        command.params += [
            click.Option(
                ["--dry-run"],
                is_flag=True,
                help="Say how many requests the run would make, per platform, and end.",
            ),
            click.Option(
                ["--replay"],
                type=click.Path(exists=True, file_okay=False, path_type=Path),
                help="Read a folder of recorded answers, say what becomes of each, and end.",
            ),
        ]
        return command

    @classmethod
    def invoke(
        cls,
        *,
        dry_run: bool = False,
        replay: Path | None = None,
        config: Any = None,
        state: IO[str] | None = None,
        catalog: IO[str] | None = None,
        **options: Any,
    ) -> None:
        """Run the tap, or say what a run would cost, or replay recorded answers.

        Args:
            dry_run: Say what the run would cost.
            replay: Folder of recorded answers.
            config: The settings given on the command line.
            state: File with the bookmarks.
            catalog: File with the catalog.
            options: What else there is for any tap.

        Raises:
            TapError: if something given cannot be used.
        """
        if replay is not None:
            cls._replay(replay)
        elif dry_run:
            tap = cls(
                config=config.config if config else None,
                state=json.load(state) if state else None,
                catalog=json.load(catalog) if catalog else None,
                parse_env_config=config.parse_env if config else False,
            )
            for line in estimate(tap.selected_streams):
                click.echo(line)
        else:
            super().invoke(config=config, state=state, catalog=catalog, **options)

    @classmethod
    def _replay(cls, folder: Path) -> None:
        tap = cls(config={}, setup_mapper=False)
        streams: list[Any] = list(tap.streams.values())
        readings = list(replay_answers(folder, streams, tap.logger))
        for line in report(readings):
            click.echo(line)
        if any(reading.invalid for reading in readings):
            message = "some records do not fit their schema, see above"
            raise TapError(message)

    @property
    def selected_streams(self) -> list[PlatformStream]:
        """The streams that a run reads."""
        streams: list[Any] = [one for one in self.streams.values() if one.selected]
        return streams

    @classproperty
    def _env_var_config(cls) -> dict[str, Any]:  # noqa: N805
        """Return the settings found in environment variables, numbers as numbers."""
        schema = cls.config_jsonschema
        cls.append_builtin_config(schema)
        prefix: str = cls._env_var_prefix
        numbers = numbers_from_environment(schema["properties"], prefix)
        return {**parse_environment_config(schema, prefix), **numbers}

    def _validate_config(self, *, raise_errors: bool = True) -> list[str]:
        """Check the settings; null is as not given, and no secret is repeated in an error.

        Raises:
            ConfigValidationError: if one is not as its schema says.
            TapError: if an id of a title is none, so that it is told before anything is asked.
        """
        self._config = {name: value for name, value in self._config.items() if value is not None}
        try:
            errors: list[str] = super()._validate_config(raise_errors=raise_errors)
        except ConfigValidationError as error:
            properties = self.config_jsonschema["properties"]
            for name in (name for name, schema in properties.items() if schema.get("secret")):
                error.errors = [
                    f"{name} must be text" if f"['{name}']" in told else told
                    for told in error.errors
                ]
            raise
        if not errors:
            assert self.title_ids
        return errors

    def _handle_termination(self, signum: int, frame: FrameType | None) -> None:  # noqa: ARG002
        """End as a process ends that a signal ended, so that nobody takes the run for whole.

        All that has been read up to the last checkpoint is on its way to the target already, and
        the next run goes on from there; there is no state left to write.
        """
        self.logger.warning("stopped by %s", signal.Signals(signum).name)
        sys.exit(128 + signum)
