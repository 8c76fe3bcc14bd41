"""Reading query parameters; what makes no sense is refused with 400 and a message."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sandbox.platforms.streaming_availability.dictionaries import (
    BRANDS,
    OFFERED,
    OPTION_TYPES,
)
from sandbox.platforms.streaming_availability.errors import refuse

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sandbox.platforms.core import Query
    from sandbox.platforms.streaming_availability.shelf import Offer

MOST_CATALOGS = 32
_SHOW_TYPES = ("movie", "series")
_LANGUAGES = ("en", "es", "tr", "fr")
_PARTS = 3


@dataclass(frozen=True, slots=True)
class Catalog:
    """A part of a service's offers: of one type, or of one addon, or all.

    Attributes:
        service: Id of the service.
        type: Type of its streaming options, None for all.
        addon: Id of an addon, None for all.
    """

    service: str
    type: str | None = None
    addon: str | None = None

    def holds(self, offer: Offer) -> bool:
        """Tell whether an offer is in the catalog."""
        return (
            offer.service == self.service
            and self.type in (None, offer.type)
            and self.addon in (None, offer.addon)
        )


def in_any(catalogs: Sequence[Catalog], offer: Offer) -> bool:
    """Tell whether an offer is in one of the catalogs; no catalogs means all there are."""
    return not catalogs or any(catalog.holds(offer) for catalog in catalogs)


def choice(query: Query, name: str, known: Sequence[str]) -> str | None:
    """Return an optional parameter that is one of some words.

    Raises:
        RefusalError: 400 if it is another word.
    """
    value = query.get(name) or None
    if value is not None and value not in known:
        raise refuse(400, f"{name} must be one of: {', '.join(known)}")
    return value


def required(query: Query, name: str, known: Sequence[str]) -> str:
    """Return a parameter that must be one of some words.

    Raises:
        RefusalError: 400 if it is missing or another word.
    """
    value = choice(query, name, known)
    if value is None:
        raise refuse(400, f"{name} is required")
    return value


def number(query: Query, name: str) -> int | None:
    """Return an optional whole number.

    Raises:
        RefusalError: 400 if it is none.
    """
    text = query.get(name)
    if not text:
        return None
    if not (text.isascii() and text.isdecimal()):
        raise refuse(400, f"{name} must be a whole number")
    return int(text)


def words(query: Query, name: str) -> tuple[str, ...]:
    """Return the parts of a comma separated list; none if it is missing."""
    return tuple(part for part in (query.get(name) or "").split(",") if part)


def country(query: Query) -> str:
    """Return the country, which is required.

    Raises:
        RefusalError: 400 if it is missing or not covered.
    """
    found = optional_country(query)
    if found is None:
        raise refuse(400, "country is required")
    return found


def optional_country(query: Query) -> str | None:
    """Return the country, a code in lower case, if there is one.

    Raises:
        RefusalError: 400 if it is not covered.
    """
    code = query.get("country") or None
    if code is not None and code not in OFFERED:
        raise refuse(400, f"country is not supported: {code}")
    return code


def show_type(query: Query) -> str | None:
    """Return the type of shows wanted, None for both."""
    return choice(query, "show_type", _SHOW_TYPES)


def check_language(query: Query) -> None:
    """Refuse an output language that is not offered; texts are English in all of them here."""
    choice(query, "output_language", _LANGUAGES)


def catalogs(query: Query) -> tuple[Catalog, ...]:
    """Return the catalogs wanted, none for all.

    Raises:
        RefusalError: 400 if there are too many or one is not of the form
            ``service``, ``service.type`` or ``service.addon.id``.
    """
    found = words(query, "catalogs")
    if len(found) > MOST_CATALOGS:
        raise refuse(400, f"catalogs must have at most {MOST_CATALOGS} items")
    return tuple(_catalog(text) for text in found)


def _catalog(text: str) -> Catalog:
    parts = text.split(".")
    known = parts[0] in BRANDS and (len(parts) == 1 or parts[1] in OPTION_TYPES)
    if not known or len(parts) > _PARTS or (len(parts) == _PARTS and parts[1] != "addon"):
        raise refuse(400, f"catalogs has an unknown item: {text}")
    return Catalog(*parts)
