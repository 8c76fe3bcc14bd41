"""The world that all stand-ins show (see :mod:`sandbox.world.world`)."""

from __future__ import annotations

from sandbox.world.model import (
    MEDIA_TYPES,
    MONETIZATIONS,
    Catalogue,
    Collection,
    Company,
    Country,
    Episode,
    Genre,
    Language,
    MediaType,
    Monetization,
    Network,
    Offers,
    Person,
    Season,
    Service,
    TitleView,
    Window,
)
from sandbox.world.title import Title
from sandbox.world.world import World

__all__ = [
    "MEDIA_TYPES",
    "MONETIZATIONS",
    "Catalogue",
    "Collection",
    "Company",
    "Country",
    "Episode",
    "Genre",
    "Language",
    "MediaType",
    "Monetization",
    "Network",
    "Offers",
    "Person",
    "Season",
    "Service",
    "Title",
    "TitleView",
    "Window",
    "World",
]
