"""Tables of any size for the benchmarks of loading, and how this project loads them.

They are made of the sandbox's `viewing_sessions` (17 columns, one of them jsonb), repeated with
other ids and earlier times.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg

from sandbox import environment
from sandbox.settings import HOST
from sandbox.warehouse import client

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sandbox.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
SCHEMA = "benchmark"
ALONE = f"{SCHEMA}_alone"
"""For a table that is to be the only one in its schema."""
SUMS = (
    "count(*), count(distinct session_id), sum(title_id), sum(watched_seconds), "
    "sum(position_seconds), count(ended_at), count(playback), max(updated_at)"
)


class Tables:
    """The schema `benchmark` in Postgres, and the raw schema of that name."""

    def __init__(self, settings: Settings) -> None:
        """Connect to the sandbox, and begin with empty schemas.

        Args:
            settings: Of a sandbox that is up.
        """
        self.settings = settings
        self.postgres = psycopg.connect(
            host=HOST, port=settings.postgres_port, dbname="streaming",
            user="streaming_app", password="sandbox", autocommit=True,
        )  # fmt: skip
        self.drop()
        for schema in (SCHEMA, ALONE):
            self.postgres.execute(f"create schema {schema}")

    def drop(self) -> None:
        """Leave nothing."""
        for schema in (SCHEMA, ALONE):
            self.postgres.execute(f"drop schema if exists {schema} cascade")
        self.forget()

    def forget(self) -> None:
        """Empty the raw schema."""
        client.query(self.settings, f"drop schema if exists raw.{SCHEMA} cascade")

    def fill(self, name: str, rows: int) -> None:
        """Make a table anew, with the indexes that a load needs."""
        table = f"{SCHEMA}.{name}"
        self.postgres.execute(f"drop table if exists {table}")
        self.postgres.execute(
            f"create table {table} (like app.viewing_sessions including all excluding indexes)"
        )
        changed = {
            "session_id": "gen_random_uuid()",
            "updated_at": "updated_at - number * interval '91 days'",
        }
        columns = self.postgres.execute(
            "select column_name from information_schema.columns where table_schema = 'app' "
            "and table_name = 'viewing_sessions' order by ordinal_position"
        )
        selected = ", ".join(changed.get(column, column) for (column,) in columns)
        self.postgres.execute(
            f"insert into {table} select {selected} from app.viewing_sessions, generate_series("
            f"0, {rows} / (select count(*) from app.viewing_sessions)) as copies (number) "
            f"limit {rows}"
        )
        self.postgres.execute(f"alter table {table} add primary key (session_id)")
        self.postgres.execute(f"create index on {table} (updated_at)")
        self.postgres.execute(f"vacuum analyze {table}")

    def load(self, *names: str, bulk: bool = True, fresh: bool = False) -> None:
        """Load tables with `meltano run`.

        Args:
            names: Which.
            bulk: By COPY; else as the stock tap does.
            fresh: From nothing, not from the bookmark.
        """
        streams = [f"{SCHEMA}-{name}" for name in names]
        subprocess.run(
            [
                BIN / "meltano", "run", *(["--full-refresh"] if fresh else []),
                f"--state-id-suffix=benchmark-{'-'.join(names)}",
                "tap-postgres", "target-snowflake",
            ],
            cwd=ROOT,
            env=variables(
                self.settings,
                TAP_POSTGRES_BULK=str(bulk).lower(),
                TAP_POSTGRES_FILTER_SCHEMAS=json.dumps([SCHEMA]),
                TAP_POSTGRES__SELECT=json.dumps([f"{stream}.*" for stream in streams]),
                TAP_POSTGRES__METADATA=json.dumps(
                    {
                        stream: {
                            "replication-method": "INCREMENTAL",
                            "replication-key": "updated_at",
                        }
                        for stream in streams
                    }
                ),
                TAP_POSTGRES__LOAD_SCHEMA=SCHEMA,
            ),
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )  # fmt: skip

    def reconcile(self, schema: str) -> None:
        """Mark what was deleted in a schema of Postgres, in all its tables that are loaded."""
        subprocess.run(
            [BIN / "meltano", "run", "reconcile:deletions"],
            cwd=ROOT,
            env=variables(self.settings, RECONCILE_SCHEMA=schema, RECONCILE_RAW_SCHEMA=SCHEMA),
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def sent(self, name: str) -> tuple[Any, ...]:
        """Return the sums of a table in Postgres."""
        row = self.postgres.execute(f"select {SUMS} from {SCHEMA}.{name}").fetchone()
        assert row
        return row

    def arrived(self, name: str) -> tuple[Any, ...]:
        """Return the sums of a raw table, without what is marked as deleted."""
        _, rows = client.query(
            self.settings,
            f"select {SUMS} from raw.{SCHEMA}.{name} where _sdc_deleted_at is null",
        )
        return tuple(rows[0])


def variables(settings: Settings, **given: str) -> dict[str, str]:
    """Return the environment of a command: the sandbox's settings and those given."""
    # As the Makefile has it: without byte code each process compiles its libraries again.
    left_out = ("MELTANO", "TAP_", "PYTHONDONTWRITEBYTECODE")
    kept = {k: v for k, v in os.environ.items() if not k.startswith(left_out)}
    return {**kept, **environment.variables(settings), **given}


def compare(sent: Iterable[Any], arrived: Iterable[Any]) -> None:
    """Hold the sums of one table against those of another.

    Raises:
        SystemExit: if other rows arrived than were sent.
    """
    if plain(arrived) != plain(sent):
        sys.exit(f"sent {plain(sent)}, and this arrived: {plain(arrived)}")


def plain(row: Iterable[Any]) -> list[str]:
    """Write sums in the one way that all databases share."""
    return [
        value.replace(tzinfo=None).isoformat() if hasattr(value, "isoformat") else str(value)
        for value in row
    ]
