"""The platforms that are played. To add one, add its module and list it here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.platforms import tmdb, tvmaze

if TYPE_CHECKING:
    from sandbox.platforms.core import Platform

PLATFORMS: tuple[Platform, ...] = (tmdb.PLATFORM, tvmaze.PLATFORM)
