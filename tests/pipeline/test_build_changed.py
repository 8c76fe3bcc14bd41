"""Only what depends on changed sources is built, and nothing is forgotten on the way."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from dbt_changed.build import build_changed
from dbt_changed.errors import DbtChangedError
from dbt_changed.project import FOLDERS, ComparedBy, Project, Source
from dbt_changed.warehouse import TABLE, Warehouse
from sandbox import environment
from sandbox.warehouse import client

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from workspace import Workspace

pytestmark = pytest.mark.pipeline

BUILT = ("model", "seed", "snapshot")
RAW, MARTS = "CHANGED_RAW", "CHANGED"
TABLES = {
    "app.ratings": "streaming_app.ratings",
    "tmdb.genres": "streaming_platforms.tmdb_genres",
    "tmdb.movies": "streaming_platforms.tmdb_movies",
    "tmdb.seasons": "streaming_platforms.tmdb_seasons",
    "tmdb.trending": "streaming_platforms.tmdb_trending",
}
READINGS = {"tmdb.seasons": ("show_id",), "tmdb.trending": ("time_window", "media_type")}
SOURCES = [
    Source(
        name,
        f"{RAW}.{table}",
        ComparedBy.CONTENT if name.startswith("tmdb.") else ComparedBy.LOAD,
        "snapshot_at" if name in READINGS else None,
        READINGS.get(name, ()),
    )
    for name, table in TABLES.items()
]
SOURCES.append(Source("pipeline.runs", f"{RAW}.pipeline.runs", ComparedBy.EXISTENCE))
ONE = (
    "where (profile_id, title_id) in "
    "(select profile_id, title_id from raw.streaming_app.ratings order by 1, 2 limit 1)"
)
A_FILM = "(select max(id) from raw.streaming_platforms.tmdb_movies)"
A_SHOW = "show_id = (select min(show_id) from raw.streaming_platforms.tmdb_seasons)"
AGAIN = "_sdc_batched_at = sysdate()"
LATER = f"{AGAIN}, snapshot_at = dateadd('hour', 1, snapshot_at::timestamp_ntz)"


@dataclass
class FakeDbt:
    """Ends as it is told, and remembers what it was asked for."""

    code: int = 0
    meanwhile: Callable[[], object] = lambda: None
    asked: list[tuple[str, ...]] = field(default_factory=list)

    def sources(self) -> list[Source]:
        return SOURCES

    def dbt(self, *arguments: str) -> int:
        self.asked.append(arguments)
        if arguments[0] == "build":
            self.meanwhile()
            return self.code
        return 0

    @property
    def selected(self) -> list[str] | None:
        """The sources whose descendants were built; empty if everything was, none if nothing."""
        if not self.asked:
            return None
        _, _, selection = " ".join(self.asked[-1]).partition("--select ")
        return selection.split()


@dataclass
class Bench:
    """Copies of raw tables to change, and the command on them without a dbt."""

    warehouse: Warehouse
    connection: Any

    def sql(self, statement: str) -> list[tuple[Any, ...]]:
        with self.connection.cursor() as cursor:
            cursor.execute(statement)
            return [tuple(row) for row in cursor.fetchall()]

    def build(self, fingerprint: str = "one", **dbt: Any) -> FakeDbt:
        fake = FakeDbt(**dbt)
        build_changed(fake, fingerprint, self.warehouse, lambda _: None)
        return fake


def variables(workspace: Workspace, raw: str, marts: str) -> dict[str, str]:
    """Return what Meltano hands to the command."""
    given = environment.variables(workspace.settings)
    return {
        "SNOWFLAKE_ACCOUNT": "sandbox",
        "SNOWFLAKE_USER": "sandbox",
        "SNOWFLAKE_ROLE": "TRANSFORMER",
        "SNOWFLAKE_WAREHOUSE": "TRANSFORMING",
        "SNOWFLAKE_PRIVATE_KEY_PATH": given["DBT_PRIVATE_KEY_PATH"],
        "HTTPS_PROXY": given["DBT_HTTPS_PROXY"],
        "REQUESTS_CA_BUNDLE": given["DBT_CA_BUNDLE"],
        "NO_PROXY": "localhost,127.0.0.1",
        "DBT_RAW_DATABASE": raw,
        "DBT_DATABASE": marts,
        "DBT_SCHEMA": "STREAMING",
    }


@pytest.fixture(scope="module")
def bench(built_workspace: Workspace) -> Iterator[Bench]:
    with (
        pytest.MonkeyPatch.context() as patch,
        client.connect(built_workspace.settings, role="ACCOUNTADMIN") as connection,
    ):
        for name, value in variables(built_workspace, RAW, MARTS).items():
            patch.setenv(name, value)
        with Warehouse() as warehouse:
            made = Bench(warehouse, connection)
            for database in (RAW, MARTS):
                made.sql(f"create or replace database {database}")
            made.sql(f"create schema {MARTS}.streaming_staging")
            for schema in ("pipeline", "streaming_app", "streaming_platforms"):
                made.sql(f"create schema {RAW}.{schema}")
            for table in TABLES.values():
                made.sql(f"create table {RAW}.{table} as select * from raw.{table}")
            yield made
        for database in (RAW, MARTS):
            made.sql(f"drop database {database}")


def test_everything_is_built_once_and_then_nothing(bench: Bench) -> None:
    first = bench.build()
    assert [command for command, *_ in first.asked] == ["parse", "build"]
    assert first.selected == []
    assert bench.build().selected is None
    assert bench.build("two").selected == [], "another project"
    assert bench.build("two").selected is None


@pytest.mark.parametrize(
    ("source", "change", "is_new"),
    [
        # Landed after a batch that was stamped later: the newest stamp stays what it is.
        ("app.ratings", f"_sdc_batched_at = dateadd('minute', -1, _sdc_batched_at) {ONE}", True),
        ("app.ratings", f"_sdc_deleted_at = sysdate() {ONE}", True),
        ("app.ratings", f"_sdc_deleted_at = null {ONE}", True),
        ("tmdb.genres", AGAIN, False),
        ("tmdb.genres", f"{AGAIN}, name = 'Western' where name = 'Drama'", True),
        ("tmdb.movies", f"{AGAIN}, _sdc_deleted_at = sysdate() where id = {A_FILM}", True),
        # Every list is read an hour later, and says what it said, or has another title.
        ("tmdb.trending", LATER, False),
        ("tmdb.trending", f"{LATER}, id = id + 1 where rank = 1 and media_type = 'tv'", True),
        # A series is read again as a whole, and then again but for a season that is gone.
        ("tmdb.seasons", f"{LATER} where {A_SHOW}", False),
        ("tmdb.seasons", f"{LATER} where {A_SHOW} and season_number > 1", True),
    ],
)
def test_what_counts_as_a_change(bench: Bench, source: str, change: str, *, is_new: bool) -> None:
    bench.build()
    ((rows, *_),) = bench.sql(f"update {RAW}.{TABLES[source]} set {change}")
    assert rows, "nothing was changed"
    assert bench.build().selected == ([f"source:{source}+"] if is_new else None)
    assert bench.build().selected is None or not is_new


def test_removed_rows_and_added_columns_count(bench: Bench) -> None:
    bench.build()
    bench.sql(f"delete from {RAW}.{TABLES['app.ratings']} {ONE}")
    assert bench.build().selected == ["source:app.ratings+"]
    genres = f"{RAW}.{TABLES['tmdb.genres']}"
    bench.sql(f"alter table {genres} add column note varchar")
    assert bench.build().selected is None, "no row has been loaded with it"
    bench.sql(f"update {genres} set {AGAIN}, note = 'x'")
    assert bench.build().selected == ["source:tmdb.genres+"]


def test_a_table_that_views_read_counts_when_it_is_made(bench: Bench) -> None:
    bench.build()
    bench.sql(f"create table {RAW}.pipeline.runs as select 1 as run_id")
    assert bench.build().selected == ["source:pipeline.runs+"]
    bench.sql(f"insert into {RAW}.pipeline.runs values (2)")
    assert bench.build().selected is None


def test_what_a_failed_build_has_seen_is_built_again(bench: Bench) -> None:
    bench.build()
    bench.sql(f"update {RAW}.streaming_app.ratings set _sdc_deleted_at = sysdate()")
    for _ in range(2):
        with pytest.raises(DbtChangedError, match="'dbt build' ended with 2") as caught:
            bench.build(code=2)
        assert caught.value.exit_code == 2
    assert bench.build().selected == ["source:app.ratings+"]
    assert bench.build().selected is None


def test_what_is_loaded_during_a_build_is_new_afterwards(bench: Bench) -> None:
    bench.build()
    mark = f"update {RAW}.streaming_app.ratings set _sdc_deleted_at = sysdate()"
    bench.sql(f"update {RAW}.{TABLES['tmdb.movies']} set {AGAIN}, popularity = popularity + 1")
    during = bench.build(meanwhile=lambda: bench.sql(mark))
    assert during.selected == ["source:tmdb.movies+"]
    assert bench.build().selected == ["source:app.ratings+"]


def test_a_record_of_another_release_is_replaced(bench: Bench) -> None:
    bench.build()
    table = f"{MARTS}.streaming_staging.{TABLE}"
    bench.sql(f"create or replace table {table} as select 'one' as project")
    assert bench.build().selected == []
    assert bench.build().selected is None


def test_a_source_that_is_gone_is_named(bench: Bench) -> None:
    bench.build()
    bench.sql(f"alter table {RAW}.streaming_app.ratings rename to {RAW}.streaming_app.kept")
    try:
        with pytest.raises(Exception, match=r"(?i)ratings.*does not exist"):
            bench.build()
    finally:
        bench.sql(f"alter table {RAW}.streaming_app.kept rename to {RAW}.streaming_app.ratings")


def test_whatever_may_change_a_model_changes_the_fingerprint(
    workspace: Workspace, tmp_path: Path
) -> None:
    folder = tmp_path / "transform"
    ignored = shutil.ignore_patterns("target", "logs")
    shutil.copytree(workspace.folder / "transform", folder, ignore=ignored)
    declared = yaml.safe_load((folder / "dbt_project.yml").read_text())
    assert sorted(FOLDERS) == sorted(
        path for name, paths in declared.items() if name.endswith("-paths") for path in paths
    )
    project = Project(folder)
    seen = {project.fingerprint("RAW"), project.fingerprint("RAW", "dbt-core 2")}
    for name in (
        "dbt_project.yml", "models/marts/core/fct_ratings.sql", "macros/watermark.sql",
        "seeds/planning_rates.csv", "snapshots/_snapshots.yml",
    ):  # fmt: skip
        with (folder / name).open("a") as file:
            file.write("\n")
        seen.add(project.fingerprint("RAW"))
    (folder / "models/marts/core/fct_ratings.sql").rename(folder / "models/fct_ratings.sql")
    seen.add(project.fingerprint("RAW"))
    assert len(seen) == 8
    (folder / "README.md").write_text("no part of it")
    assert project.fingerprint("RAW") in seen
    with pytest.raises(DbtChangedError, match="DBT_PROJECT_DIR"):
        Project(tmp_path).fingerprint()


def descendants(manifest: dict[str, Any], source: str) -> set[str]:
    found = {source}
    waiting = [source]
    while waiting:
        for child in manifest["child_map"][waiting.pop()]:
            if child not in found:
                found.add(child)
                waiting.append(child)
    return found


def versions_of_dbt(workspace: Workspace) -> list[str]:
    """Ask the environment that the command runs in."""
    asked = "from dbt_changed.project import dbt_versions; print(*dbt_versions(), sep='\\n')"
    done = subprocess.run(
        [workspace.dbt_python, "-c", asked], capture_output=True, text=True, check=True
    )
    return done.stdout.splitlines()


def test_with_dbt_and_meltano(built_workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """A quiet hour builds nothing; one source builds what depends on it and nothing else."""
    workspace = built_workspace
    project = Project(workspace.folder / "transform")
    target = project.folder / "target"
    manifest = json.loads((target / "manifest.json").read_text())
    for name, value in variables(workspace, "RAW", "ANALYTICS").items():
        monkeypatch.setenv(name, value)
    with Warehouse() as warehouse:  # as if the build that has just been had been this command's
        fingerprint = project.fingerprint("RAW", *versions_of_dbt(workspace))
        warehouse.record(fingerprint, warehouse.versions(project.sources(), {}))

    # As every run loads them: nothing in them is new.
    workspace.query("update raw.streaming_platforms.tmdb_genres set _sdc_batched_at = sysdate()")
    (target / "run_results.json").unlink()
    said = workspace.succeed("meltano", "run", "dbt:build-changed")
    assert "none of 29 sources has changed" in said
    assert not (target / "run_results.json").exists(), "dbt was started"

    workspace.query(f"update raw.streaming_app.ratings set _sdc_batched_at = sysdate() {ONE}")
    said = workspace.succeed("meltano", "run", "dbt:build-changed")
    assert "building what depends on 1 of 29 sources: streaming_app.ratings" in said
    results = json.loads((target / "run_results.json").read_text())["results"]
    ran = {result["unique_id"] for result in results if result["status"] != "no-op"}
    built = {node for node in ran if manifest["nodes"].get(node, {}).get("resource_type") in BUILT}
    depend = descendants(manifest, "source.streaming_analytics.streaming_app.ratings")
    assert built == {node for node in depend if node.split(".")[0] in BUILT}
    assert "model.streaming_analytics.fct_ratings" in built
    assert "model.streaming_analytics.fct_plays" not in built
    assert any(node.startswith("test.") for node in ran)
    with Warehouse() as warehouse:
        last = warehouse.last_build()
        assert last
        assert warehouse.versions(last.sources, last.sources) == last.sources
