"""The dbt project keeps its own rules; read from dbt's manifest, without a warehouse."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
TRANSFORM = ROOT / "transform"

RAW_STREAMS = {
    "streaming_app": {
        "plans",
        "users",
        "profiles",
        "subscriptions",
        "titles",
        "viewing_sessions",
        "ratings",
        "watchlist_items",
    },
    "tmdb": {
        "tmdb_genres",
        "tmdb_movies",
        "tmdb_tv",
        "tmdb_watch_providers",
        "tmdb_watch_offers",
        "tmdb_trending",
        "tmdb_seasons",
        "tmdb_episodes",
        "tmdb_charts",
    },
    "tvmaze": {"tvmaze_shows", "tvmaze_seasons", "tvmaze_episodes", "tvmaze_schedule"},
    "streaming_availability": {"sa_services", "sa_top", "sa_changes", "sa_offers"},
    "watchmode": {"watchmode_sources", "watchmode_titles", "watchmode_releases"},
    "pipeline": {"runs"},
}
# Platforms whose key is optional: without one their tables are empty.
OPTIONAL = {"streaming_availability", "watchmode"}
# Not read from anywhere: the pipeline tells of itself.
OWN = "pipeline"
# Changes so seldom that its age says nothing: only changes are loaded.
SELDOM = "plans"
# The list of offers inside a row is a staging model of its own, and so are the sessions of late.
READ_TWICE = {"watchmode_titles", "viewing_sessions"}
NAMES = {
    "staging": r"stg_(?P<folder>[a-z_]+?)__[a-z_]+s",
    # The one row that says how far the data reach is named for what it holds.
    "intermediate": r"int_(?:[a-z_]+ed|data_as_of)",
    "core": r"(?:dim|fct|bridge)_[a-z_]+(?:s|availability)",
    "engagement": r"(?!dim_|fct_|stg_|int_)[a-z_]+",
    "business": r"(?!dim_|fct_|stg_|int_)[a-z_]+",
    "realtime": r"(?!dim_|fct_|stg_|int_)[a-z_]+",
    "quality": r"(?!dim_|fct_|stg_|int_)[a-z_]+",
    "operations": r"fct_[a-z_]+s",
}
# What a layer may read: its parents' layers, "source" being the raw tables.
MAY_READ = {
    "staging": {"source"},
    "intermediate": {"staging", "intermediate", "seed", "snapshot"},
    "marts": {"intermediate", "marts"},
}


@pytest.fixture(scope="session")
def models(manifest: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {
        key: node for key, node in manifest["nodes"].items() if node["resource_type"] == "model"
    }


@pytest.fixture(scope="session")
def tests_of(manifest: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """Return the generic tests of each model, by the model's unique id."""
    found: dict[str, list[dict[str, Any]]] = {}
    for node in manifest["nodes"].values():
        if node["resource_type"] == "test" and node.get("attached_node"):
            found.setdefault(node["attached_node"], []).append(node["test_metadata"])
    return found


def layer(node: dict[str, Any]) -> str:
    kind = str(node["resource_type"])
    return str(node["fqn"][1]) if kind == "model" else kind


def test_every_raw_stream_has_a_source_and_a_staging_model(manifest: dict[str, Any]) -> None:
    sources = {
        key: (source["source_name"], source["name"]) for key, source in manifest["sources"].items()
    }
    assert set(sources.values()) == {
        (source, stream) for source, streams in RAW_STREAMS.items() for stream in streams
    }
    for key, (_, stream) in sources.items():
        readers = [child for child in manifest["child_map"][key] if child.startswith("model.")]
        assert len(readers) == 1 + (stream in READ_TWICE), key
        assert {layer(manifest["nodes"][reader]) for reader in readers} == {"staging"}


def test_sources_say_how_fresh_they_must_be(manifest: dict[str, Any]) -> None:
    for source in manifest["sources"].values():
        own = source["source_name"] == OWN
        assert source["loaded_at_field"] == ("loaded_at" if own else "_sdc_batched_at")
        if own or source["name"] == SELDOM or source["source_name"] in OPTIONAL:
            assert source["freshness"] is None
        else:
            assert source["freshness"]["warn_after"]["count"]
            assert source["freshness"]["error_after"]["count"]
        assert source["loader"]
        assert source["database"] == "RAW"


def test_the_streams_that_are_loaded_are_the_ones_declared(
    manifest: dict[str, Any], tap_streaming_catalog: dict[str, Any]
) -> None:
    declared = yaml.safe_load((ROOT / "extract" / "extractors.meltano.yml").read_text())
    tap = next(item for item in declared["plugins"]["extractors"] if item["name"] == "tap-postgres")
    assert tap["load_schema"] == "streaming_app"
    selected = {rule.partition(".")[0] for rule in tap["select"] if not rule.startswith("!")}
    assert {stream.removeprefix("app-") for stream in selected} == RAW_STREAMS["streaming_app"]
    # tap-streaming is declared with all its streams, and each source with all their columns.
    columns = {
        source["name"]: {name for name in source["columns"] if not name.startswith("_sdc_")}
        for source in manifest["sources"].values()
        if source["source_name"] not in ("streaming_app", OWN)
    }
    assert columns == {
        stream["tap_stream_id"]: {
            name for name in stream["schema"]["properties"] if not name.startswith("_sdc_")
        }
        for stream in tap_streaming_catalog["streams"]
    }


def test_layers_read_only_the_layers_below(
    manifest: dict[str, Any], models: dict[str, dict[str, Any]]
) -> None:
    nodes = manifest["nodes"] | manifest["sources"]
    for model in models.values():
        for parent in model["depends_on"]["nodes"]:
            assert layer(nodes[parent]) in MAY_READ[layer(model)], (model["name"], parent)


def test_models_are_named_after_their_folder(models: dict[str, dict[str, Any]]) -> None:
    for model in models.values():
        folder = model["fqn"][2] if layer(model) == "marts" else layer(model)
        named = re.fullmatch(NAMES[folder], model["name"])
        assert named, model["name"]
        if layer(model) == "staging":
            assert named["folder"] == model["fqn"][2]


def test_every_model_and_column_is_described(
    manifest: dict[str, Any], models: dict[str, dict[str, Any]]
) -> None:
    bare = [
        f"{node['name']}.{column['name']}" if column else node["name"]
        for node in (*models.values(), *manifest["sources"].values())
        for column in (None, *node["columns"].values())
        if not (column or node)["description"].strip()
    ]
    assert not bare
    assert all(model["columns"] for model in models.values())


def test_everything_else_is_described(manifest: dict[str, Any]) -> None:
    ours = [
        node
        for kind in ("nodes", "macros", "exposures", "metrics", "unit_tests", "saved_queries")
        for node in manifest[kind].values()
        if node["package_name"] == "streaming_analytics"
        # A test that is attached to a column says what it is by its name, as does a hook.
        and node["resource_type"] not in ("model", "operation")
        and not node.get("test_metadata")
    ]
    assert {node["resource_type"] for node in ours} >= {"seed", "snapshot", "macro", "metric"}
    bare = {node["unique_id"] for node in ours if not (node["description"] or "").strip()}
    for node in ours:
        parts = (*node.get("arguments", []), *node.get("columns", {}).values())
        if any(not (part["description"] or "").strip() for part in parts):
            bare.add(node["unique_id"])
    assert not bare


def test_nothing_that_is_built_depends_on_the_clock(manifest: dict[str, Any]) -> None:
    """What is made of unchanged sources is the same tomorrow: dbt:build-changed relies on it."""
    clock = re.compile(
        r"\b(current_(date|time|timestamp)|(local|sys)time(stamp)?|sysdate|getdate|run_started_at)\b"
        r"|\bnow\(|modules\.datetime",
        re.IGNORECASE,
    )
    assert clock.search("sysdate()")
    code = {
        node["name"]: node.get("raw_code") or node["macro_sql"]
        for node in (*manifest["nodes"].values(), *manifest["macros"].values())
        if node["package_name"] == "streaming_analytics" and node["resource_type"] != "seed"
    }
    assert {name for name, sql in code.items() if clock.search(sql)} == {"run_timestamp"}
    for node in manifest["nodes"].values():
        # That stamp says when a row was written, in columns that say nothing else.
        for column in re.findall(r"run_timestamp\(\).*?\bas (\w+)", node["raw_code"], re.DOTALL):
            meta = node["columns"][column]["config"]["meta"]
            assert meta.get("audit"), f"{node['name']}.{column}"


def test_what_is_compared_by_its_existence_is_read_by_views_alone(manifest: dict[str, Any]) -> None:
    """A table or snapshot of it would miss new rows: dbt:build-changed does not look for them."""
    waiting = [
        key
        for key, source in manifest["sources"].items()
        if source["config"]["meta"].get("compared_by") == "existence"
    ]
    assert waiting
    while waiting:
        key = waiting.pop()
        waiting += manifest["child_map"][key]
        if key.startswith(("model.", "snapshot.")):
            assert manifest["nodes"][key]["config"]["materialized"] == "view", key


def test_seeds_describe_the_columns_they_have(manifest: dict[str, Any]) -> None:
    for node in manifest["nodes"].values():
        if node["resource_type"] == "seed":
            head, _, _ = (TRANSFORM / node["original_file_path"]).read_text().partition("\n")
            assert list(node["columns"]) == head.split(","), node["name"]


def test_macros_describe_the_arguments_they_take(manifest: dict[str, Any]) -> None:
    for node in manifest["macros"].values():
        if node["package_name"] != "streaming_analytics" or node["name"].startswith("test_"):
            continue
        head = re.search(rf"macro {node['name']}\((.*?)\)", node["macro_sql"])
        assert head, node["name"]
        taken = [word.partition("=")[0].strip() for word in head[1].split(",") if word.strip()]
        assert [argument["name"] for argument in node["arguments"]] == taken, node["name"]


def test_staging_describes_the_columns_it_selects(models: dict[str, dict[str, Any]]) -> None:
    for model in models.values():
        if layer(model) == "staging":
            selected = model["raw_code"].split("renamed as (\n\n    select\n")[1]
            lines = re.split(r"    from \w+\n", selected)[0].splitlines()
            columns = [line.rstrip(",").split()[-1] for line in lines]
            assert columns[-3:] == ["loaded_at", "deleted_at", "is_deleted"]
            if model["config"]["materialized"] == "incremental":
                columns.append("processed_at")
            assert list(model["columns"]) == columns


def test_descriptions_of_models_start_with_their_grain(models: dict[str, dict[str, Any]]) -> None:
    for model in models.values():
        assert model["description"].startswith("One row per "), model["name"]


def test_incremental_models_replace_groups_and_say_when(
    models: dict[str, dict[str, Any]],
) -> None:
    for model in models.values():
        if model["config"]["materialized"] == "incremental":
            assert model["config"]["incremental_strategy"] == "replace_groups", model["name"]
            assert model["config"]["on_schema_change"] == "fail", model["name"]
            assert model["config"]["unique_key"], model["name"]
            assert list(model["columns"])[-1] == "processed_at", model["name"]
            assert model["columns"]["processed_at"]["config"]["meta"]["audit"], model["name"]


def test_every_model_has_a_tested_key(
    models: dict[str, dict[str, Any]], tests_of: dict[str, list[dict[str, Any]]]
) -> None:
    for key, model in models.items():
        keys = [test for test in tests_of.get(key, []) if test["name"] == "primary_key"]
        assert len(keys) == 1, model["name"]
        for column in keys[0]["kwargs"]["columns"]:
            assert column in model["columns"], (model["name"], column)


def test_the_fact_is_tied_to_its_dimensions(
    tests_of: dict[str, list[dict[str, Any]]], models: dict[str, dict[str, Any]]
) -> None:
    for key, model in models.items():
        if layer(model) != "marts" or model["name"].startswith("dim_"):
            continue
        tied = {
            test["kwargs"]["column_name"]
            for test in tests_of[key]
            if test["name"] == "relationships"
        }
        wanted = {"title_key", "user_id"} & set(model["columns"])
        assert wanted <= tied, model["name"]


def test_only_marts_are_public_and_under_contract(models: dict[str, dict[str, Any]]) -> None:
    for model in models.values():
        is_mart = layer(model) == "marts"
        assert model["contract"]["enforced"] is is_mart, model["name"]
        assert (model["access"] == "public") is is_mart, model["name"]
        assert bool(model["group"]) is is_mart, model["name"]
        if is_mart:
            assert all(column["data_type"] for column in model["columns"].values())
            assert model["patch_path"].endswith(f"/{model['name']}.yml")


def test_personal_data_stays_out_of_the_marts(models: dict[str, dict[str, Any]]) -> None:
    personal = {
        column["name"]
        for model in models.values()
        for column in model["columns"].values()
        if column["config"]["meta"].get("personal_data")
    }
    assert {"email_sha256", "birth_date", "ip_address"} <= personal
    for model in models.values():
        if layer(model) == "marts":
            assert not personal & set(model["columns"]), model["name"]


def test_trending_is_cheap(manifest: dict[str, Any], models: dict[str, dict[str, Any]]) -> None:
    tagged = {key: model for key, model in models.items() if "trending" in model["tags"]}
    kinds = {model["name"]: model["config"]["materialized"] for model in tagged.values()}
    assert kinds == {
        "stg_streaming_app__recent_sessions": "view",
        "stg_tmdb__trending_titles": "view",
        "int_recent_sessions_judged": "view",
        "int_trending_titles_pivoted": "view",
        "trending_now": "table",
    }
    # What it reads and does not build are tables that the hourly run replaces in one statement.
    read = {parent for model in tagged.values() for parent in model["depends_on"]["nodes"]}
    outside = {manifest["nodes"][key]["name"] for key in read - tagged.keys() if key in models}
    assert outside == {"dim_titles", "fct_trending_ranks"}
    for key in read - tagged.keys():
        if key in models:
            assert models[key]["config"]["materialized"] == "table", key


def test_no_other_model_reads_the_table_of_the_five_minute_run(manifest: dict[str, Any]) -> None:
    (key,) = (key for key, node in manifest["nodes"].items() if node["name"] == "trending_now")
    assert not [child for child in manifest["child_map"][key] if child.startswith("model.")]


def test_profiles_have_one_shape_and_no_password() -> None:
    profiles = yaml.safe_load((TRANSFORM / "profiles.yml").read_text())
    outputs = profiles["streaming"]["outputs"]
    declared = {
        environment["name"]
        for path in (ROOT / "orchestrate" / "environments").glob("*.meltano.yml")
        for environment in yaml.safe_load(path.read_text())["environments"]
    }
    assert set(outputs) == declared
    shapes = {json.dumps(output, sort_keys=True) for output in outputs.values()}
    assert len(shapes) == 1
    assert "password" not in shapes.pop()


def test_dbt_cloud_can_set_what_the_project_reads() -> None:
    files = [path for kind in ("sql", "yml") for path in TRANSFORM.rglob(f"*.{kind}")]
    used = {
        name
        for path in files
        if path.name != "profiles.yml" and "target" not in path.relative_to(TRANSFORM).parts
        for name in re.findall(r"env_var\('(\w+)'", path.read_text())
    }
    assert used == {"DBT_RAW_DATABASE"}, "dbt Cloud takes variables that begin with DBT_ only"
    assert "`DBT_RAW_DATABASE`" in (TRANSFORM / "dbt_cloud" / "README.md").read_text()


def test_profiles_read_what_the_plugin_sets() -> None:
    used = set(re.findall(r"env_var\('(\w+)'", (TRANSFORM / "profiles.yml").read_text()))
    for path in TRANSFORM.glob("models/**/*.yml"):
        used |= set(re.findall(r"env_var\('(\w+)'", path.read_text()))
    declared = yaml.safe_load((TRANSFORM / "utilities.meltano.yml").read_text())
    dbt, *_ = declared["plugins"]["utilities"]
    assert used <= {setting.get("env") for setting in dbt["settings"]}


def test_every_command_of_the_plugin_names_a_selector_that_exists() -> None:
    declared = yaml.safe_load((TRANSFORM / "utilities.meltano.yml").read_text())
    dbt, *_ = declared["plugins"]["utilities"]
    selectors = {
        item["name"]
        for item in yaml.safe_load((TRANSFORM / "selectors.yml").read_text())["selectors"]
    }
    asked = {
        command["args"].split("--selector ")[1].split()[0]
        for command in dbt["commands"].values()
        if "--selector " in command["args"]
    }
    assert asked <= selectors


def test_nothing_is_fetched_from_a_package_hub() -> None:
    assert not list(TRANSFORM.glob("packages.y*ml"))
    assert not list(TRANSFORM.glob("dependencies.y*ml"))
