"""A fingerprint changes with the columns, and with nothing else."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from tap_postgres_bulk.fingerprint import fingerprint

if TYPE_CHECKING:
    from pathlib import Path

    from bulk_runs import Database

PLAIN: dict[str, Any] = {}
WITH_TLS = {"ssl_enable": True, "ssl_mode": "disable"}


@pytest.mark.parametrize("how", [PLAIN, WITH_TLS], ids=["plain", "with TLS settings"])
def test_columns_and_keys_count_and_rows_do_not(
    database: Database, tmp_path: Path, how: dict[str, Any]
) -> None:
    config = tmp_path / "config.json"
    config.write_text(json.dumps({**database.config, **how}))

    def now() -> str:
        return fingerprint(["--config", str(config), "--catalog-fingerprint"])

    seen = [now()]
    database.sql("create table app.things (id integer, short varchar(5))")
    seen.append(now())
    database.sql("insert into app.things values (1, 'x')")
    database.sql("create index on app.things (short)")
    database.sql("create schema if not exists elsewhere")
    database.sql("create table if not exists elsewhere.things (id integer)")
    assert now() == seen[-1]
    for change in (
        "alter table app.things add more boolean",
        "alter table app.things alter short type varchar(6)",
        "alter table app.things rename short to shorter",
        "alter table app.things drop more",
        "alter table app.things add primary key (id)",
        "create view app.seen as table app.things",
    ):
        database.sql(change)
        seen.append(now())
    assert len(set(seen)) == len(seen)


def test_the_tap_finds_its_way_where_libpq_alone_would_not(
    database: Database, tmp_path: Path
) -> None:
    database.sql("create table app.things (id integer)")
    plain, url = tmp_path / "plain.json", tmp_path / "url.json"
    plain.write_text(json.dumps(database.config))
    address = "postgresql+psycopg://{user}:{password}@{host}:{port}/{database}"
    url.write_text(
        json.dumps(
            {
                "sqlalchemy_url": address.format_map(database.config),
                "filter_schemas": database.config["filter_schemas"],
            }
        )
    )
    assert fingerprint(["--config", str(url)]) == fingerprint(["--config", str(plain)])


def test_a_mistake_is_one_line(database: Database, tmp_path: Path) -> None:
    config = tmp_path / "config.json"
    config.write_text(json.dumps({**database.config, "user": "nobody-of-mine"}))
    for name, words in ((config, "nobody-of-mine"), (tmp_path / "none.json", "No such file")):
        done = subprocess.run(
            [sys.executable, "-m", "tap_postgres_bulk", "--config", name, "--catalog-fingerprint"],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 1
        assert words in done.stderr
        assert "Traceback" not in done.stderr
