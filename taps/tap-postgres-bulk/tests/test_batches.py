"""Batches, bookmarks and settings: as with the stock tap, or better."""

from __future__ import annotations

import datetime as dt
import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from bulk_runs import disconnect
from tap_postgres.client import PostgresLogBasedStream

from tap_postgres_bulk import files
from tap_postgres_bulk.errors import TapError
from tap_postgres_bulk.files import batch_folder, write_batches

if TYPE_CHECKING:
    from pathlib import Path

    from bulk_runs import Database, Messages

ROWS = 10
KEYS: dict[str, tuple[str, Any]] = {
    "timestamptz": ("timestamptz", "'2026-01-01 00:00:00.5+00'::timestamptz + n * interval '1 s'"),
    "whole seconds": ("timestamptz", "'2026-01-01 00:00:00+00'::timestamptz + n * interval '1 s'"),
    "timestamp": ("timestamp", "'2026-01-01 00:00:00'::timestamp + n * interval '1 s'"),
    "bigint": ("bigint", "n * 10000000000"),
    "text": ("text", "'k' || lpad(n::text, 3, '0')"),
    "one for all": ("timestamptz", "'2026-01-01 00:00:00+00'::timestamptz"),
    "null at first": ("bigint", "nullif(n, 1) - 1"),
}
"""Replication keys: type, and value of the nth row."""


def fill(database: Database, kind: str, first: int = 1, last: int = ROWS) -> None:
    declared, value = KEYS[kind]
    database.sql(
        f"create table if not exists app.t (id integer primary key, updated_at {declared}, v text)"
    )
    database.sql(
        f"insert into app.t select n, {value}, 'v' || n from generate_series({first}, {last}) as n"
    )


def ids(messages: Messages) -> list[int]:
    return [row["id"] for row in messages.rows()]


@pytest.mark.parametrize("kind", KEYS)
def test_bookmarks_are_those_of_the_stock_tap(database: Database, kind: str) -> None:
    fill(database, kind)
    stock, bulk = database.run(bulk=None), database.run(bulk=True)
    assert bulk.state == stock.state
    assert sorted(ids(bulk)) == sorted(ids(stock)) == list(range(1, ROWS + 1))
    fill(database, kind, ROWS + 1, ROWS + 3)
    later = {
        (before, after): database.run(bulk=after, state=messages.state)
        for before, messages in ((None, stock), (True, bulk))
        for after in (None, False, True)
    }
    expected = later[None, None]
    assert {ROWS + 1, ROWS + 2, ROWS + 3} <= set(ids(expected))
    for messages in later.values():
        assert messages.state == expected.state
        assert sorted(ids(messages)) == sorted(ids(expected))


def test_a_date_can_be_the_key(database: Database) -> None:
    database.sql("create table app.t (id integer primary key, updated_at date)")
    database.sql("insert into app.t select n, '2026-01-01'::date + n from generate_series(1, 3) n")
    stock, bulk = database.run(bulk=None), database.run(bulk=True)
    assert bulk.state == stock.state
    database.sql("insert into app.t values (4, '2026-02-01')")
    assert ids(database.run(bulk=True, state=bulk.state)) == [3, 4]
    # The stock tap cannot go on from its own bookmark; if it can one day, ours may do the same.
    with pytest.raises(TypeError):
        database.run(bulk=None, state=stock.state)


def test_bulk_can_be_switched_off(database: Database) -> None:
    fill(database, "timestamptz")
    assert [message["type"] for message in database.run(bulk=False).all] == [
        message["type"] for message in database.run(bulk=None).all
    ]


@pytest.mark.parametrize(("rows", "batches"), [(1, 10), (3, 4), (5, 2), (10, 1), (11, 1)])
def test_a_run_goes_on_after_any_batch(database: Database, rows: int, batches: int) -> None:
    fill(database, "timestamptz")
    whole = database.run(bulk=True, bulk_batch_rows=rows)
    assert len(whole.of("BATCH")) == batches
    assert ids(whole) == list(range(1, ROWS + 1))
    kinds = [message["type"] for message in whole.all]
    assert kinds[1 : 2 * batches + 1] == ["BATCH", "STATE"] * batches
    read = 0
    for state in whole.of("STATE")[:batches]:
        read = min(read + rows, ROWS)
        rest = database.run(bulk=True, state=state["value"])
        # The row at the bookmark is read again, as the stock tap does.
        assert ids(rest) == list(range(read, ROWS + 1))


def test_an_empty_table(database: Database) -> None:
    fill(database, "timestamptz", last=0)
    bulk = database.run(bulk=True)
    assert not bulk.of("BATCH")
    assert bulk.state == database.run(bulk=None).state


def test_rows_with_no_key_come_first_and_set_no_bookmark(database: Database) -> None:
    fill(database, "bigint")
    database.sql("update app.t set updated_at = null where id > 5")
    bulk = database.run(bulk=True, bulk_batch_rows=2)
    assert set(ids(bulk)[:5]) == {6, 7, 8, 9, 10}
    bookmarks = [state["value"]["bookmarks"]["app-t"] for state in bulk.of("STATE")]
    assert "replication_key_value" not in bookmarks[0]
    assert bookmarks[-1]["replication_key_value"] == 5 * 10**10


def test_what_is_chosen_is_honoured(database: Database) -> None:
    fill(database, "timestamptz")
    database.sql("create view app.w as select * from app.t")
    options: dict[str, Any] = {
        "stream_options": {"app-t": {"custom_where_clauses": ["v like 'v%'", "id % 2 = 0"]}},
        "max_record_count": 3,
        "without": ("v",),
    }
    stock = database.run(bulk=None, **options)
    bulk = database.run(bulk=True, **options)
    assert bulk.of("SCHEMA") == stock.of("SCHEMA")
    assert bulk.landed() == stock.landed()
    assert ids(bulk) == [2, 4, 6, 1, 2, 3]
    again = database.run(bulk=True, state=bulk.state, **options)
    assert ids(again) == ids(database.run(bulk=None, state=stock.state, **options))


def test_nothing_that_a_map_hides_leaves_the_tap(database: Database) -> None:
    database.sql(
        "create table app.users (id integer primary key, email text, at timestamptz, born date)"
    )
    database.sql(
        "insert into app.users values (1, ' Ann@Example.com ', 'infinity', '2000-02-03'), "
        "(2, null, now(), null), (3, 'left@out.com', now(), null)"
    )
    options: dict[str, Any] = {
        "method": "FULL_TABLE",
        "stream_maps": {
            "app-users": {
                "email_sha256": "sha256(config['salt'] + email.strip().lower()) if email else None",
                "email": "__NULL__",
                "__filter__": "id < 3",
            }
        },
        "stream_map_config": {"salt": "pepper"},
    }
    stock = database.run(bulk=None, **options)
    bulk = database.run(bulk=True, **options)
    assert bulk.of("SCHEMA") == stock.of("SCHEMA")
    assert bulk.landed() == stock.landed()
    assert len(bulk.of("BATCH")) == 1
    assert len(bulk.rows()[0]["email_sha256"]) == 64
    assert "example" not in str(bulk.rows()).lower()


@pytest.mark.parametrize("maps", [{"app-t": {"__alias__": "other", "v": "v"}}, {"app-t": None}])
def test_streams_that_a_map_renames_or_removes(database: Database, maps: dict[str, Any]) -> None:
    fill(database, "timestamptz")
    stock = database.run(bulk=None, stream_maps=maps)
    bulk = database.run(bulk=True, stream_maps=maps)
    assert [m["stream"] for m in bulk.of("SCHEMA")] == [m["stream"] for m in stock.of("SCHEMA")]
    assert ids(bulk) == ids(stock)


def test_flattening(database: Database) -> None:
    database.sql("create table app.t (id integer primary key, o jsonb, updated_at timestamptz)")
    database.sql("""insert into app.t values (1, '{"a": {"b": 1}}', now())""")
    options: dict[str, Any] = {"flattening_enabled": True, "flattening_max_depth": 2}
    stock = database.run(bulk=None, **options)
    assert database.run(bulk=True, **options).landed() == stock.landed()


@pytest.mark.parametrize("method", ["FULL_TABLE", "INCREMENTAL"])
def test_rows_have_the_columns_that_a_loader_adds_to_records(
    database: Database, method: str
) -> None:
    fill(database, "timestamptz")
    began = dt.datetime.now(dt.UTC)
    bulk = database.run(bulk=True, method=method, bulk_batch_rows=4)
    for row in bulk.rows():
        for name in ("_sdc_extracted_at", "_sdc_received_at", "_sdc_batched_at"):
            stamp = dt.datetime.fromisoformat(row[name])
            assert began <= stamp <= dt.datetime.now(dt.UTC)
        assert began.timestamp() * 1000 - 1 <= row["_sdc_sequence"]
        assert row["_sdc_sync_started_at"] <= row["_sdc_sequence"]
        versions = [message["version"] for message in bulk.of("ACTIVATE_VERSION")]
        assert [row.get("_sdc_table_version")] == (versions or [None])


def test_the_session_says_how_values_are_written(database: Database) -> None:
    database.sql("create table app.t (id integer primary key, r real, tz timestamptz, d date)")
    database.sql("insert into app.t values (1, 3.4028235e38, '2026-02-03 04:05+00', '2026-02-03')")
    options = ("timezone = 'Asia/Tokyo'", "extra_float_digits = 0", "datestyle = 'SQL, DMY'")
    try:
        for option in options:
            database.sql(f"alter role streaming_app set {option}")
        (row,) = database.run(bulk=True, method="FULL_TABLE").rows()
    finally:
        database.sql("alter role streaming_app reset all")
    assert row["r"] == 3.4028235e38
    assert row["tz"] == "2026-02-03T04:05:00+00:00"
    assert row["d"] == "2026-02-03"


def test_log_based_streams_are_the_stock_ones(database: Database) -> None:
    fill(database, "timestamptz")
    tap, _ = database.tap(bulk=True, method="LOG_BASED")
    assert type(tap.streams["app-t"]) is PostgresLogBasedStream
    disconnect(tap)


def test_large_batches_are_several_files(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "FILE_BYTES", 1000)
    monkeypatch.setattr(files, "CHUNK_BYTES", 300)
    fill(database, "timestamptz", last=100)
    bulk = database.run(bulk=True)
    (batch,) = bulk.of("BATCH")
    assert len(batch["manifest"]) > 5
    assert ids(bulk) == list(range(1, 101))


def test_a_batch_that_breaks_off_leaves_no_file(tmp_path: Path) -> None:
    def objects() -> Any:
        yield from [b'{"a":1}', b'{"a":2}', b'{"a":3}']
        raise RuntimeError

    batches = write_batches(objects(), folder=tmp_path, name="a", rows=2, appended=lambda: b'"x":1')
    first = next(batches)
    assert first.rows == 2
    assert first.last == b'{"a":2}'
    with pytest.raises(RuntimeError):
        next(batches)
    assert [f"file://{path}" for path in tmp_path.iterdir()] == first.files


@pytest.mark.usefixtures("database")
def test_the_folder_is_private_and_rid_of_what_was_left() -> None:
    folder = batch_folder()
    assert folder.stat().st_mode & 0o777 == 0o700
    old, new = folder / "old.jsonl.zst", folder / "new.jsonl.zst"
    for path in (old, new):
        path.write_bytes(b"")
    os.utime(old, (0, 0))
    assert batch_folder() == folder
    assert list(folder.iterdir()) == [new]


@pytest.mark.usefixtures("database")
def test_the_folder_of_someone_else_is_not_used() -> None:
    folder = batch_folder()
    elsewhere = folder.with_name("elsewhere")
    elsewhere.mkdir()
    folder.rmdir()
    folder.symlink_to(elsewhere)
    with pytest.raises(TapError, match="TMPDIR"):
        batch_folder()


@pytest.mark.parametrize("setting", [{"password": "wrong"}, {"database": "none"}, {"port": 1}])
def test_a_wrong_login_is_one_line(
    database: Database, tmp_path: Path, setting: dict[str, Any]
) -> None:
    config = tmp_path / "config.json"
    config.write_text(json.dumps({**database.config, **setting}))
    done = subprocess.run(
        [sys.executable, "-m", "tap_postgres_bulk", "--config", str(config), "--discover"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "connection to server" in done.stderr
    assert "wrong" not in done.stderr


@pytest.mark.parametrize("rows", [0, 1])
def test_a_key_that_the_metadata_names(database: Database, rows: int) -> None:
    """As Meltano writes it for a table without a primary key."""
    database.sql("create table app.t (id integer, updated_at timestamptz default now())")
    database.sql(f"insert into app.t (id) select generate_series(1, {rows})")
    tap, messages = database.tap(bulk=True, keys=["id"])
    tap.sync_all()
    disconnect(tap)
    assert [message["key_properties"] for message in messages.of("SCHEMA")] == [["id"]]
    assert len(messages.rows()) == rows
