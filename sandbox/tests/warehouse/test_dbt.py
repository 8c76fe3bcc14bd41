"""The real dbt against the local account, with a project made for the test."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING

import pytest

from .conftest import Service, executable, rows

if TYPE_CHECKING:
    from pathlib import Path

_FILES = {
    "dbt_project.yml": """
name: trial
profile: trial
flags: {send_anonymous_usage_stats: false}
models:
  trial:
    +persist_docs: {relation: true, columns: true}
    +query_tag: trial
""",
    "seeds/countries.csv": """code,name,share,since
DE,Germany,0.5,2024-01-01
FR,"Fr'ance, ""x\""",,
""",
    "models/models.yml": """
sources:
  - name: app
    database: RAW
    schema: PUBLIC
    config:
      loaded_at_field: at
      freshness: {warn_after: {count: 1, period: day}}
    tables: [{name: people}]
models:
  - name: stg_people
    description: "People, it's $5"
    columns:
      - name: id
        description: "The person's key"
        data_tests: [unique, not_null]
  - name: dim_people
    description: One row per person
    config:
      materialized: table
      contract: {enforced: true}
      grants: {select: [REPORTER]}
    columns:
      - name: id
        data_type: number(38,0)
        description: Key
        constraints: [{type: not_null}, {type: primary_key, warn_unenforced: false}]
      - {name: name, data_type: varchar}
      - {name: price, data_type: "number(12,2)"}
      - {name: extra, data_type: variant}
unit_tests:
  - name: prices_are_rounded
    model: dim_people
    given:
      - input: ref('stg_people')
        rows: [{id: 1, name: a, price: 1.006}]
    expect:
      rows: [{id: 1, price: 1.01}]
""",
    "models/stg_people.sql": "select id, name, price, at, extra, extra:a[1]::string as second "
    "from {{ source('app', 'people') }}\n",
    "models/dim_people.sql": "select id::number(38,0) as id, name::varchar as name, "
    "price::number(12,2) as price, extra from {{ ref('stg_people') }}\n",
    "models/fct_merged.sql": """{{ config(materialized='incremental', unique_key='id') }}
select id, price, at from {{ ref('stg_people') }}
{% if is_incremental() %} where at >= (select max(at) from {{ this }}) {% endif %}
""",
    "models/fct_replaced.sql": """{{ config(materialized='incremental', unique_key='id',
incremental_strategy='delete+insert') }}
select id, price from {{ ref('stg_people') }}
""",
    "models/letters.sql": "select people.id, letter.value::string as letter, letter.index "
    "from {{ ref('stg_people') }} as people, lateral flatten(input => people.extra:a) as letter\n",
    "snapshots/people.yml": """
snapshots:
  - name: people_history
    relation: ref('stg_people')
    config:
      unique_key: id
      strategy: check
      check_cols: [name, price]
      hard_deletes: new_record
""",
}


class Dbt:
    """A dbt project in a folder of its own."""

    def __init__(self, service: Service, folder: Path) -> None:
        self.service = service
        self.folder = folder
        self.program = executable("DBT_EXECUTABLE", "utilities/dbt", "dbt")
        profile = {
            "trial": {
                "target": "local",
                "outputs": {
                    "local": {
                        "type": "snowflake",
                        "account": "sandbox",
                        "user": "sandbox",
                        "private_key_path": str(service.settings.snowflake_private_key),
                        "role": "TRANSFORMER",
                        "warehouse": "TRANSFORMING",
                        "database": "ANALYTICS",
                        "schema": "TRIAL",
                        "threads": 4,
                    }
                },
            }
        }
        for name, text in {**_FILES, "profiles.yml": json.dumps(profile)}.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text)

    def run(self, *arguments: str) -> None:
        done = subprocess.run(
            [self.program, "--no-use-colors", *arguments],
            cwd=self.folder,
            env={**self.service.environment, "DBT_PROFILES_DIR": str(self.folder)},
            capture_output=True,
            text=True,
            timeout=280,
            check=False,
        )
        assert done.returncode == 0, done.stdout[-6000:]


def test_build_twice_with_everything(service: Service, tmp_path: Path) -> None:
    dbt = Dbt(service, tmp_path)
    with service.connect() as session:
        rows(
            session,
            "create or replace table people (id int, name string, price float, "
            "at timestamp_ntz, extra variant)",
        )
        rows(
            session,
            """insert into people select column1, column2, column3, '2026-01-01',
            parse_json('{"a": ["x", "y"]}') from values (1, 'Ann', 1.006), (2, 'Bob', 2.5),
            (3, 'Cy', 3)""",
        )
        dbt.run("build")
        rows(session, "update people set name = 'Anna', price = 10, at = '2026-01-02' where id = 1")
        rows(session, "delete from people where id = 3")
        dbt.run("build")
        ask = lambda sql: rows(session, sql)  # noqa: E731
        ask("use schema analytics.trial")
        assert ask("select id, price from fct_merged order by id") == [(1, 10), (2, 2.5), (3, 3)]
        assert ask("select count(*) from fct_replaced") == [(3,)]
        assert ask("select id, letter from letters order by 1, 2") == [
            (1, "x"),
            (1, "y"),
            (2, "x"),
            (2, "y"),
        ]
        history = ask(
            "select id, name, dbt_valid_to is null, dbt_is_deleted from people_history "
            "order by id, dbt_valid_from, dbt_is_deleted"
        )
        assert history == [
            (1, "Ann", False, "False"),
            (1, "Anna", True, "False"),
            (2, "Bob", True, "False"),
            (3, "Cy", False, "False"),
            (3, "Cy", True, "True"),
        ]
        assert ask("select share, since is null from countries order by code") == [
            (0.5, False),
            (None, True),
        ]
        described = ask("describe table dim_people")
        assert [(row[0], row[1], row[3]) for row in described][:3] == [
            ("ID", "NUMBER(38,0)", "N"),
            ("NAME", "VARCHAR(16777216)", "Y"),
            ("PRICE", "NUMBER(12,2)", "Y"),
        ]
        assert described[0][9] == "Key"
        assert ask("describe view stg_people")[0][9] == "The person's key"
        assert [row[5] for row in ask("show grants on analytics.trial.dim_people")] == ["REPORTER"]
        dbt.run("docs", "generate")
    catalogue = json.loads((tmp_path / "target" / "catalog.json").read_text())
    assert catalogue["nodes"]["model.trial.dim_people"]["columns"]["ID"]["comment"] == "Key"


def test_a_broken_contract_is_told(service: Service, tmp_path: Path) -> None:
    dbt = Dbt(service, tmp_path)
    with service.connect() as session:
        rows(
            session,
            "create table if not exists people (id int, name string, price float, "
            "at timestamp_ntz, extra variant)",
        )
        rows(session, "insert into people (name) values ('nobody')")
        with pytest.raises(AssertionError, match="NULL result in a non-nullable column"):
            dbt.run("run")
