"""Replaying recorded answers: each body through the code of the streams that read such bodies.

A folder of recordings has a ``MANIFEST.tsv`` with the columns ``platform``, ``endpoint`` (path and
query), ``http_status`` and ``local_path``; others are not looked at.
"""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.utils import format_datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import requests
from jsonschema import Draft202012Validator
from requests.adapters import BaseAdapter
from singer_sdk.typing import DEFAULT_JSONSCHEMA_VALIDATOR

from tap_streaming.answers import LIST, OBJECT
from tap_streaming.budget import BudgetSpentError
from tap_streaming.calls import Call, Endpoint
from tap_streaming.errors import TapError
from tap_streaming.session import PlatformClient

if TYPE_CHECKING:
    import logging
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from tap_streaming.client import PlatformStream
    from tap_streaming.platforms import Platform

_METHOD_AND_HOST = re.compile(r"^(?:GET\s+)?(?:https?://[^/]+)?")
COLUMNS = ("platform", "endpoint", "http_status", "local_path")
GONE = "error: nothing is there, so no record or a tombstone"
AGAIN = "error: asked again"
OVER = "error: the month's quota is spent, so the rest waits"
LISTED = "lists of ids"
UNREAD = "no stream reads this endpoint"


@dataclass
class Reading:
    """What one stream made of one recorded answer.

    Attributes:
        platform: Platform as the manifest names it.
        file: Path of the body in the folder.
        stream: The stream; empty if none reads such answers.
        records: Number of records.
        invalid: What is wrong with the records, one line each.
        outcome: What the tap does when it gets the answer, if it makes no records of it.
    """

    platform: str
    file: str
    stream: str = ""
    records: int = 0
    invalid: list[str] = field(default_factory=list)
    outcome: str = ""


def replay(
    folder: Path, streams: Sequence[PlatformStream], logger: logging.Logger
) -> Iterator[Reading]:
    """Read every recorded answer of the platforms that the streams are of.

    Args:
        folder: The recordings.
        streams: All streams of the tap.
        logger: Hears what the streams say about oddities.

    Raises:
        TapError: if the folder has no usable manifest, or lacks a file that it names.
    """
    platforms = {
        name: stream.platform
        for stream in streams
        for name in (stream.platform.recorded_as, stream.platform.key)
    }
    for row in _manifest(folder):
        platform = platforms.get(row["platform"].lower().replace("-", "_"))
        if platform is None:
            continue
        readers = [stream for stream in streams if stream.platform is platform]
        try:
            content = (folder / row["local_path"]).read_bytes()
            status = int(row["http_status"])
        except (OSError, ValueError) as error:
            message = f"{folder / 'MANIFEST.tsv'}: the row of {row['local_path']!r}: {error}"
            raise TapError(message) from None
        asked = _called(row["endpoint"], platform, readers)
        answer = _Recorded(platform, status, content, logger)
        if status != HTTPStatus.OK or not asked:
            kind = LIST if content.lstrip()[:1] == b"[" else OBJECT
            outcome, _ = answer.read(Endpoint("/").call(), kind)
            yield Reading(row["platform"], row["local_path"], outcome=outcome or UNREAD)
        for stream, call in asked if status == HTTPStatus.OK else ():
            listed = call.endpoint in stream.listings
            name = LISTED if listed else stream.name
            reading = Reading(row["platform"], row["local_path"], name)
            # A run asks again for rows that lack something; here they are shown as invalid.
            expected = replace(call.endpoint, expect=call.endpoint.expect.outline)
            reading.outcome, body = answer.read(replace(call, endpoint=expected))
            if listed and not reading.outcome:
                reading.records = len(stream.ids_in(body))
            elif not reading.outcome:
                stream.client = answer.client
                _check(stream, body, call, reading)
            yield reading


def report(readings: Iterable[Reading]) -> Iterator[str]:
    """Yield the lines of a report: one per reading, then sums per platform and stream."""
    sums: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0, 0])
    outcomes: dict[tuple[str, str], int] = defaultdict(int)
    files: dict[str, set[str]] = defaultdict(set)
    for reading in readings:
        told = reading.outcome or f"{reading.records} records, {len(reading.invalid)} invalid"
        yield f"{reading.file}: {reading.stream or reading.platform}: {told}"
        yield from (f"    {problem}" for problem in reading.invalid)
        files[reading.platform].add(reading.file)
        if reading.outcome:
            outcomes[reading.platform, reading.outcome.partition(" (")[0]] += 1
        else:
            counts = (1, reading.records, len(reading.invalid))
            totals = sums[reading.platform, reading.stream]
            totals[:] = [total + count for total, count in zip(totals, counts, strict=True)]
    yield ""
    for platform, names in sorted(files.items()):
        yield f"{platform}: {len(names)} files"
        for (of, stream), (count, records, invalid) in sorted(sums.items()):
            if of == platform:
                yield f"  {stream}: {count} files, {records} records, {invalid} invalid"
        for (of, outcome), count in sorted(outcomes.items()):
            if of == platform:
                yield f"  {outcome}: {count} files"


class _Recorded(BaseAdapter):
    """A platform that gives one recorded answer, and then a good one."""

    def __init__(
        self, platform: Platform, status: int, content: bytes, logger: logging.Logger
    ) -> None:
        super().__init__()
        self._platform = platform
        self._status = status
        self._content = content
        self._logger = logger
        self.client: PlatformClient

    def read(self, call: Call, expect: Any = None) -> tuple[str, Any]:
        """Return what the tap does with the answer (empty if it reads it), and the body."""
        config = {
            self._platform.url_setting: "http://recorded.invalid",
            self._platform.token_setting: "recorded",
            self._platform.rate_setting: 1e9,
            "request_timeout": 1,
            "request_max_tries": 1,
            "concurrent_requests": 1,
            "user_agent": "replay",
        }
        if expect is not None:
            call = Endpoint(call.endpoint.template, expect).call()
        self.client = PlatformClient(
            self._platform, config, self._logger, adapter=self, sleep=lambda _: None
        )
        try:
            body = self.client.find(call)
        except BudgetSpentError:
            return OVER, None
        except TapError as error:
            again = " in 1 tries " in str(error) or " asks to wait " in str(error)
            return f"{AGAIN} ({error})" if again else f"error: ends the run ({error})", None
        return (GONE, None) if body is None else ("", body)

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        response = requests.Response()
        response.status_code = self._status
        response.request = request
        response.url = request.url or ""
        response._content = self._content  # noqa: SLF001
        response.headers["Date"] = format_datetime(datetime.now(UTC), usegmt=True)
        return response

    def close(self) -> None:
        """Nothing to close."""


def _check(stream: PlatformStream, body: Any, call: Call, reading: Reading) -> None:
    """Make records of a body as the stream does, and validate them against its schema."""
    fitter = stream.fitter()
    validator = DEFAULT_JSONSCHEMA_VALIDATOR(
        stream.schema, format_checker=Draft202012Validator.FORMAT_CHECKER
    )
    dig = call.endpoint.dig
    for row in stream.parse(dig(body) if dig else body, call):
        reading.records += 1
        record = fitter.fit(row)
        if record is None:
            reading.invalid.append("a row without a usable key")
        else:
            errors: Iterable[Any] = validator.iter_errors(record)
            reading.invalid += [f"{error.json_path}: {error.message[:200]}" for error in errors]


def _called(
    endpoint: str, platform: Platform, streams: Sequence[PlatformStream]
) -> list[tuple[PlatformStream, Call]]:
    """Return the streams that read what an endpoint answers, with the call that was made."""
    address = _METHOD_AND_HOST.sub("", endpoint).partition(" ")[0]
    path, _, query = address.partition("?")
    path = path.removeprefix(platform.recorded_prefix).rstrip("/") or "/"
    params = dict(parse_qsl(query, keep_blank_values=True))
    found = []
    for stream in streams:
        for known in (*stream.endpoints, *stream.similar):
            values = known.match(path)
            if values is not None:
                found.append((stream, Call(known, params, values)))
                break
    # Streams that share a list read it in the same way, so one of them shows it.
    listing = ((one, known) for one in streams for known in one.listings)
    for stream, known in listing:
        values = known.match(path)
        if values is not None:
            return [*found, (stream, Call(known, params, values))]
    return found


def _manifest(folder: Path) -> list[Mapping[str, str]]:
    file = folder / "MANIFEST.tsv"
    try:
        with file.open(encoding="utf-8", newline="") as lines:
            reader = csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
            missing = [name for name in COLUMNS if name not in (reader.fieldnames or ())]
            rows: list[Mapping[str, str]] = list(reader)
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        message = f"cannot read {file} ({reason})"
        raise TapError(message) from None
    if missing:
        message = f"{file} lacks the columns {', '.join(missing)}; columns are parted by tabs"
        raise TapError(message)
    return [row for row in rows if row["local_path"]]
