"""Streams of Singer messages with something wrong planted in them."""

from __future__ import annotations

import copy
import gzip
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import zstandard

if TYPE_CHECKING:
    import random
    from collections.abc import Callable
    from pathlib import Path

Message = dict[str, Any]

PROPERTIES: dict[str, Any] = {
    "id": {"type": "integer"},
    "name": {"type": ["string", "null"], "maxLength": 40},
    "amount": {"type": ["number", "null"]},
    "at": {"type": ["string", "null"], "format": "date-time"},
    "day": {"type": ["string", "null"], "format": "date"},
    "is_new": {"type": ["boolean", "null"]},
    "document": {"type": ["object", "null"], "properties": {}, "additionalProperties": True},
}
SCHEMA = {"type": "object", "properties": PROPERTIES}
ODD: list[Any] = [
    None, "", "odd", "x" * 200, 0, -1, 1.5, 2.0, 2**53 + 1, 10**37, 10**40, True, [], {}, [None],
    {"a": {"b": []}}, "2026-02-30", "0000-00-00", "2026-01-01T09:00:00+09:00", "2026-W10-1", "\x00",
    "\ud83d\ude00 é", "a'b\\c\"d", "NULL", "NaN", "9" * 40, "2026-01-01 00:00:00.123456789Z",
]  # fmt: skip
RAW = {
    "@nan@": "NaN",
    "@infinity@": "-Infinity",
    "@too large@": "1e400",
    "@small@": "1e-400",
    "@long@": "1" + "0" * 60,
    "@too long@": "1" + "0" * 5000,
    "@digits@": "0.1234567890123456789012345",
    "@deep@": "[" * 60 + "]" * 60,
    "@too deep@": '{"a":' * 5000 + "1" + "}" * 5000,
    "@half a character@": r'"\ud83d"',
    "@no character@": r'"a\u0000b"',
    "@twice@": '{"a": 1, "a": 2}',
}
"""JSON that ``json.dumps`` would not write, by the text it is written in place of."""
LONG_LINE = 2_000_000


@dataclass
class Case:
    """Lines for a loader.

    Attributes:
        planted: What was planted.
        lines: The messages, each with its line feed unless that is what is wrong.
        files: Content of the files of BATCH messages, by address; None for what no one can read.
    """

    planted: str
    lines: list[bytes]
    files: dict[str, bytes | None] = field(default_factory=dict)


class Planter:
    """Makes one case."""

    def __init__(self, stream: str, chance: random.Random, folder: Path) -> None:
        """Write the messages of a good run.

        Args:
            stream: Name of the stream, and of its table.
            chance: Decides what is planted, and where.
            folder: For the files of batches.
        """
        self.stream, self.chance, self.folder = stream, chance, folder
        self.files: dict[str, bytes | None] = {}
        schema = {"type": "SCHEMA", "stream": stream, "schema": copy.deepcopy(SCHEMA),
                  "key_properties": ["id"]}  # fmt: skip
        self.messages: list[Message | bytes] = [schema]
        for number in range(chance.randint(4, 9)):
            self.messages.append(self.record(number // 2 * 2 if number == 3 else number))
            if chance.random() < 0.4:
                self.messages.append(self.state())
        self.messages.append(self.state())

    def record(self, key: int) -> Message:
        """Return a good record."""
        chance = self.chance
        row = {
            "id": key,
            "name": f"name {chance.randrange(10**6)}",
            "amount": round(chance.uniform(-1e6, 1e6), 2),
            "at": f"2026-{chance.randint(1, 12):02}-03T04:05:06.{chance.randrange(10**6):06}Z",
            "day": f"2026-{chance.randint(1, 12):02}-28",
            "is_new": chance.random() < 0.5,
            "document": {"n": [chance.randrange(9), None, "é"], "o": {"x": 1.5}},
        }
        kept = {name: value for name, value in row.items() if name == "id" or chance.random() < 0.8}
        return {"type": "RECORD", "stream": self.stream, "record": kept}

    _states = 0

    def state(self) -> Message:
        """Return a bookmark that no other equals."""
        self._states += 1
        return {"type": "STATE", "value": {"bookmarks": {self.stream: {"read": self._states}}}}

    def case(self, name: str) -> Case:
        """Plant one thing, and return the lines."""
        PLANTED[name](self)
        return Case(name, [self._line(message) for message in self.messages], self.files)

    def _line(self, message: Message | bytes) -> bytes:
        if isinstance(message, bytes):
            return message
        text = json.dumps(message)
        for mark, raw in RAW.items():
            text = text.replace(json.dumps(mark), raw)
        return text.encode() + b"\n"

    # What may be wrong

    def place(self, kind: str | None = None) -> int:
        """Choose a message, of a kind or of any."""
        return self.chance.choice(
            [
                number
                for number, message in enumerate(self.messages)
                if isinstance(message, dict) and kind in (None, message["type"])
            ]
        )

    def odd(self) -> Any:
        """Choose a value that may not fit."""
        chance = self.chance
        return copy.deepcopy(chance.choice(ODD) if chance.random() < 0.6 else chance.choice([*RAW]))

    def spoil_bytes(self) -> None:
        """Change the bytes of a line."""
        number, chance = self.place(), self.chance
        line = self._line(self.messages[number])
        at = chance.randrange(len(line) - 1)
        ways: list[Callable[[], bytes]] = [
            lambda: line[:at],
            lambda: line[:at] + b"\n",
            lambda: line[:at] + line[at + 1 :],
            lambda: line[:at] + bytes([chance.randrange(256)]) + line[at + 1 :],
            lambda: line[:at] + bytes([line[at] ^ 1 << chance.randrange(8)]) + line[at + 1 :],
            lambda: line[:at] + chance.choice([b"\x00", b"\xff\xfe", b"\xc3\x28", b"\r", b"\n",
                                               b"\xed\xa0\xbd", b"\xe2\x80\xa8"]) + line[at:],
            lambda: b"\xef\xbb\xbf" + line,
            lambda: line[:-1],
            lambda: line.replace(b"\n", b"\r\n"),
            lambda: line.replace(b'"', b"'"),
            lambda: line + line[at:],
        ]  # fmt: skip
        self.messages[number] = chance.choice(ways)()

    def spoil_line(self) -> None:
        """Put a line that is no message among the others."""
        line = self.chance.choice(
            [b"\n", b"  \n", b"null\n", b"[]\n", b'["type"]\n', b'"type"\n', b"1\n", b"{}\n",
             b"Starting the extractor\n", b'{"type": []}\n', b'{"type": null}\n', b"\x00\x00\n",
             b'{"type": "record"}\n', b'{"type": "LOG", "message": "x"}\n', b"<html></html>\n",
             b"[" * 100_000 + b"\n", b"x" * LONG_LINE + b"\n", b'{"type": "RECORD"}\n']
        )  # fmt: skip
        self.messages.insert(self.chance.randrange(len(self.messages) + 1), line)

    def drop_name(self) -> None:
        """Leave out a name that the message has to have, or may have."""
        message: Any = self.messages[self.place()]
        del message[self.chance.choice([*message])]

    def odd_value(self) -> None:
        """Give a message's own field an odd value."""
        message: Any = self.messages[self.place()]
        names = [*message, *self.chance.choice([[], ["time_extracted"], ["version"]])]
        message[self.chance.choice(names)] = self.odd()

    def odd_field(self) -> None:
        """Give a field of a record an odd value."""
        message: Any = self.messages[self.place("RECORD")]
        message["record"][self.chance.choice([*PROPERTIES])] = self.odd()

    def odd_in_document(self) -> None:
        """Give an object within a record an odd value."""
        message: Any = self.messages[self.place("RECORD")]
        message["record"]["document"] = {"deep": [{"odd": self.odd()}, self.odd()]}

    def no_key(self) -> None:
        """Take the key away from a record."""
        message: Any = self.messages[self.place("RECORD")]
        if self.chance.random() < 0.5:
            del message["record"]["id"]
        else:
            message["record"]["id"] = None

    def unknown_field(self) -> None:
        """Give a record a field that the schema does not have."""
        message: Any = self.messages[self.place("RECORD")]
        name = self.chance.choice(["more", "NAME", "Id", "_sdc_extra", "", "a.b", "x" * 300])
        message["record"][name] = self.odd()

    def name_twice(self) -> None:
        """Write a name of a record twice."""
        number = self.place("RECORD")
        line = self._line(self.messages[number])
        self.messages[number] = line.replace(b'"id":', b'"name": "first", "name": "second", "id":')

    def long_text(self) -> None:
        """Make a very long line."""
        message: Any = self.messages[self.place("RECORD")]
        field_name = self.chance.choice(["name", "document"])
        text = "long " * (LONG_LINE // 5)
        message["record"][field_name] = text if field_name == "name" else {"text": text}

    def unknown_stream(self) -> None:
        """Send a record of a stream that was not announced."""
        message = self.record(5)
        message["stream"] = self.chance.choice(["unknown", "", None, 1, self.stream.upper()])
        self.messages.insert(self.place(), message)

    def record_before_schema(self) -> None:
        """Send rows before what they are."""
        self.messages.append(self.messages.pop(0))
        if self.chance.random() < 0.5:
            self.messages.append(self.record(1))

    def other_schema(self) -> None:
        """Announce the stream again, as something else."""
        message: Any = copy.deepcopy(self.messages[0])
        properties = message["schema"]["properties"]
        name = self.chance.choice([*PROPERTIES])
        kind = self.chance.choice(
            ["string", "integer", "number", ["object", "null"], "array", "boolean", "odd", None, []]
        )
        match self.chance.randrange(7):
            case 0:
                message["key_properties"] = self.chance.choice(
                    [[], ["name"], ["id", "name"], ["no"], None, "id", 1, [["id"]], {"id": 1}]
                )
            case 1:
                del properties[name]
            case 2:
                properties[name] = {"type": kind}
            case 3:
                properties["added"] = {"type": kind}
            case 4:
                properties[name] = self.odd()
            case 5:
                message["schema"] = self.odd()
            case 6:
                properties[name.upper()] = {"type": ["string", "null"]}
        if self.chance.random() < 0.4:
            self.messages[0] = message
        else:
            self.messages.insert(self.place(), message)

    def odd_state(self) -> None:
        """Send a bookmark that is none; it may be the last."""
        state = {"type": "STATE", "value": self.odd()}
        if self.chance.random() < 0.5:
            self.messages.append(state)
        else:
            self.messages.insert(self.place(), state)

    def odd_version(self) -> None:
        """Activate a version that is none."""
        message = {"type": "ACTIVATE_VERSION", "stream": self.stream, "version": self.odd()}
        self.messages.insert(self.place(), message)

    def batch(self) -> None:
        """Send files: good ones, and such as were lost, cut off or spoilt."""
        chance = self.chance
        encoding = chance.choice(["none", "gzip", "zstd"])
        rows = b"".join(
            json.dumps(self.record(key)["record"]).encode() + b"\n"
            for key in range(chance.randint(0, 4), 60)
        )
        packed = rows
        if encoding == "gzip":
            packed = gzip.compress(rows, mtime=0)
        elif encoding == "zstd":
            packed = zstandard.ZstdCompressor(level=1, write_checksum=True).compress(rows)
        suffix = {"none": "", "gzip": ".gz", "zstd": ".zst"}[encoding]
        path = self.folder / f"{self.stream}.jsonl{suffix}"
        manifest: Any = [path.as_uri()]
        content: bytes | None = rows
        match chance.randrange(9):
            case 0:
                manifest = chance.choice([[], None, "", path.as_uri(), [None], [[path.as_uri()]]])
            case 1:
                packed, content = b"", None
            case 2 | 3 | 4:
                # Not between two lines of plain JSON: that is a smaller file, and a good one.
                at = chance.randrange(1, len(packed) - 1)
                whole = encoding == "none" and b"}\n" in (
                    packed[at - 1 : at + 1],
                    packed[at : at + 2],
                )
                packed, content = packed[: at - 3 if whole else at], None
            case 5:
                at = chance.randrange(len(packed) // 3, len(packed) - 1)
                packed, content = packed[:at] + b"\x00\x9f\x01" + packed[at + 3 :], None
        path.write_bytes(packed)
        if chance.random() < 0.1:
            path.unlink()
            content = None
        self.files[path.as_uri()] = content
        compression = None if encoding == "none" else encoding
        message = {"type": "BATCH", "stream": self.stream, "manifest": manifest,
                   "encoding": {"format": "jsonl", "compression": compression}}  # fmt: skip
        if chance.random() < 0.1:
            message["encoding"] = chance.choice([None, {}, {"format": "csv"}, "jsonl"])
        # Mostly before any record, where it is allowed.
        self.messages.insert(1 if chance.random() < 0.8 else self.place(), message)

    def nothing(self) -> None:
        """Leave the run as it is."""


PLANTED: dict[str, Callable[[Planter], None]] = {
    name: getattr(Planter, name)
    for name in (
        "spoil_bytes", "spoil_line", "drop_name", "odd_value", "odd_field", "odd_in_document",
        "no_key", "unknown_field", "name_twice", "long_text", "unknown_stream",
        "record_before_schema", "other_schema", "odd_state", "odd_version", "batch", "nothing",
    )
}  # fmt: skip
"""What is planted, by its name; `nothing` shows that the measure itself is right."""
