from __future__ import annotations

import io
import json
import random
from typing import TYPE_CHECKING, Any

import pytest
import zstandard

from meltano_run_addon import zstd
from meltano_run_addon.messages import MalformedMessageError, MessageCheck

if TYPE_CHECKING:
    from pathlib import Path

SCHEMA = {
    "type": "SCHEMA",
    "stream": "s",
    "schema": {
        "type": "object",
        "properties": {
            "id": {"type": "integer"},
            "value": {"type": ["null", "number"]},
            "at": {"anyOf": [{"type": "string", "format": "date-time"}, {"type": "null"}]},
        },
    },
    "key_properties": ["id"],
}


def record(content: str, stream: str = "s") -> str:
    return f'{{"type": "RECORD", "stream": "{stream}", "record": {content}}}'


def batch(manifest: Any) -> str:
    message = {"type": "BATCH", "stream": "s", "encoding": {"format": "jsonl"}}
    return json.dumps({**message, "manifest": manifest})


REFUSED: dict[str, str | bytes] = {
    "not UTF-8": b'{"type": "RECORD", "stream": "s", "record": {"id": 1, "value": "\xff"}}',
    "no JSON": record('{"id": 1}')[:-3],
    "nested too deeply": record('{"id": 1, "value": ' + "[" * 100_000 + "]" * 100_000 + "}"),
    "no JSON object": "[1]",
    "its type is None": "{}",
    "its type is 'record'": '{"type": "record"}',
    "NaN is not JSON": record('{"id": 1, "value": NaN}'),
    "-Infinity is not JSON": record('{"id": 1, "value": [-Infinity]}'),
    "too large": record('{"id": 1, "value": 1e400}'),
    "a name twice: 'value'": record('{"id": 1, "value": 1, "value": 2}'),
    "is no object": record("null"),
    "no value for its key: 'id'": record('{"value": 1}'),
    "stream 'other', whose schema has not come": record('{"id": 1}', "other"),
    "fields without a schema: 'more'": record('{"id": 1, "more": 2}'),
    "'at' of a record of stream 's' is a time that is not in UTC": record(
        '{"id": 1, "at": "2026-01-01T09:00:00+09:00"}'
    ),
    "value is no object": '{"type": "STATE", "value": [1]}',
    "without a number": '{"type": "ACTIVATE_VERSION", "stream": "s", "version": "x"}',
    "without a stream": '{"type": "SCHEMA", "schema": {"properties": {"id": {}}}}',
    "has no properties": '{"type": "SCHEMA", "stream": "s", "schema": {}}',
    "no list of names": json.dumps({**SCHEMA, "key_properties": "id"}),
    "not in its schema: 'no'": json.dumps({**SCHEMA, "key_properties": ["no"]}),
    "'s' has no key": json.dumps({**SCHEMA, "key_properties": []}),
    "after rows were sent": json.dumps({**SCHEMA, "key_properties": ["id", "at"]}),
    "without an encoding": '{"type": "BATCH", "stream": "s"}',
    "no list of files": batch([]),
    "missing or empty: /nowhere": batch(["file:///nowhere"]),
}
TAKEN = [
    json.dumps(SCHEMA),
    record('{"id": 1, "value": 1e300, "at": "2026-01-01T09:00:00+00:00"}'),
    record('{"id": 2, "at": "2026-01-01 09:00:00Z", "more": null, "_sdc_deleted_at": "x"}'),
    record('{"id": 3, "at": "2026-01-01", "value": -0.0}'),
    '{"type": "STATE", "value": {}}',
    '{"type": "ACTIVATE_VERSION", "stream": "s", "version": 1}',
]


def checked(*lines: str | bytes) -> None:
    check = MessageCheck(utc=True)
    for line in lines:
        check.check(line if isinstance(line, bytes) else line.encode())


@pytest.mark.parametrize(("reason", "line"), REFUSED.items(), ids=REFUSED)
def test_lines_that_must_not_be_handed_on(reason: str, line: str | bytes) -> None:
    with pytest.raises(MalformedMessageError) as refused:
        checked(*TAKEN, line)
    assert str(refused.value).startswith("line 7 of the extractor's output: ")
    assert reason in str(refused.value)


def test_lines_that_are_handed_on() -> None:
    checked(*TAKEN, *TAKEN)
    checked(json.dumps(SCHEMA), json.dumps({**SCHEMA, "key_properties": ["at"]}))


def test_times_with_an_offset_where_the_loader_keeps_it() -> None:
    check = MessageCheck(utc=False)
    for line in (json.dumps(SCHEMA), record('{"id": 1, "at": "2026-01-01T09:00:00+09:00"}')):
        check.check(line.encode())


def test_files_that_are_whole_and_come_before_records(tmp_path: Path) -> None:
    file = tmp_path / "rows 1.jsonl.zst"
    file.write_bytes(zstandard.compress(b'{"id": 1}\n'))
    for address in (f"file://{file}", file.as_uri()):
        checked(json.dumps(SCHEMA), batch([address, "s3://bucket/key"]), record('{"id": 1}'))
    with pytest.raises(MalformedMessageError, match="files after records"):
        checked(*TAKEN, batch([file.as_uri()]))
    file.write_bytes(file.read_bytes()[:-1])
    with pytest.raises(MalformedMessageError, match="not written to its end"):
        checked(json.dumps(SCHEMA), batch([file.as_uri()]))


def streamed(compressor: zstandard.ZstdCompressor, data: bytes) -> bytes:
    file = io.BytesIO()
    with compressor.stream_writer(file, closefd=False) as writer:
        writer.write(data)
    return file.getvalue()


@pytest.mark.parametrize("size", [0, 1, 100, 5000, 300_000, 1_000_000])
@pytest.mark.parametrize("checksum", [0, 1])
def test_a_frame_ends_where_it_ends(tmp_path: Path, size: int, checksum: int) -> None:
    chance = random.Random(size)
    file = tmp_path / "file.zst"
    compressor = zstandard.ZstdCompressor(level=1, write_checksum=bool(checksum))
    skipped = b"\x50\x2a\x4d\x18" + bytes([3, 0, 0, 0]) + b"any"
    for data in (bytes(size), chance.randbytes(size // 2) + b"abc" * (size // 6)):
        for frame in (compressor.compress(data), streamed(compressor, data)):
            file.write_bytes(skipped + frame + frame)
            assert zstd.is_whole(file)
            for kept in {len(frame) - 1, *(chance.randrange(len(frame)) for _ in range(20))}:
                file.write_bytes(frame[:kept])
                assert not zstd.is_whole(file), f"{kept} of {len(frame)} bytes"


def test_a_malformed_line_ends_the_run(project) -> None:
    project.amend("settings: [{name: stream}]", "settings: [{name: stream}, {name: behind}]")
    project.amend(
        "settings: [{name: output}]",
        "settings: [{name: output}]\n    annotations: {messages: {check: true}}",
    )
    behind = project.folder / "behind"
    behind.write_text(record('{"value": null, "secret": NaN}', "a") + "\n")
    done = project.meltano("run", "tap-a", "target-lines", TAP_A_BEHIND=str(behind))
    assert done.returncode == 1
    said = " ".join(done.stdout.split())
    assert "nothing more is handed to 'target-lines', because of line 4" in said
    assert "NaN is not JSON" in said
    assert "secret" not in said
    assert "Traceback" not in said
    assert "Loop" not in said, "a process was left to itself"
    state = project.meltano("state", "get", "local:tap-a-to-target-lines").stdout
    assert '"read":false' in state
    assert project.loaded() == ["a"]

    behind.write_text("")
    after = project.meltano("run", "tap-a", "target-lines", TAP_A_BEHIND=str(behind))
    assert after.returncode == 0, after.stdout


def test_what_a_mapper_writes_is_checked(project) -> None:
    project.amend("settings: [{name: stream}]", "settings: [{name: stream}, {name: behind}]")
    project.amend(
        "settings: [{name: output}]",
        "settings: [{name: output}]\n    annotations: {messages: {check: true}}",
    )
    behind = project.folder / "behind"
    behind.write_text('{"type": "STATE", "value": "text"}\n')
    done = project.meltano("run", "tap-a", "shout", "target-lines", TAP_A_BEHIND=str(behind))
    assert done.returncode == 1
    assert "a STATE message whose value is no object" in " ".join(done.stdout.split())


def test_a_loader_that_declares_nothing_gets_every_line(project) -> None:
    project.amend("settings: [{name: stream}]", "settings: [{name: stream}, {name: behind}]")
    behind = project.folder / "behind"
    behind.write_text('{"type": "STATE", "value": "text"}\n')
    done = project.meltano("run", "tap-a", "target-lines", TAP_A_BEHIND=str(behind))
    assert done.returncode == 0, done.stdout
