"""The check before any data moves: by its command, and with one thing wrong at a time."""

from __future__ import annotations

import os
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from snowflake.connector.errors import ProgrammingError

from preflight import postgres, snowflake
from preflight.plugins import State, ask_meltano
from preflight.report import Report
from preflight.services import check_dbt_cloud, check_platforms
from preflight.state import check_state
from sandbox import dbt_cloud

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from workspace import Workspace

    from preflight.plugins import Pipeline, Plugin

pytestmark = pytest.mark.pipeline


class Lines(list[str]):
    """What was reported."""

    def report(self) -> Report:
        return Report(self.append)

    def starting(self, word: str) -> list[str]:
        return [line for line in self if line.startswith(word)]


def test_a_sandbox_is_in_order(workspace: Workspace) -> None:
    said = workspace.succeed("meltano", "--log-level=warning", "invoke", "preflight")
    lines = Lines(said.splitlines())
    assert not lines.starting("FAIL")
    assert not lines.starting("warn")
    assert re.search(
        r"^environment local: \d\d checks: \d\d ok, \d skip, 0 warn, 0 FAIL$", lines[-1]
    )
    for expected in (
        "tap-postgres: app.users: 12 columns can be read, primary key, by updated_at",
        "tap-streaming: TMDB: 127.0.0.1 takes the key",
        "tap-streaming: TVmaze: 127.0.0.1 answers",
        "target-snowflake, reconcile, run-records: sandbox signs in to sandbox as LOADER",
        "dbt: TRANSFORMER may read what is loaded into RAW",
    ):
        assert f"ok    {expected}" in lines
    assert "PREFLIGHT" not in str(workspace.query("show schemas in account"))
    assert "skip  dbt-cloud: not set up, and in no job" in lines


def test_every_variable_that_is_missing_is_named(workspace: Workspace) -> None:
    done = workspace.run(
        "meltano", "--log-level=warning", "--environment=prod", "invoke", "preflight"
    )
    assert done.returncode == 1
    named = set(re.findall(r"^FAIL  [\w-]+: set (\w+) \(", done.stdout, flags=re.MULTILINE))
    assert named == {
        "EMAIL_SALT", "POSTGRES_DATABASE", "POSTGRES_HOST", "POSTGRES_PASSWORD", "POSTGRES_USER",
        "SNOWFLAKE_ACCOUNT", "SNOWFLAKE_LOADER_USER", "SNOWFLAKE_TRANSFORMER_USER",
        # In no job, but the working copy sets its key.
        "SNOWFLAKE_REPORTER_USER",
        "TMDB_ACCESS_TOKEN",
    }  # fmt: skip
    assert re.search(
        r"^FAIL  state: bookmarks are kept on this machine, and lost with it; "
        "fix: set MELTANO_DATABASE_URI to a PostgreSQL database, as in postgresql",
        done.stdout,
        flags=re.MULTILINE,
    )
    assert "Traceback" not in done.stdout


@pytest.fixture(scope="module")
def pipeline(workspace: Workspace) -> Iterator[Pipeline]:
    """What Meltano says of the working copy, with its variables for as long as the module lasts."""
    # Any command of Meltano's leaves the link to itself that a plugin finds it by.
    workspace.succeed("meltano", "job", "list")
    with pytest.MonkeyPatch.context() as patch:
        for name, value in workspace.variables.items():
            patch.setenv(name, value)
        patch.setenv("MELTANO_PROJECT_ROOT", str(workspace.folder))
        described = ask_meltano()
        network = ("HTTPS_PROXY", "REQUESTS_CA_BUNDLE")
        for name in network:
            patch.setenv(name, os.environ.get(name, ""))
            patch.delenv(name)
        yield described


def plugin_of(pipeline: Pipeline, namespace: str, **config: Any) -> Plugin:
    (plugin,) = pipeline.of(namespace)
    return replace(plugin, config={**plugin.config, **config})


def test_state_that_other_machines_do_not_find(workspace: Workspace) -> None:
    """Which database it is, whether it lets in, and whether tables can be made there."""
    at = f"127.0.0.1:{workspace.settings.postgres_port}/streaming"
    good = f"postgresql+psycopg://streaming_app:sandbox@{at}"
    lines = Lines()
    with workspace.postgres() as connection:
        connection.autocommit = True
        connection.execute("create schema meltano_state")
        try:
            for state in (
                State(
                    must_be_shared=True, database=f"{good}?options=-csearch_path%3Dmeltano_state"
                ),
                State(must_be_shared=True, database=f"{good}?options=-csearch_path%3Dnowhere"),
                State(must_be_shared=True, database=good.replace("streaming_app", "nobody")),
                State(must_be_shared=True, database="sqlite:////tmp/meltano.db"),
                State(must_be_shared=False, database="sqlite:////tmp/meltano.db"),
                State(must_be_shared=True, database="mssql+pymssql://u:p@host/db"),
            ):
                check_state(state, lines.report())
        finally:
            connection.execute("drop schema meltano_state")
    shared, nowhere, nobody, alone, local, other = lines
    assert shared == f"ok    state: streaming_app keeps it in {at}, schema meltano_state"
    assert re.match(
        rf"FAIL  state: streaming_app cannot make Meltano's tables in {at}; "
        "fix: grant usage, create on schema public to streaming_app;",
        nowhere,
    )
    assert re.match(
        r'FAIL  state: cannot sign in to it: .*"nobody".*; fix: set MELTANO_DATABASE_URI to ',
        nobody,
    )
    assert re.match(r"FAIL  state: bookmarks are kept on this machine, and lost with it;", alone)
    assert local == "skip  state: bookmarks are kept on this machine"
    assert re.match(r"warn  state: a mssql database, which is not checked here; fix: set", other)
    assert "sandbox" not in "".join(lines)


def test_postgres_that_does_not_let_in(pipeline: Pipeline) -> None:
    lines = Lines()
    postgres.check_postgres(plugin_of(pipeline, "tap_postgres", database="nope"), lines.report())
    (line,) = lines
    assert re.match(r"FAIL  tap-postgres: cannot sign in to \S+/nope: connection", line)
    assert "fix: set TAP_POSTGRES_HOST" in line


def test_tables_that_cannot_be_read_as_they_should(
    pipeline: Pipeline, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    plugin = plugin_of(pipeline, "tap_postgres")
    plugin = replace(
        plugin,
        extras={
            "select": [
                "app-loose.*",
                "app-keyed.*",
                "app-strange.*",
                "app-closed.*",
                "app-moovies.*",
            ],
            "metadata": {
                "app-*": {"replication-method": "INCREMENTAL", "replication-key": "updated_at"},
                "app-strange": {"replication-key": "touched_at"},
            },
        },
    )
    monkeypatch.setattr(postgres, "LARGE_TABLE_ROWS", -2)
    lines = Lines()
    with workspace.postgres() as connection:
        connection.autocommit = True
        connection.execute("create table app.loose (id int, updated_at timestamptz)")
        connection.execute("create table app.keyed (id int primary key, updated_at timestamptz)")
        connection.execute("create table app.strange (id int primary key, updated_at timestamptz)")
        connection.execute("create table app.closed (id int primary key, updated_at timestamptz)")
        connection.execute("revoke select on app.closed from streaming_app")
        try:
            postgres.check_postgres(plugin, lines.report())
        finally:
            connection.execute("drop table app.loose, app.keyed, app.strange, app.closed")
    text = "\n".join(lines)
    for expected in (
        r"FAIL .* no table for 'app-moovies'; fix: create it, or correct select in extract/",
        r"FAIL .* app.closed: .* may not read id, updated_at; fix: grant select on app.closed to ",
        r"FAIL .* app.loose: it has no primary key, .* fix: alter table app.loose add primary key",
        r"FAIL .* app.strange: its replication key touched_at is not among its columns",
        r"ok .* app.keyed: 2 columns can be read",
        r"warn .* app.keyed: rows whose updated_at is null .* column updated_at set not null;",
        r"warn .* app.keyed: no index .* create index concurrently on app.keyed \(updated_at\);",
    ):
        assert re.search(expected, text), f"{expected}\n{text}"


def test_keys_of_platforms(pipeline: Pipeline) -> None:
    plugin = plugin_of(
        pipeline,
        "tap_streaming",
        tmdb_access_token="another-key-of-mine",
        tvmaze_api_url="http://127.0.0.1:9",
        watchmode_api_key="",
    )
    lines = Lines()
    check_platforms(plugin, lines.report())
    tmdb, tvmaze, availability, watchmode = lines
    assert re.match(
        r"FAIL .* TMDB: .* refuses the key \(401\); fix: set \w*TMDB_ACCESS_TOKEN", tmdb
    )
    assert "https://www.themoviedb.org/settings/api" in tmdb
    assert "another-key-of-mine" not in tmdb
    assert re.match(r"FAIL .* TVmaze: 127.0.0.1 does not answer \(ConnectionError\)", tvmaze)
    assert availability.startswith("ok ")
    assert re.match(
        r"skip .* Watchmode: no \w*WATCHMODE_API_KEY, so its tables stay empty", watchmode
    )


def test_the_job_in_dbt_cloud(pipeline: Pipeline) -> None:
    plugin = next(plugin for plugin in pipeline.plugins if plugin.namespace == "dbt_cloud")
    with dbt_cloud.serving() as account:
        config = {
            "url": account.url,
            "account_id": dbt_cloud.ACCOUNT_ID,
            "job_id": dbt_cloud.JOB_ID,
            "token": dbt_cloud.TOKEN,
        }
        lines = Lines()
        for change in ({}, {"token": "other"}, {"job_id": 8}):
            check_dbt_cloud(replace(plugin, config={**config, **change}), lines.report())
        assert account.runs == []
    good, token, job = lines
    assert good == f"ok    dbt-cloud: job {dbt_cloud.JOB_ID} can be seen"
    assert re.match(r"FAIL  .* refused \(401\); fix: set DBT_CLOUD_TOKEN", token)
    assert re.match(r"FAIL  .* no job 8 .*; fix: set DBT_CLOUD_URL, .*DBT_CLOUD_JOB_ID", job)


def test_users_who_cannot_sign_in(pipeline: Pipeline, tmp_path: Path) -> None:
    stranger = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    other_key, no_key = tmp_path / "other.p8", tmp_path / "none.p8"
    other_key.write_bytes(
        stranger.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    no_key.write_text("nothing")
    lines = Lines()
    for change in (
        {"private_key_path": str(other_key)},
        {"private_key_path": str(no_key)},
        {"role": "NOBODY"},
        {"warehouse": "NOWHERE"},
        {"database": "NOTHING"},
    ):
        loader = plugin_of(pipeline, "target_snowflake", **change)
        alone = replace(pipeline, plugins=[loader])
        snowflake.check_snowflake(alone, lines.report())
    failed = lines.starting("FAIL")
    assert len(failed) == 5
    for line, expected in zip(
        failed,
        (
            r"cannot sign in .*JWT.*; fix: desc user sandbox; its RSA_PUBLIC.* SHA256:\S{44},",
            r"none.p8 is no private key: .*; fix: set TARGET_SNOWFLAKE_PRIVATE_KEY_PATH, ",
            r"cannot sign in .* as NOBODY: .*; fix: grant role NOBODY to user sandbox;",
            r"cannot use the warehouse NOWHERE: .*; fix: grant usage on warehouse NOWHERE to ",
            r"cannot use the database NOTHING: .*; fix: grant usage on database NOTHING to ",
        ),
        strict=True,
    ):
        assert re.search(expected, line), line


def test_rights_that_a_role_lacks(
    pipeline: Pipeline, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The local account enforces no rights, so what a role is denied is refused here."""
    denied: list[str] = []
    run = snowflake.Client.run

    def run_if_allowed(client: snowflake.Client, statement: str) -> list[tuple[Any, ...]]:
        if any(re.match(pattern, f"{client.role}: {statement}") for pattern in denied):
            message = "SQL access control error: Insufficient privileges"
            raise ProgrammingError(message, errno=3001)
        return run(client, statement)

    monkeypatch.setattr(snowflake.Client, "run", run_if_allowed)

    transformer = plugin_of(pipeline, "dbt", role="REPORTER", warehouse="REPORTING")
    dashboard = replace(transformer, name="dashboard", namespace="dashboard")
    pipeline = replace(pipeline, plugins=[*pipeline.plugins, dashboard])

    def lines_when_denied(*patterns: str) -> str:
        denied[:] = patterns
        lines = Lines()
        snowflake.check_snowflake(pipeline, lines.report())
        return "\n".join(lines.starting("FAIL"))

    workspace.query("create schema if not exists analytics.streaming")
    workspace.query(
        "revoke select on future tables in schema analytics.streaming from role reporter"
    )
    try:
        text = lines_when_denied("LOADER: create transient schema RAW")
    finally:
        workspace.query(
            "grant select on future tables in schema analytics.streaming to role reporter"
        )
    assert re.search(r"LOADER cannot make a schema in RAW: .*grant usage, create schema on", text)
    assert re.search(r"no other role may read .* grant select on future tables in schema", text)
    assert text.count("FAIL") == 2
    text = lines_when_denied(
        "TRANSFORMER: select value from RAW",
        "TRANSFORMER: create transient schema ANALYTICS",
        "TRANSFORMER: create transient table ANALYTICS.STREAMING",
    )
    assert re.search(r"TRANSFORMER cannot read what is loaded into RAW: .*on future schemas", text)
    assert re.search(r"TRANSFORMER cannot make a schema in ANALYTICS: .*create schema on", text)
    assert re.search(r"TRANSFORMER cannot make marts: .*create table, create view on schema", text)
    assert "load/snowflake/04_grants.sql" in text
    assert text.count("FAIL") == 3
    text = lines_when_denied("LOADER: create table", "REPORTER: select value from ANALYTICS")
    assert re.search(r"dashboard: REPORTER cannot read marts: .*on future tables in schema", text)
    assert re.search(r"LOADER cannot make a table in RAW: .*operate on warehouse LOADING", text)
    assert "PREFLIGHT" not in str(workspace.query("show schemas in account"))
