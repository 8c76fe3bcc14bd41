"""Fitting what a platform sends to a stream's schema.

What is missing or empty becomes null. A value of another type than the schema's becomes null
and is logged once per field. A field the schema does not know is logged once and dropped at the
top level, and kept inside objects. A row without a usable key is logged and left out.
"""

from __future__ import annotations

import re
import sys
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import logging
    from collections.abc import Collection, Mapping, Sequence

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
DEEPEST = 50
"""Levels of lists and objects kept where the schema does not describe them."""
_LARGEST_INTEGER = 2**63 - 1


class Fitter:
    """Makes records of one stream out of rows of any shape."""

    def __init__(
        self,
        schema: Mapping[str, Any],
        keys: Sequence[str],
        logger: logging.Logger,
        ignored: Collection[str] = (),
    ) -> None:
        """Prepare for a schema.

        Args:
            schema: JSON Schema of the stream.
            keys: Fields that identify a record.
            logger: Hears about each oddity once.
            ignored: Fields known and left out on purpose.
        """
        self._properties: Mapping[str, Mapping[str, Any]] = schema["properties"]
        self._keys = keys
        self._logger = logger
        self._known = frozenset(self._properties) | frozenset(ignored)
        self._told: set[str] = set()

    def fit(self, row: Any) -> dict[str, Any] | None:
        """Return the record for a row, or None if the row cannot be identified."""
        if not isinstance(row, dict):
            self._tell("row", "a row is a JSON %s, not an object: left out", type(row).__name__)
            return None
        for name in row.keys() - self._known:
            self._tell(name, "the platform sends a new field %r: dropped", name)
        record = {
            name: self._value(row.get(name), schema, name)
            for name, schema in self._properties.items()
        }
        for key in self._keys:
            if record.get(key) is None:
                self._tell(f"key {key}", "a row has no usable %r: left out", key)
                return None
        return record

    def _value(self, value: Any, schema: Mapping[str, Any], path: str) -> Any:
        if value is None or value == "":
            return None
        types = schema.get("type")
        if types is None:
            return _cleaned(value)
        if isinstance(value, dict) and "object" in types:
            return self._object(value, schema.get("properties", {}), path)
        if isinstance(value, list) and "array" in types:
            return self._array(value, schema.get("items", {}), f"{path}[]")
        fitted: str | float | None = None
        if isinstance(value, str):
            fitted = _text(value, types, schema.get("format"))
        elif isinstance(value, bool):
            fitted = value if "boolean" in types else None
        elif isinstance(value, int | float):
            fitted = _number(value, types)
        if fitted is None:
            self._tell(path, "%s does not fit its type (%s): null", path, "/".join(types))
        return fitted

    def _array(self, values: list[Any], schema: Mapping[str, Any], path: str) -> list[Any]:
        fitted = (self._value(value, schema, path) for value in values)
        return [value for value in fitted if value is not None]

    def _object(
        self, values: dict[str, Any], properties: Mapping[str, Mapping[str, Any]], path: str
    ) -> dict[str, Any]:
        return {
            _writable(name): self._value(value, properties.get(name, {}), f"{path}.{name}")
            for name, value in values.items()
        }

    def _tell(self, subject: str, message: str, *values: object) -> None:
        if subject not in self._told:
            self._told.add(subject)
            self._logger.warning(message, *values)


def _text(value: str, types: Collection[str], form: str | None) -> str | int | None:
    if "string" in types and _has_format(value, form):
        return _writable(value)
    if "integer" in types and re.fullmatch(r"-?\d{1,18}", value):
        return int(value)
    return None


def _number(value: float, types: Collection[str]) -> float | None:
    if "integer" in types and abs(value) <= _LARGEST_INTEGER and value == int(value):
        return int(value)
    if "number" in types and abs(value) <= sys.float_info.max:
        return value
    return None


def _has_format(value: str, name: str | None) -> bool:
    try:
        if name == "date":
            return bool(_DATE.fullmatch(value)) and bool(date.fromisoformat(value))
        if name == "date-time":
            return bool(datetime.fromisoformat(value))
    except ValueError:
        return False
    return True


def _cleaned(value: Any, levels: int = DEEPEST) -> Any:
    """Return a value that no schema describes, without empty texts and what lies too deep."""
    if value == "":
        return None
    if isinstance(value, str):
        return _writable(value)
    if isinstance(value, list | dict) and not levels:
        return None
    if isinstance(value, list):
        return [_cleaned(item, levels - 1) for item in value]
    if isinstance(value, dict):
        return {_writable(name): _cleaned(item, levels - 1) for name, item in value.items()}
    return value


def _writable(text: str) -> str:
    """Return a text that can be written in UTF-8: JSON may hold half of a character."""
    return text if text.isascii() else text.encode(errors="replace").decode()
