"""Checking what is handed to the tap from outside: catalog, state and environment variables."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from typing import Any

from singer_sdk.singerlib import Catalog

from tap_streaming.errors import TapError


def check_catalog(catalog: Any) -> None:
    """Refuse what is not a Singer catalog.

    Raises:
        TapError: if the file given with ``--catalog`` holds something else.
    """
    if catalog is None or isinstance(catalog, Catalog):
        return
    streams = catalog.get("streams") if isinstance(catalog, Mapping) else None
    if not isinstance(streams, list) or not all(
        isinstance(stream, Mapping)
        and isinstance(stream.get("schema"), Mapping)
        and isinstance(stream.get("tap_stream_id") or stream.get("stream"), str)
        for stream in streams
    ):
        message = "the file given with --catalog is no Singer catalog; make one with --discover"
        raise TapError(message)


def check_state(state: Any) -> None:
    """Refuse what is not a Singer state.

    Raises:
        TapError: if the file given with ``--state`` holds something else.
    """
    if state is None:
        return
    bookmarks = state.get("bookmarks", {}) if isinstance(state, Mapping) else None
    if not isinstance(bookmarks, Mapping) or not all(
        isinstance(bookmark, Mapping) for bookmark in bookmarks.values()
    ):
        message = (
            "the file given with --state is no Singer state: it must hold the value of a STATE"
            " message of an earlier run"
        )
        raise TapError(message)


def check_streams(catalog: Catalog, known: Collection[str]) -> None:
    """Refuse a catalog that selects what the tap does not have.

    Raises:
        TapError: if there is such a stream.
    """
    unknown = sorted(
        name
        for name, entry in catalog.items()
        if name not in known and entry.metadata.root.selected
    )
    if unknown:
        message = (
            f"the catalog selects unknown streams: {', '.join(unknown)}; the tap has"
            f" {', '.join(sorted(known))}; make a new catalog with --discover"
        )
        raise TapError(message)


def numbers_from_environment(properties: Mapping[str, Any], prefix: str) -> dict[str, float]:
    """Return the numeric settings that environment variables hold.

    Args:
        properties: Settings by name, as JSON Schema.
        prefix: What the names of the variables begin with.

    Raises:
        TapError: if such a variable does not hold a number.
    """
    numbers: dict[str, float] = {}
    for name, schema in properties.items():
        variable = f"{prefix}{name.upper()}"
        types = schema.get("type", ())
        if variable not in os.environ or not {"integer", "number"} & set(types):
            continue
        try:
            numbers[name] = (int if "integer" in types else float)(os.environ[variable])
        except ValueError:
            kind = "a whole number" if "integer" in types else "a number"
            message = f"the environment variable {variable} must be {kind}"
            raise TapError(message) from None
    return numbers
