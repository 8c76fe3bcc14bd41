"""What a loader was sent, taken at its word, and whether the warehouse holds it."""

from __future__ import annotations

import datetime as dt
import json
import math
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from collections.abc import Iterable

    from malformed import Case

Rows = dict[tuple[str, ...], dict[str, Any]]


class CannotBeMeantError(Exception):
    """Lines of which nobody can say what rows they stand for."""


def rows_sent(case: Case, stream: str, lines: int | None = None) -> tuple[list[str], Rows]:
    """Return the names of the key, and the rows that lines stand for, by their keys.

    Args:
        case: Lines and files.
        stream: The stream whose rows are asked for.
        lines: How many of the lines, from the first; all by default.

    Raises:
        CannotBeMeantError: if a line cannot be read, or a row has no key.
    """
    rows: Rows = {}
    keys: list[str] = []
    for line in b"".join(case.lines[:lines]).split(b"\n"):
        message = _read(line) if line else {"type": "STATE", "value": {}}
        kind = message.get("type")
        if kind == "STATE":
            if not isinstance(message.get("value"), dict):
                _cannot("no bookmark")
        elif kind == "SCHEMA" and message.get("stream") == stream:
            keys = message.get("key_properties") or []
        elif not keys or message.get("stream") != stream:
            _cannot(f"{kind} of an unknown stream")
        else:
            for record in _records(case, message):
                rows[_key(record, keys)] = {
                    name: value
                    for name, value in record.items()
                    # These are the Singer standard's own, and no data.
                    if not name.startswith("_sdc_") and value is not None
                }
    return keys, rows


def _read(line: bytes) -> dict[str, Any]:
    try:
        message = json.loads(line.decode(), object_pairs_hook=_once, parse_constant=_cannot)
        # Half a character can be read, and written nowhere.
        json.dumps(message, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        _cannot(str(error)[:80])
    if not isinstance(message, dict):
        _cannot("no object")
    return message


def _records(case: Case, message: dict[str, Any]) -> list[Any]:
    kind, manifest = message.get("type"), message.get("manifest")
    if kind == "RECORD":
        return [message.get("record")]
    if kind == "BATCH" and manifest and isinstance(manifest, list):
        lines = []
        for address in manifest:
            content = case.files.get(address) if isinstance(address, str) else None
            if content is None:
                _cannot("a spoilt file")
            lines += content.splitlines()
        return [json.loads(line) for line in lines]
    if kind != "ACTIVATE_VERSION" or type(message.get("version")) is not int:
        _cannot(f"type {kind}")
    return []


def _key(record: Any, keys: list[str]) -> tuple[str, ...]:
    key = [record.get(name) for name in keys] if isinstance(record, dict) else [None]
    if any(part is None or isinstance(part, dict | list) for part in key):
        _cannot("no row, or one without a key")
    return key_of(key)


def key_of(parts: Iterable[Any]) -> tuple[str, ...]:
    """Return a key as texts: a column of any type holds a number as one."""
    return tuple(str(int(one) if isinstance(one, float) else one) for one in parts)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        _cannot("a name twice")
    return found


def _cannot(reason: str) -> NoReturn:
    raise CannotBeMeantError(reason)


def differences(keys: list[str], sent: Rows, table: list[dict[str, Any]]) -> list[str]:
    """List where the rows of a table are not those that were sent."""
    by_key = {key_of(row.get(name) for name in keys): row for row in table}
    lines = [] if len(by_key) == len(table) else ["a key twice"]
    lines += [f"missing: {key}" for key in sent.keys() - by_key.keys()]
    lines += [f"unexpected: {key}" for key in by_key.keys() - sent.keys()]
    for key in sent.keys() & by_key.keys():
        row = by_key[key]
        for name in {*sent[key], *row}:
            value = sent[key].get(name)
            if not name.startswith("_sdc_") and not equal(value, row.get(name)):
                lines.append(f"{key}.{name}: {value!r:.60} became {row.get(name)!r:.60}")
    return lines


def equal(sent: Any, found: Any) -> bool:
    """Tell whether a value of the warehouse is the one that was sent.

    Numbers are compared as doubles and times as microseconds, which is what the columns hold.
    """
    if sent is None or found is None or sent == found:
        return sent is found or (
            sent == found and isinstance(sent, bool) == isinstance(found, bool)
        )
    if isinstance(sent, str) and isinstance(found, dt.datetime):
        moment = dt.datetime.fromisoformat(sent)
        moment = moment.astimezone(dt.UTC) if moment.tzinfo else moment
        return moment.replace(tzinfo=None) == found
    if isinstance(sent, str) and isinstance(found, dt.date):
        return dt.date.fromisoformat(sent) == found
    if isinstance(found, str):
        try:
            return _same_json(sent, json.loads(found))
        except ValueError:
            return False
    return _same_json(sent, found)


def _same_json(sent: Any, found: Any) -> bool:
    if isinstance(sent, dict) and isinstance(found, dict):
        return sent.keys() == found.keys() and all(_same_json(sent[n], found[n]) for n in sent)
    if isinstance(sent, list) and isinstance(found, list):
        return len(sent) == len(found) and all(map(_same_json, sent, found))
    if any(isinstance(one, bool | str | dict | list | None) for one in (sent, found)):
        return type(sent) is type(found) and bool(sent == found)
    try:
        return bool(sent == found) or math.isclose(float(sent), float(found), rel_tol=1e-15)
    except OverflowError:
        return False
