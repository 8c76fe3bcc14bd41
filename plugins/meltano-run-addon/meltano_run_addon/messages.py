"""A message that the loader would lose, or change, without a word ends the run.

A loader declares that the messages it gets are to be checked::

    annotations:
      messages:
        check: true
        utc: true

With ``utc`` it is told no other times than those in UTC, since it leaves offsets out. What is
checked is what target-snowflake 0.20.4 and its SDK were seen to take without an error: a record
that is null or has a field without a column, NaN and numbers that become null, one name twice in an
object, files that are empty, rows that it would load in another order than they came in. What comes
before such a line has been handed on, with bookmarks that cover nothing after it.
"""

from __future__ import annotations

import asyncio
import functools
import json
import math
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn
from urllib.parse import unquote, urlsplit

from meltano.core.block.extract_load import ELBExecutionManager, ExtractLoadBlocks
from meltano.core.runner import RunnerError

from meltano_run_addon import zstd
from meltano_run_addon.annotations import declared

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

OFFSET = re.compile(r"[Tt ].*[+-](?!00:?(?:00)?$)\d\d(?::?\d\d)?$")
"""An offset from UTC at the end of an ISO 8601 date-time, unless it is zero."""
SHOWN_CHARACTERS = 60


class MalformedMessageError(ValueError):
    """A line is no Singer message, or one that would not be loaded as it was sent."""


class RefusedMessageError(RunnerError):
    """A line was kept from the loader, which ends the run."""


class Stream:
    """What is known of a stream from its SCHEMA message."""

    def __init__(self, schema: dict[str, Any], keys: list[str]) -> None:
        """Note the columns.

        Args:
            schema: JSON schema of the records.
            keys: Names of the properties that tell one row from another.
        """
        self.schema = schema
        self.keys = keys
        self.properties = schema["properties"].keys()
        self.times = [name for name, kind in schema["properties"].items() if _is_time(kind)]
        self.has_records = False
        self.has_batches = False


class MessageCheck:
    """Checks the lines of one extractor, in their order."""

    def __init__(self, *, utc: bool) -> None:
        """Begin before the first line.

        Args:
            utc: Whether times with another offset than zero are refused.
        """
        self._utc = utc
        self._line = 0
        self._streams: dict[str, Stream] = {}
        self._checks: dict[str, Callable[[dict[str, Any]], None]] = {
            "SCHEMA": self._check_schema,
            "RECORD": self._check_record,
            "BATCH": self._check_batch,
            "STATE": self._check_state,
            "ACTIVATE_VERSION": self._check_version,
        }

    def check(self, line: bytes) -> None:
        """Check the next line.

        Raises:
            MalformedMessageError: if it must not be handed on; with its number, and never with its
                values, which may be personal data.
        """
        self._line += 1
        try:
            message = _parse(line)
            if not isinstance(message, dict):
                _refuse("it is no JSON object")
            kind = message.get("type")
            check = self._checks.get(kind) if isinstance(kind, str) else None
            if check is None:
                _refuse(f"its type is {_short(kind)}, which is none of {', '.join(self._checks)}")
            check(message)
        except MalformedMessageError as error:
            text = f"line {self._line} of the extractor's output: {error}"
            raise MalformedMessageError(text) from None

    def _check_schema(self, message: dict[str, Any]) -> None:
        name, schema = message.get("stream"), message.get("schema")
        keys = message.get("key_properties") or []
        if not isinstance(name, str) or not name:
            _refuse("a SCHEMA message without a stream")
        properties = schema.get("properties") if isinstance(schema, dict) else None
        if (
            not isinstance(schema, dict)
            or not isinstance(properties, dict)
            or not properties
            or not all(isinstance(kind, dict) for kind in properties.values())
        ):
            _refuse(f"the schema of stream '{name}' has no properties")
        if not isinstance(keys, list) or not all(isinstance(key, str) for key in keys):
            _refuse(f"key_properties of stream '{name}' is no list of names")
        if not keys:
            _refuse(
                f"stream '{name}' has no key, so each run would append its rows again; name it in"
                " the extractor's metadata, as table-key-properties"
            )
        if missing := [key for key in keys if key not in properties]:
            _refuse(f"key_properties of stream '{name}' are not in its schema: {_names(missing)}")
        known = self._streams.get(name)
        if known is None:
            self._streams[name] = Stream(schema, keys)
        elif (known.schema, known.keys) != (schema, keys):
            if known.has_records or known.has_batches:
                # Rows of the old schema wait in the loader, and would overwrite newer ones.
                _refuse(f"stream '{name}' changes its schema or its key after rows were sent")
            self._streams[name] = Stream(schema, keys)

    def _check_record(self, message: dict[str, Any]) -> None:
        stream = self._stream(message)
        name, record = message["stream"], message.get("record")
        if not isinstance(record, dict):
            _refuse(f"a RECORD message of stream '{name}' whose record is no object")
        if missing := [key for key in stream.keys if record.get(key) is None]:
            _refuse(f"a record of stream '{name}' has no value for its key: {_names(missing)}")
        if unknown := [
            field
            for field in record.keys() - stream.properties
            if record[field] is not None and not field.startswith("_sdc_")
        ]:
            _refuse(f"a record of stream '{name}' has fields without a schema: {_names(unknown)}")
        if self._utc:
            for field in stream.times:
                value = record.get(field)
                if isinstance(value, str) and OFFSET.search(value):
                    _refuse(
                        f"'{field}' of a record of stream '{name}' is a time that is not in UTC"
                    )
        stream.has_records = True

    def _check_batch(self, message: dict[str, Any]) -> None:
        stream = self._stream(message)
        name, manifest = message["stream"], message.get("manifest")
        if not isinstance(message.get("encoding"), dict):
            _refuse(f"a BATCH message of stream '{name}' without an encoding")
        if (
            not isinstance(manifest, list)
            or not manifest
            or not all(isinstance(address, str) for address in manifest)
        ):
            _refuse(f"the manifest of a BATCH message of stream '{name}' is no list of files")
        for address in manifest:
            parts = urlsplit(address)
            if parts.scheme != "file":
                continue
            # As written, or escaped: loaders read either.
            paths = [Path(parts.path), Path(unquote(parts.path))]
            path = next((path for path in paths if path.is_file() and path.stat().st_size), None)
            if path is None:
                _refuse(f"a file of stream '{name}' is missing or empty: {parts.path}")
            if path.suffix == ".zst" and not zstd.is_whole(path):
                _refuse(f"a file of stream '{name}' was not written to its end: {path}")
        if stream.has_records:
            # Files are loaded at once, records when enough of them wait.
            _refuse(f"stream '{name}' sends files after records, which would be loaded first")
        stream.has_batches = True

    def _check_state(self, message: dict[str, Any]) -> None:
        if not isinstance(message.get("value"), dict):
            _refuse("a STATE message whose value is no object")

    def _check_version(self, message: dict[str, Any]) -> None:
        self._stream(message)
        version = message.get("version")
        if not isinstance(version, int) or isinstance(version, bool):
            _refuse(f"an ACTIVATE_VERSION message of stream '{message['stream']}' without a number")

    def _stream(self, message: dict[str, Any]) -> Stream:
        name = message.get("stream")
        if not isinstance(name, str) or name not in self._streams:
            _refuse(
                f"a {message['type']} message of stream {_short(name)}, whose schema has not come"
            )
        return self._streams[name]


class CheckedReader:
    """Standard output of an extractor or mapper, of which no line is read that was not checked."""

    def __init__(self, reader: asyncio.StreamReader, check: MessageCheck, loader: str) -> None:
        """Stand in for a reader.

        Args:
            reader: The process's output.
            check: Of a run's first line.
            loader: Name of the plugin that gets the lines.
        """
        self._reader = reader
        self._check = check
        self._loader = loader

    def at_eof(self) -> bool:
        """Whether everything was read."""
        return self._reader.at_eof()

    async def readline(self) -> bytes:
        """Return the next line; nothing at the end.

        Raises:
            RefusedMessageError: if it must not reach the loader.
        """
        line = await self._reader.readline()
        if line:
            try:
                self._check.check(line)
            except MalformedMessageError as error:
                message = f"nothing more is handed to '{self._loader}', because of {error}"
                raise RefusedMessageError(message) from None
        return line


def install() -> None:
    """Check what a loader gets, if it declares so, when Meltano has linked the processes.

    After a line that is refused the extractor is ended, and the loader loads what it has.
    """
    link_io = ExtractLoadBlocks._link_io  # noqa: SLF001

    @functools.wraps(link_io)
    async def link_io_and_check(self: ExtractLoadBlocks) -> None:
        await link_io(self)
        producer, loader = self.blocks[-2], self.tail.invoker.plugin  # type: ignore[attr-defined]
        wanted = declared(loader, "messages")
        if wanted.get("check"):
            process, check = producer.process_handle, MessageCheck(utc=bool(wanted.get("utc")))
            process.stdout = CheckedReader(process.stdout, check, loader.name)  # type: ignore[assignment,arg-type]

    run = ELBExecutionManager.run

    @functools.wraps(run)
    async def run_and_end_well(self: ELBExecutionManager) -> None:
        try:
            await run(self)
        except RefusedMessageError:
            # Meltano would leave the processes to themselves.
            await self.elb.upstream_stop(len(self.elb.blocks) - 1)
            loader: Any = self.elb.tail
            await loader.close_stdin()
            await asyncio.wait([loader.proxy_stdout(), loader.proxy_stderr()])
            await loader.process_future
            raise

    ExtractLoadBlocks._link_io = link_io_and_check  # type: ignore[method-assign]  # noqa: SLF001
    ELBExecutionManager.run = run_and_end_well  # type: ignore[method-assign]


def _parse(line: bytes) -> Any:
    try:
        return _DECODER.decode(line.decode())
    except UnicodeDecodeError:
        _refuse("it is not UTF-8")
    except RecursionError:
        _refuse("it is nested too deeply")
    except json.JSONDecodeError as error:
        _refuse(f"it is no JSON: {error.msg} at character {error.pos + 1}")


def _float(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        _refuse("a number is too large")
    return number


def _integer(digits: str) -> int:
    _float(digits)
    return int(digits)


def _constant(name: str) -> Any:
    _refuse(f"{name} is not JSON")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        _refuse(f"an object has a name twice: {_names(n for n in found if names.count(n) > 1)}")
    return found


_DECODER = json.JSONDecoder(
    object_pairs_hook=_object, parse_float=_float, parse_int=_integer, parse_constant=_constant
)


def _is_time(kind: dict[str, Any]) -> bool:
    return any(one.get("format") == "date-time" for one in [kind, *(kind.get("anyOf") or [])])


def _refuse(reason: str) -> NoReturn:
    raise MalformedMessageError(reason)


def _names(names: Iterable[str]) -> str:
    return ", ".join(_short(name) for name in sorted(set(names)))


def _short(value: Any) -> str:
    """Show a name that may be anything."""
    shown = ascii(value)
    return shown if len(shown) <= SHOWN_CHARACTERS else f"{shown[:SHOWN_CHARACTERS]}…"
