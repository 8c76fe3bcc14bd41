"""The platforms that are played. To add one, add its module and list it here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.platforms import streaming_availability, tmdb, tvmaze, watchmode
from sandbox.platforms.tmdb import exports

if TYPE_CHECKING:
    from sandbox.platforms.core import Platform

PLATFORMS: tuple[Platform, ...] = (
    tmdb.PLATFORM,
    exports.PLATFORM,
    tvmaze.PLATFORM,
    streaming_availability.PLATFORM,
    watchmode.PLATFORM,
)
