"""The other commands that the README names, and what bad input gets."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest
from workspace import LOAD

from sandbox import dbt_cloud

if TYPE_CHECKING:
    from workspace import Workspace

pytestmark = pytest.mark.pipeline


def output_of(text: str) -> str:
    return " ".join(text.split())


def test_schedules_are_declared(workspace: Workspace) -> None:
    listed = json.loads(
        workspace.succeed("meltano", "--log-level=error", "schedule", "list", "--format=json")
    )
    schedules = {entry["name"]: entry for entry in listed["schedules"]["job"]}
    assert schedules["elt-hourly"]["cron_interval"] == "0 * * * *"
    assert schedules["trending-every-5-minutes"]["cron_interval"] == "*/5 * * * *"


def test_what_is_trending_is_refreshed_on_its_own(built_workspace: Workspace) -> None:
    workspace = built_workspace
    workspace.succeed("meltano", "--environment=ci", "schedule", "run", "trending-every-5-minutes")
    states = workspace.succeed("meltano", "state", "list")
    assert "ci:tap-postgres-trending-to-target-snowflake" in states
    assert "ci:tap-streaming-trending-to-target-snowflake" in states
    _, [(watched, listed)] = workspace.query(
        "select count(watched_rank), count(tmdb_day_rank) from analytics.streaming.trending_now"
    )
    assert watched > 10
    assert listed > 30
    # The two schedules may overlap: each dbt has a folder of its own.
    assert (workspace.folder / "transform" / "target" / "trending" / "manifest.json").exists()


def test_freshness_of_the_sources(built_workspace: Workspace) -> None:
    said = built_workspace.succeed("meltano", "invoke", "dbt:freshness")
    assert said.count("PASS freshness of") == 20


def test_a_var_that_cannot_be_right_ends_the_run_before_any_model(
    built_workspace: Workspace,
) -> None:
    # Other vars make dbt parse everything again: in a folder of its own, only this once.
    done = built_workspace.run(
        "meltano", "invoke", "dbt:build", "--vars", "{complete_play_ratio: 95}",
        "--target-path", "target/other-vars",
    )  # fmt: skip
    assert done.returncode != 0
    assert "complete_play_ratio is 95, and has to be a number (above 0, at most 1)" in done.stdout
    assert "vars in transform/dbt_project.yml" in done.stdout
    assert "OK created" not in done.stdout


def test_the_logic_of_the_models(built_workspace: Workspace) -> None:
    said = built_workspace.succeed("meltano", "run", "dbt:unit-tests")
    assert re.search(r"PASS=\d{2,} WARN=0 ERROR=0 SKIP=0", said)


def test_a_wrong_key_is_named(workspace: Workspace) -> None:
    done = workspace.run(
        "meltano", "run", "tap-streaming", "target-snowflake",
        TAP_STREAMING_TMDB_ACCESS_TOKEN="not-a-key-of-mine",
    )  # fmt: skip
    assert done.returncode == 1
    assert "tmdb_access_token" in done.stdout
    assert "not-a-key-of-mine" not in done.stdout
    assert "Traceback" not in done.stdout


def test_a_missing_key_starts_nothing(workspace: Workspace) -> None:
    done = workspace.run(
        "meltano", "--environment=prod", "run",
        "tap-postgres", "tap-streaming", "target-snowflake", "dbt:build",
    )  # fmt: skip
    assert done.returncode == 1
    named = set(re.findall(r"set (\w+) \(", done.stdout))
    assert named == {
        "EMAIL_SALT", "POSTGRES_DATABASE", "POSTGRES_HOST", "POSTGRES_PASSWORD", "POSTGRES_USER",
        "SNOWFLAKE_ACCOUNT", "SNOWFLAKE_LOADER_USER", "SNOWFLAKE_TRANSFORMER_USER",
        "TMDB_ACCESS_TOKEN",
    }  # fmt: skip
    assert "Running job" not in done.stdout
    assert "Traceback" not in done.stdout


def test_a_job_in_dbt_cloud_takes_the_place_of_the_build(workspace: Workspace) -> None:
    block = "dbt-cloud:run-job"
    with dbt_cloud.serving() as account:
        variables = {
            "DBT_CLOUD_URL": account.url,
            "DBT_CLOUD_ACCOUNT_ID": str(dbt_cloud.ACCOUNT_ID),
            "DBT_CLOUD_JOB_ID": str(dbt_cloud.JOB_ID),
            "DBT_CLOUD_TOKEN": dbt_cloud.TOKEN,
            "DBT_CLOUD_POLL_SECONDS": "1",
            "DBT_CLOUD_CANCEL_ON_TIMEOUT": "true",
        }
        planned = workspace.succeed(*LOAD[:2], "--dry-run", *LOAD[2:], block, **variables)
        assert "would have run block 3/3" in planned
        account.states = (dbt_cloud.RUNNING, dbt_cloud.SUCCESS)
        said = workspace.succeed("meltano", "run", block, **variables)
        assert "run 500: success" in said
        account.states = (dbt_cloud.ERROR,)
        done = workspace.run("meltano", "run", block, **variables)
        assert done.returncode == 1
        assert "run 501 failed in step 3" in done.stdout
        assert "environment local" in account.runs[1].cause
    assert dbt_cloud.TOKEN not in planned + said + done.stdout


def test_tables_of_platforms_without_a_key_are_empty(workspace: Workspace) -> None:
    workspace.succeed(
        "meltano", "run", "--state-id-suffix=no-keys", "tap-streaming", "target-snowflake",
        TAP_STREAMING__SELECT='["sa_*.*", "watchmode_*.*"]',
        TAP_STREAMING__LOAD_SCHEMA="without_keys",
        TAP_STREAMING_SA_API_KEY="",
        TAP_STREAMING_WATCHMODE_API_KEY="",
    )  # fmt: skip
    _, rows = workspace.query(
        "select table_name, row_count from raw.information_schema.tables "
        "where table_schema = 'WITHOUT_KEYS'"
    )
    assert dict(rows) == {
        "SA_CHANGES": 0, "SA_OFFERS": 0, "SA_SERVICES": 0, "SA_TOP": 0,
        "WATCHMODE_RELEASES": 0, "WATCHMODE_SOURCES": 0, "WATCHMODE_TITLES": 0,
    }  # fmt: skip


def test_unknown_names(workspace: Workspace) -> None:
    done = workspace.run("meltano", "--environment=moon", "run", "elt")
    assert done.returncode == 1
    assert "Environment 'moon' was not found" in output_of(done.stdout)
    done = workspace.run(
        "meltano", "run", "tap-streaming", "target-snowflake",
        TAP_STREAMING__SELECT='["tmdb_moovies.*"]',
    )  # fmt: skip
    assert done.returncode == 1
    assert "'tap-streaming' has no stream for 'tmdb_moovies.*'" in output_of(done.stdout)
    assert "tmdb_movies" in done.stdout


def test_the_loader_makes_the_types_that_staging_expects(built_workspace: Workspace) -> None:
    _, rows = built_workspace.query(
        "select column_name, data_type from raw.information_schema.columns "
        "where table_schema = 'STREAMING_APP' and table_name = 'VIEWING_SESSIONS'"
    )
    types = dict(rows)
    assert types["SESSION_ID"] == "TEXT"
    assert types["STARTED_AT"] == "TIMESTAMP_NTZ"
    assert types["PLAYBACK"] == "VARIANT"
    assert {"_SDC_EXTRACTED_AT", "_SDC_BATCHED_AT", "_SDC_DELETED_AT"} <= types.keys()


def test_a_sandbox_that_is_down(workspace: Workspace) -> None:
    workspace.succeed("sandbox", "down")
    try:
        done = workspace.run(
            "meltano", "run", "tap-postgres", "tap-streaming", "target-snowflake", "dbt:build"
        )
        assert done.returncode == 1
        said = output_of(done.stdout)
        assert (
            f"tap-postgres: cannot connect to 127.0.0.1:{workspace.settings.postgres_port}" in said
        )
        assert "target-snowflake: cannot connect to" in said
        assert "sandbox up" in said
        assert "Traceback" not in said
    finally:
        workspace.succeed("sandbox", "up")
