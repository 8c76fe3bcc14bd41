"""The real target-snowflake against the local account."""

from __future__ import annotations

import datetime as dt
import json
import subprocess
import time
from typing import TYPE_CHECKING, Any

import pytest

from .conftest import Service, executable, rows

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

_NULL = "null"
_PROPERTIES: dict[str, Any] = {
    "id": {"type": ["integer"]},
    "name": {"type": ["string", _NULL]},
    "price": {"type": ["number", _NULL]},
    "at": {"type": ["string", _NULL], "format": "date-time"},
    "day": {"type": ["string", _NULL], "format": "date"},
    "ok": {"type": ["boolean", _NULL]},
    "object": {"type": ["object", _NULL], "additionalProperties": True},
    "array": {"type": ["array", _NULL], "items": {}},
    "uid": {"type": ["string", _NULL], "format": "uuid"},
    "user": {"type": ["string", _NULL]},
    "camelCase": {"type": ["string", _NULL]},
}
_FULL = {
    "id": 1,
    "name": 'Zoë\'s "quoted" \\ back\nline',
    "price": 12.34,
    "at": "2026-11-23T10:00:00.123456+00:00",
    "day": "2026-02-28",
    "ok": True,
    "object": {"a": [1, None, {"b": "ü"}], "c": None},
    "array": ["x", 1.5, {"y": []}],
    "uid": "0b6c8a4e-3f57-4d7e-9d6c-0c8f3a0a1b2c",
    "user": "reserved",
    "camelCase": "c",
}


class Target:
    """One configuration of the loader."""

    def __init__(self, service: Service, folder: Path, **settings: Any) -> None:
        self.service = service
        self.program = executable(
            "TARGET_SNOWFLAKE_EXECUTABLE", "loaders/target-snowflake", "target-snowflake"
        )
        self.config = folder / "config.json"
        self.config.write_text(
            json.dumps(
                {
                    "account": "sandbox",
                    "user": "sandbox",
                    "private_key_path": str(service.settings.snowflake_private_key),
                    "database": "RAW",
                    "warehouse": "LOADING",
                    "role": "LOADER",
                    "default_target_schema": "LOADED",
                    "uuid_format": "string",
                    "batch_size_rows": 100_000,
                    **settings,
                }
            )
        )

    def load(self, *messages: dict[str, Any]) -> str:
        return self.load_lines(json.dumps(message) for message in messages)

    def load_lines(self, lines: Iterable[str]) -> str:
        done = subprocess.run(
            [self.program, "--config", str(self.config)],
            input="\n".join(lines) + "\n",
            env=self.service.environment,
            capture_output=True,
            text=True,
            timeout=280,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-4000:]
        return done.stdout

    def ask(self, sql: str) -> list[Any]:
        with self.service.connect(schema=None) as session:
            return rows(session, sql)


def schema(stream: str, properties: dict[str, Any], *keys: str) -> dict[str, Any]:
    described = {"type": "object", "properties": properties}
    return {"type": "SCHEMA", "stream": stream, "schema": described, "key_properties": list(keys)}


def record(stream: str, **values: Any) -> dict[str, Any]:
    return {"type": "RECORD", "stream": stream, "record": values}


@pytest.fixture
def target(service: Service, tmp_path: Path) -> Target:
    return Target(service, tmp_path)


def test_every_type_and_a_second_delivery(target: Target) -> None:
    messages = [
        schema("app-kinds", _PROPERTIES, "id"),
        record("app-kinds", **_FULL),
        record("app-kinds", **dict.fromkeys(_PROPERTIES) | {"id": 2}),
        {"type": "STATE", "value": {"bookmark": 1}},
    ]
    assert json.loads(target.load(*messages)) == {"bookmark": 1}
    target.load(*messages)
    (first, second) = target.ask(
        'select id, name, price, at, day, ok, "OBJECT", "ARRAY", uid, "USER", camelcase '
        "from loaded.kinds order by id"
    )
    assert first[:6] == (
        1,
        _FULL["name"],
        12.34,
        dt.datetime(2026, 11, 23, 10, 0, 0, 123456),  # noqa: DTZ001
        dt.date(2026, 2, 28),
        True,
    )
    assert [json.loads(value) for value in first[6:8]] == [_FULL["object"], _FULL["array"]]
    assert first[8:] == (_FULL["uid"], "reserved", "c")
    assert second[1:6] == (None,) * 5
    assert second[8:] == (None,) * 3
    types = {row[0]: row[1] for row in target.ask("describe table loaded.kinds")}
    assert types["ID"] == "NUMBER(38,0)"
    assert types["OBJECT"] == types["ARRAY"] == "VARIANT"
    assert types["AT"] == types["_SDC_EXTRACTED_AT"] == "TIMESTAMP_NTZ(9)"
    assert types["UID"] == "VARCHAR(36)"


def test_the_last_of_a_key_wins_and_columns_are_added(target: Target) -> None:
    properties = {key: _PROPERTIES[key] for key in ("id", "name")}
    target.load(
        schema("app-latest", properties, "id"),
        record("app-latest", id=1, name="old"),
        record("app-latest", id=2, name="other"),
        record("app-latest", id=1, name="new"),
        schema("app-latest", {**properties, "price": _PROPERTIES["price"]}, "id"),
        record("app-latest", id=1, name="newer", price=1.5),
    )
    found = target.ask("select id, name, price from loaded.latest order by id")
    assert found == [(1, "newer", 1.5), (2, "other", None)]


def test_append_only(service: Service, tmp_path: Path) -> None:
    target = Target(service, tmp_path, load_method="append-only")
    messages = [
        schema("app-log", _PROPERTIES, "id"),
        *(record("app-log", **_FULL) for _ in range(3)),
    ]
    target.load(*messages)
    target.load(*messages)
    assert target.ask("select count(*), count(distinct id) from loaded.log") == [(6, 1)]


def test_many_streams_at_once(target: Target) -> None:
    streams = [f"app-crowd{number}" for number in range(12)]
    target.load(
        *(schema(stream, _PROPERTIES, "id") for stream in streams),
        *(record(stream, **_FULL | {"id": n}) for n in range(50) for stream in streams),
    )
    counted = target.ask("show tables like 'CROWD%' in raw.loaded")
    assert sorted((row[1], row[7]) for row in counted) == sorted(
        (f"CROWD{n}", 50) for n in range(12)
    )
    assert not any(path.is_file() for path in target.service.settings.stage_folder.rglob("*"))


def test_sixty_thousand_rows(service: Service, tmp_path: Path) -> None:
    target = Target(service, tmp_path, validate_records=False)
    line = json.dumps(record("app-many", **_FULL | {"id": -1}))
    lines = (line.replace('"id": -1', f'"id": {number}') for number in range(60_000))
    started = time.monotonic()
    target.load_lines([json.dumps(schema("app-many", _PROPERTIES, "id")), *lines])
    assert time.monotonic() - started < 120
    assert target.ask("select count(*), min(id), max(id) from loaded.many") == [(60_000, 0, 59_999)]


def test_a_wrong_key_is_told(service: Service, tmp_path: Path) -> None:
    target = Target(service, tmp_path, user="somebody")
    with pytest.raises(AssertionError, match="JWT token is invalid"):
        target.load(schema("app-none", _PROPERTIES, "id"))
