"""Whatever the sources do over six loads, an incremental model equals its full refresh.

Then nothing is left of who was erased: not an id in any mart, and not a minute of the viewing
figures missing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from changes import CHANGES, People, choose, listed, load
from laboratory import Laboratory

if TYPE_CHECKING:
    from pathlib import Path

    from workspace import Workspace

pytestmark = pytest.mark.pipeline

CHECKED_AFTER = (3, 6)
ERASED_IN = 3
# Without the overlap every run would look at all six loads again, and any filter would do.
VARS = ("--vars", "{load_overlap_hours: 0}")
KEPT = "KEPT"
Model = dict[str, Any]


def incremental_models(manifest: dict[str, Any]) -> list[Model]:
    """Return the incremental models that a full refresh makes anew."""
    return [
        node
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model"
        and node["config"]["materialized"] == "incremental"
        and node["config"]["full_refresh"] is not False
    ]


def compared_columns(model: Model) -> str:
    """List the columns that say something of the rows and not of the run that wrote them."""
    return ", ".join(
        column["name"]
        for column in model["columns"].values()
        if not column["config"]["meta"].get("audit")
    )


def keep(lab: Laboratory, models: list[Model]) -> None:
    lab.sql(f"create or replace schema {lab.name}.{KEPT}")
    for model in models:
        lab.sql(
            f"create table {lab.name}.{KEPT}.{model['alias']} as "
            f"select * from {model['relation_name']}"
        )


def put_back(lab: Laboratory, models: list[Model]) -> None:
    for model in models:
        lab.sql(f"delete from {model['relation_name']}")
        lab.sql(
            f"insert into {model['relation_name']} select * from {lab.name}.{KEPT}.{model['alias']}"
        )


def differences(lab: Laboratory, model: Model) -> list[str]:
    """Describe rows that only the incremental or only the full table has, a few of each."""
    columns = compared_columns(model)
    tables = {
        "incremental": f"{lab.name}.{KEPT}.{model['alias']}",
        "full": model["relation_name"],
    }
    found = []
    for one, other in (("incremental", "full"), ("full", "incremental")):
        counted = [
            f"select {columns}, count(*) as copies from {tables[side]} group by {columns}"
            for side in (one, other)
        ]
        rows = lab.sql(f"{counted[0]} except {counted[1]}")
        found += [f"{model['name']}: only {one}, of {len(rows)}: {row}" for row in rows[:3]]
    return found


def assert_equal_to_full_refresh(lab: Laboratory, step: int) -> None:
    models = incremental_models(lab.manifest)
    keep(lab, models)
    lab.dbt.succeed(
        "run", "--full-refresh", "--select", *(model["name"] for model in models), *VARS
    )
    found = [line for model in models for line in differences(lab, model)]
    assert not found, f"after load {step}:\n" + "\n".join(found)
    for model in models:
        assert lab.value(f"select count(*) from {model['relation_name']}") > 0, model["name"]
    put_back(lab, models)


def assert_erased(lab: Laboratory, people: People, watched: dict[str, int]) -> None:
    """Look for the ids of the erased in every column of every mart, and for their minutes."""
    columns = lab.sql(
        f"select table_name, column_name from {lab.name}.information_schema.columns "
        "where table_schema = 'STREAMING' and data_type in ('TEXT', 'VARIANT', 'ARRAY', 'OBJECT')"
    )
    tables: dict[str, list[str]] = {}
    for table, column in columns:
        tables.setdefault(table, []).append(column)
    ids = ", ".join(f"'{identity}'" for identity in people.ids)
    erased = f"(select value::varchar as id from table(flatten(array_construct({ids})))) as erased"
    selects = [
        f"select '{table}.{column}' as place, count(*) as found "
        f"from {lab.name}.streaming.{table} "
        f"inner join {erased} on contains({column}::varchar, erased.id)"
        for table, names in tables.items()
        for column in names
    ]
    places = [
        place
        for start in range(0, len(selects), 60)
        for place, found in lab.sql(" union all ".join(selects[start : start + 60]))
        if found
    ]
    assert not places, "ids of erased people are left in " + ", ".join(places)
    sessions = viewing(lab, f"session_id in {listed(list(watched))}")
    assert {session: seconds for session, seconds, _ in sessions} == watched
    assert all(is_anonymised for _, _, is_anonymised in sessions)


def viewing(lab: Laboratory, where: str) -> list[tuple[str, int, bool]]:
    rows = lab.sql(
        "select session_id, watched_seconds, is_anonymised "
        f"from {lab.name}.streaming.fct_viewing_sessions where {where}"
    )
    assert rows
    return [(str(session), int(seconds), bool(anonymised)) for session, seconds, anonymised in rows]


def test_incremental_models_equal_their_full_refresh(
    loaded_workspace: Workspace, tmp_path: Path
) -> None:
    workspace = loaded_workspace
    with Laboratory(
        workspace.settings, workspace.folder / "transform", workspace.dbt_python, tmp_path, "GOLDEN"
    ) as lab:
        play(lab)


def play(lab: Laboratory) -> None:
    people = choose(lab)
    watched: dict[str, int] = {}
    for step in range(1, 7):
        load(lab, step, people)
        if step == 1:
            lab.build(*VARS)
        else:
            if step == ERASED_IN:
                sessions = viewing(lab, f"profile_id in {listed(people.profiles)}")
                watched = {session: seconds for session, seconds, _ in sessions}
            CHANGES[step](lab, people)
            lab.build(
                "--select", "+config.materialized:incremental",
                "--exclude", "config.materialized:view", "resource_type:seed", *VARS,
            )  # fmt: skip
        if step in CHECKED_AFTER:
            assert_equal_to_full_refresh(lab, step)
    lab.build("--exclude", "config.materialized:view", *VARS)
    assert_erased(lab, people, watched)
