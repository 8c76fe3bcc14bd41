"""What is read by COPY is in the warehouse as what the record path brought there."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from bulk_types import BY_ROW, COPIED, TYPES

if TYPE_CHECKING:
    from workspace import Workspace

pytestmark = pytest.mark.pipeline


def test_every_type_lands_the_same_either_way(workspace: Workspace) -> None:
    values = {**COPIED, **BY_ROW}
    with workspace.postgres() as connection:
        connection.execute("create schema app_types")
        connection.execute(TYPES.replace("app.", "app_types."))
        for number, (declared, given) in enumerate(values.items()):
            kind = declared.replace("app.", "app_types.")
            table = f"app_types.t{number}"
            connection.execute(f"create table {table} (id integer primary key, v {kind})")
            for key, value in enumerate([None, *given]):
                connection.execute(f"insert into {table} values (%s, %s::{kind})", (key, value))
    for bulk in ("true", "false"):
        workspace.succeed(
            "meltano", "run", f"--state-id-suffix=types-{bulk}", "tap-postgres", "target-snowflake",
            TAP_POSTGRES_BULK=bulk,
            TAP_POSTGRES_FILTER_SCHEMAS=json.dumps(["app_types"]),
            TAP_POSTGRES_DEFAULT_REPLICATION_METHOD="FULL_TABLE",
            TAP_POSTGRES_STREAM_MAPS="{}",
            TAP_POSTGRES__SELECT=json.dumps(["*.*"]),
            TAP_POSTGRES__METADATA="{}",
            TAP_POSTGRES__LOAD_SCHEMA=f"types_{bulk}",
            # It refuses numbers as text and scalars as objects, which the tap's schemas declare.
            TARGET_SNOWFLAKE_VALIDATE_RECORDS="false",
        )  # fmt: skip
    differing = []
    for number, (declared, given) in enumerate(values.items()):
        found = {}
        for bulk in ("true", "false"):
            table = f"raw.types_{bulk}.t{number}"
            _, kinds = workspace.query(
                "select column_name, data_type from raw.information_schema.columns "
                f"where table_schema = 'TYPES_{bulk.upper()}' and table_name = 'T{number}' "
                "order by column_name"
            )
            _, rows = workspace.query(f"select id, v from {table} order by id")
            _, stamped = workspace.query(
                "select count(_sdc_extracted_at), count(_sdc_received_at), count(_sdc_batched_at), "
                "count(_sdc_sequence), count(_sdc_table_version), count(_sdc_sync_started_at), "
                f"count(_sdc_deleted_at) from {table}"
            )
            found[bulk] = kinds, rows, stamped
        assert len(found["false"][1]) == len(given) + 1
        if found["true"] != found["false"]:
            differing.append((declared, found))
    assert not differing
