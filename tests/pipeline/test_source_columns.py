"""A source table gets another column, or another type, while it is being loaded day by day."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from workspace import Workspace

pytestmark = pytest.mark.pipeline

SCHEMA = "app_drift"
BEFORE = f"""
create schema {SCHEMA};
create table {SCHEMA}.wider (
    id integer primary key, small integer, short varchar(5), exact numeric(6, 2),
    updated_at timestamptz not null default now()
);
insert into {SCHEMA}.wider values (1, 7, 'short', 1.25), (2, 8, 'five.', 9999.99);
create table {SCHEMA}.more (
    id integer primary key, v integer, updated_at timestamptz not null default now()
);
create table {SCHEMA}.renamed (like {SCHEMA}.more including all);
create table {SCHEMA}.fewer (like {SCHEMA}.more including all);
insert into {SCHEMA}.more values (1, 10), (2, 20);
insert into {SCHEMA}.renamed values (1, 10), (2, 20);
insert into {SCHEMA}.fewer values (1, 10), (2, 20);
"""
# The second row of each table is written again, with what it could not be before.
AFTER = f"""
alter table {SCHEMA}.wider
    alter small type bigint, alter short type text, alter exact type numeric(12, 4);
update {SCHEMA}.wider
set small = 1::bigint << 40, short = repeat('long', 100), exact = 12345678.4321, updated_at = now()
where id = 2;
alter table {SCHEMA}.more add extra jsonb, add told boolean not null default true;
update {SCHEMA}.more set extra = '{{"a": [1]}}', updated_at = now() where id = 2;
alter table {SCHEMA}.renamed rename v to w;
update {SCHEMA}.renamed set w = 21, updated_at = now() where id = 2;
alter table {SCHEMA}.fewer drop v;
update {SCHEMA}.fewer set updated_at = now() where id = 2;
"""


def load(workspace: Workspace) -> None:
    workspace.succeed(
        "meltano", "run", "--state-id-suffix=drift", "tap-postgres", "target-snowflake",
        TAP_POSTGRES_FILTER_SCHEMAS=json.dumps([SCHEMA]),
        TAP_POSTGRES_STREAM_MAPS="{}",
        TAP_POSTGRES__SELECT=json.dumps([f"{SCHEMA}-*.*"]),
        TAP_POSTGRES__METADATA=json.dumps(
            {f"{SCHEMA}-*": {"replication-method": "INCREMENTAL", "replication-key": "updated_at"}}
        ),
        TAP_POSTGRES__LOAD_SCHEMA="drift",
    )  # fmt: skip


def test_columns_that_come_change_and_go(workspace: Workspace) -> None:
    def loaded(table: str, columns: str) -> list[tuple[object, ...]]:
        return workspace.query(f"select {columns} from raw.drift.{table} order by id")[1]

    with workspace.postgres() as connection:
        connection.execute(BEFORE)
    load(workspace)
    assert loaded("fewer", "id, v") == [(1, 10), (2, 20)]
    with workspace.postgres() as connection:
        connection.execute(AFTER)
    load(workspace)
    assert loaded("wider", "id, small, short, exact::varchar") == [
        (1, 7, "short", "1.25"),
        (2, 1 << 40, "long" * 100, "12345678.4321"),
    ]
    # What was loaded before the column was there says nothing of it.
    assert loaded("more", "id, v, extra:a[0]::integer, told") == [
        (1, 10, None, None),
        (2, 20, 1, True),
    ]
    # A column that is gone keeps what it held last: the loader has nothing to put there.
    assert loaded("renamed", "id, v, w") == [(1, 10, None), (2, 20, 21)]
    assert loaded("fewer", "id, v") == [(1, 10), (2, 20)]
