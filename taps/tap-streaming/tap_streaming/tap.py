"""The tap: its settings and its streams."""

from __future__ import annotations

import signal
import sys
from importlib import metadata
from typing import TYPE_CHECKING, Any, ClassVar

from singer_sdk import Stream, Tap
from singer_sdk import typing as th
from singer_sdk.configuration._dict_config import parse_environment_config
from singer_sdk.exceptions import ConfigValidationError
from singer_sdk.helpers._classproperty import classproperty
from singer_sdk.helpers.capabilities import (
    CapabilitiesEnum,
    PluginCapabilities,
    TapCapabilities,
)

from tap_streaming.inputs import (
    check_catalog,
    check_state,
    check_streams,
    numbers_from_environment,
)
from tap_streaming.session import PlatformClient
from tap_streaming.streams import tmdb, tvmaze

if TYPE_CHECKING:
    from types import FrameType

    from tap_streaming.client import PlatformStream
    from tap_streaming.platforms import Platform

STREAM_TYPES: tuple[type[PlatformStream], ...] = (*tmdb.STREAMS, *tvmaze.STREAMS)
_URL = r"^https?://[^/\s]+"


class TapStreaming(Tap):
    """Titles, genres, episodes, availability and trends from TMDB and TVmaze."""

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
    config_jsonschema: ClassVar[dict[str, Any]] = th.PropertiesList(
        th.Property(
            "tmdb_access_token",
            th.StringType(),
            secret=True,
            title="TMDB access token",
            description=(
                "API Read Access Token of TMDB, shown at"
                " https://www.themoviedb.org/settings/api; needed by the tmdb_* streams only."
            ),
        ),
        th.Property(
            "tmdb_api_url",
            th.StringType(pattern=_URL),
            default="https://api.themoviedb.org/3",
            title="TMDB API address",
            description="Address of TMDB's API, version 3.",
        ),
        th.Property(
            "tmdb_language",
            th.StringType(),
            default="en-US",
            title="TMDB language",
            description="Language of titles, overviews and genre names: ISO 639-1, optionally"
            " with an ISO 3166-1 country.",
        ),
        th.Property(
            "tmdb_min_vote_count",
            th.IntegerType(minimum=0),
            default=50,
            title="TMDB least number of votes",
            description="Titles with fewer votes are left out; 0 reads all of TMDB, about a"
            " million titles. A lower number than before causes a full reading.",
        ),
        th.Property(
            "tmdb_watch_countries",
            th.ArrayType(th.StringType(pattern="^[A-Za-z]{2}$")),
            default=["US"],
            title="TMDB countries",
            description="Countries whose offers are read, ISO 3166-1; an empty list means all."
            " The number of requests does not depend on it.",
        ),
        th.Property(
            "tmdb_requests_per_second",
            th.NumberType(exclusive_minimum=0),
            default=20,
            title="TMDB requests per second",
            description="How fast TMDB is asked; it refuses somewhere near 40.",
        ),
        th.Property(
            "tvmaze_api_url",
            th.StringType(pattern=_URL),
            default="https://api.tvmaze.com",
            title="TVmaze API address",
            description="Address of TVmaze's public API.",
        ),
        th.Property(
            "tvmaze_requests_per_second",
            th.NumberType(exclusive_minimum=0),
            default=2,
            title="TVmaze requests per second",
            description="How fast TVmaze is asked; it allows 20 requests in 10 seconds.",
        ),
        th.Property(
            "user_agent",
            th.StringType(),
            default=f"tap-streaming/{metadata.version('tap-streaming')}",
            title="User agent",
            description="How the tap introduces itself to the platforms.",
        ),
        th.Property(
            "request_timeout",
            th.NumberType(exclusive_minimum=0),
            default=60,
            title="Request timeout",
            description="Seconds to wait for an answer before asking again.",
        ),
        th.Property(
            "request_max_tries",
            th.IntegerType(minimum=1),
            default=6,
            title="Tries per request",
            description="How often a request is made before the run gives up.",
        ),
    ).to_dict()

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
            self._clients[platform.key] = PlatformClient(platform, self.config, self.logger)
        return self._clients[platform.key]

    def discover_streams(self) -> list[Stream]:
        """Return all streams.

        Raises:
            TapError: if the given catalog selects a stream that does not exist.
        """
        streams: list[Stream] = [stream_type(self) for stream_type in STREAM_TYPES]
        if self.input_catalog is not None:
            check_streams(self.input_catalog, {stream.tap_stream_id for stream in streams})
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
        """Check the settings; null is as not given, and no secret is repeated in an error."""
        self._config = {name: value for name, value in self._config.items() if value is not None}
        try:
            return super()._validate_config(raise_errors=raise_errors)
        except ConfigValidationError as error:
            properties = self.config_jsonschema["properties"]
            for name in (name for name, schema in properties.items() if schema.get("secret")):
                error.errors = [
                    f"{name} must be text" if f"['{name}']" in told else told
                    for told in error.errors
                ]
            raise

    def _handle_termination(self, signum: int, frame: FrameType | None) -> None:  # noqa: ARG002
        """End as a process ends that a signal ended, so that nobody takes the run for whole.

        All that has been read up to the last checkpoint is on its way to the target already, and
        the next run goes on from there; there is no state left to write.
        """
        self.logger.warning("stopped by %s", signal.Signals(signum).name)
        sys.exit(128 + signum)
