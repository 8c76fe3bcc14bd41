"""The declarations agree with each other, with the tap, and with what a person is told."""

from __future__ import annotations

import json
import re
from importlib import resources
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from tap_postgres_bulk.tap import SETTINGS

if TYPE_CHECKING:
    from collections.abc import Iterator

VARIABLE = re.compile(r"\$\{(\w+)\}|\$(\w+)")
# Meltano's words for the types of settings; text has none. Meltano cannot hand over a decimal.
KINDS = {"integer": "integer", "number": "integer", "array": "array", "boolean": "boolean"}


def scalars(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for item in value.values():
            yield from scalars(item)
    elif isinstance(value, list):
        for item in value:
            yield from scalars(item)
    else:
        yield str(value)


def variables(value: Any) -> set[str]:
    found = {name for text in scalars(value) for pair in VARIABLE.findall(text) for name in pair}
    return {name for name in found if name and not name.startswith("MELTANO_")}


def test_meltano_accepts_every_file(declarations) -> None:
    schema = json.loads(
        resources.files("meltano").joinpath("schemas/meltano.schema.json").read_text()
    )
    for path, content in declarations.files.items():
        errors = list(jsonschema.Draft7Validator(schema).iter_errors(content))
        assert not errors, f"{path}: {errors[0].message}"


def test_meltano_yml_holds_settings_only(declarations) -> None:
    path = declarations.root / "meltano.yml"
    assert len(path.read_text().splitlines()) <= 30
    assert not {"plugins", "jobs", "schedules", "environments"} & set(
        next(iter(declarations.files.values()))
    )


def test_nothing_asks_the_hub(declarations) -> None:
    for plugin in declarations.plugins.values():
        assert "variant" not in plugin
        assert "namespace" in plugin or "inherit_from" in plugin, plugin["name"]


def test_every_job_names_real_plugins_and_commands(declarations) -> None:
    for job in declarations.merged["jobs"]:
        for task in job["tasks"]:
            for block in task.split():
                name, _, command = block.partition(":")
                assert name in declarations.plugins, f"{job['name']}: {block}"
                if command:
                    assert command in declarations.plugins[name]["commands"], block


def test_every_schedule_names_a_job(declarations) -> None:
    jobs = {job["name"] for job in declarations.merged["jobs"]}
    assert {schedule["job"] for schedule in declarations.merged["schedules"]} <= jobs


def test_every_plugin_is_pinned(declarations) -> None:
    folder = "$MELTANO_PROJECT_ROOT/plugins/requirements"
    for plugin in declarations.plugins.values():
        if "inherit_from" in plugin:
            continue
        # Only what the file lists, with its hashes; and it is built with nothing else.
        pins = f"-r {folder}/{plugin['name']}.txt --no-deps -b {folder}/build.txt"
        assert plugin["pip_url"].partition(" -e ")[0] == pins
        assert (declarations.root / f"plugins/requirements/{plugin['name']}.txt").exists()


def test_environments_set_declared_settings_only(declarations) -> None:
    for environment in declarations.environments:
        for name, config in declarations.environment_config(environment).items():
            declared = {setting["name"] for setting in declarations.plugins[name]["settings"]}
            assert set(config) <= declared, f"{environment}: {name}"


def test_local_and_ci_differ_in_nothing_but_the_name(declarations) -> None:
    assert declarations.environment_config("local") == declarations.environment_config("ci")
    assert list(declarations.environments) == ["ci", "local", "prod", "staging"]


def test_passwords_are_not_a_way_into_snowflake(declarations) -> None:
    for name in ("target-snowflake", "dbt"):
        assert "password" not in {
            setting["name"] for setting in declarations.plugins[name]["settings"]
        }


def test_env_example_lists_every_variable_and_no_other(declarations) -> None:
    text = (declarations.root / ".env.example").read_text()
    listed = set(re.findall(r"^(\w+)=", text, flags=re.MULTILINE))
    own = {"MELTANO_ENVIRONMENT", "MELTANO_DATABASE_URI"}
    assert listed == variables(declarations.merged) | own
    filled = dict(re.findall(r"^(\w+)=(.+)$", text, flags=re.MULTILINE))
    assert filled == {"MELTANO_ENVIRONMENT": "prod", "POSTGRES_PORT": "5432"}


def test_required_settings_are_declared(declarations) -> None:
    for plugin in declarations.plugins.values():
        declared = {setting["name"] for setting in plugin.get("settings", [])}
        for group in plugin.get("settings_group_validation", []):
            assert set(group) <= declared, plugin["name"]


def test_every_setting_has_a_label(declarations) -> None:
    for plugin in declarations.plugins.values():
        for setting in plugin.get("settings", []):
            assert setting.get("label"), f"{plugin['name']}.{setting['name']}"


def test_the_tap_and_its_declaration_have_the_same_settings(
    declarations,
    tap_streaming_about: dict[str, Any],
) -> None:
    declared = {s["name"]: s for s in declarations.plugins["tap-streaming"]["settings"]}
    # The SDK adds these to every tap; Meltano users rarely set them.
    built_in = {
        "stream_maps",
        "stream_map_config",
        "faker_config",
        "batch_config",
        "flattening_enabled",
        "flattening_max_depth",
        "flattening_max_key_length",
        "flattening_separator",
    }
    properties = tap_streaming_about["settings"]["properties"]
    own = {name: value for name, value in properties.items() if name not in built_in}
    assert set(declared) == set(own)
    for name, setting in declared.items():
        assert bool(setting.get("sensitive")) == bool(own[name].get("secret")), name
        assert setting["label"] == own[name]["title"], name
        assert setting["description"] == own[name]["description"], name
        assert setting.get("kind") == KINDS.get(own[name]["type"][0]) or (
            setting["kind"] == "date_iso8601" and own[name]["format"] == "date"
        ), name


def test_the_settings_that_are_ours_are_declared_as_the_tap_has_them(declarations) -> None:
    declared = {s["name"]: s for s in declarations.plugins["tap-postgres"]["settings"]}
    for name, setting in SETTINGS.items():
        assert declared[name]["label"] == setting["title"], name
        assert declared[name]["description"] == setting["description"], name
        assert declared[name]["kind"] == setting["type"][0], name


@pytest.mark.parametrize("environment", ["local", "ci", "staging", "prod"])
def test_reconcile_signs_in_where_the_tap_and_the_loader_do(declarations, environment: str) -> None:
    changed = declarations.environment_config(environment)
    own, tap, target = (
        {**declarations.plugins[name]["config"], **changed.get(name, {})}
        for name in ("reconcile", "tap-postgres", "target-snowflake")
    )
    for name in ("host", "port", "password"):
        assert own[name] == tap[name], name
    assert (own["dbname"], own["dbuser"]) == (tap["database"], tap["user"])
    for name in target.keys() & own.keys():
        assert own[name] == target[name], name
    assert own["raw_schema"] == declarations.plugins["tap-postgres"]["load_schema"]
    assert [own["schema"]] == tap["filter_schemas"]


def test_postgres_streams_are_incremental_and_without_password_hashes(declarations) -> None:
    tap = declarations.plugins["tap-postgres"]
    assert all(rule.lstrip("!").startswith("app-") for rule in tap["select"])
    assert tap["metadata"] == {
        "app-*": {"replication-method": "INCREMENTAL", "replication-key": "updated_at"}
    }
    assert "!app-users.password_hash" in tap["select"]
    assert tap["config"]["stream_maps"]["app-users"]["email"] == "__NULL__"
    assert tap["env"] == {"PGTZ": "UTC"}, "timestamps are loaded without their offset"


@pytest.mark.parametrize("environment", ["staging", "prod"])
def test_production_differs_from_local_in_values_only(declarations, environment: str) -> None:
    for name, config in declarations.environment_config(environment).items():
        assert set(config) <= set(declarations.plugins[name]["config"]), name


@pytest.mark.parametrize("environment", ["local", "ci", "staging", "prod"])
def test_run_records_signs_in_as_the_loader_does(declarations, environment: str) -> None:
    changed = declarations.environment_config(environment)
    own, target = (
        {**declarations.plugins[name]["config"], **changed.get(name, {})}
        for name in ("run-records", "target-snowflake")
    )
    for name in target.keys() & own.keys():
        assert own[name] == target[name], name


def test_every_job_ends_with_the_record_of_its_run(declarations) -> None:
    for job in declarations.merged["jobs"]:
        assert job["tasks"][-1] == "run-records:load", job["name"]


def test_logs_are_structured_where_they_are_collected(declarations) -> None:
    formats = {
        name: environment.get("annotations", {}).get("logs", {}).get("format")
        for name, environment in declarations.environments.items()
    }
    assert formats == {"local": None, "ci": None, "staging": "json", "prod": "json"}
