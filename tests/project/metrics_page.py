"""Writes docs/metrics.md from what the dbt project says of its metrics, marts and thresholds."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Json = dict[str, Any]

INTRODUCTION = """\
# Metrics

What each number means. This page is written from the dbt project, and a test compares the two.
Change `transform/models/semantic/`, the YAML of a mart or the vars, then run
`UPDATE_METRICS=1 .venv/bin/pytest tests/project/test_metrics.py`.

Ask for a metric by its name, after `meltano run dbt:build`:

```bash
meltano invoke dbt:metrics
meltano invoke dbt:query --metrics hours_viewed,completion_rate --group-by metric_time__week
meltano invoke dbt:query --metrics viewers --group-by title__title_type,play__device
meltano invoke dbt:query --metrics mrr --group-by metric_time__month --order -metric_time__month
meltano invoke dbt:query --saved-query weekly_viewing
```
"""
NUMBERS = ("number", "float")
AREA = re.compile(r"# \w+\.?")


def render(manifest: Json, project_file: str) -> str:
    """Return the page.

    Args:
        manifest: dbt's manifest.json.
        project_file: Text of dbt_project.yml, whose comments say what the vars are for.

    Returns:
        Markdown, the same for the same project.
    """
    sections = [
        INTRODUCTION,
        *metrics(manifest),
        *sources(manifest),
        *marts(manifest),
        *thresholds(manifest, project_file),
        manifest["docs"]["doc.streaming_analytics.metric_traps"]["block_contents"],
    ]
    return "\n".join(section.rstrip("\n") + "\n" for section in sections)


def metrics(manifest: Json) -> Iterator[str]:
    """Yield a table of metrics for each file that declares some."""
    measures = {
        measure["name"]: (measure, model)
        for model in manifest["semantic_models"].values()
        for measure in model["measures"]
    }
    by_file: dict[str, list[Json]] = {}
    for metric in manifest["metrics"].values():
        by_file.setdefault(metric["path"], []).append(metric)
    for path, listed in sorted(by_file.items()):
        subject = path.rpartition("/")[2].removesuffix(".yml").replace("_", " ")
        yield f"## {subject.capitalize()}\n"
        yield table(
            ("metric", "definition", "unit", "computed as", "thresholds"),
            (
                (
                    f"`{metric['name']}`",
                    definition(metric),
                    metric["config"]["meta"]["unit"],
                    formula(metric, measures),
                    ", ".join(f"`{name}`" for name in metric["config"]["meta"].get("vars", [])),
                )
                for metric in listed
            ),
        )


def definition(metric: Json) -> str:
    """Return the description of a metric, with its trap if it has one."""
    trap = metric["config"]["meta"].get("trap")
    return metric["description"] + (f" **Trap:** {trap}" if trap else "")


def formula(metric: Json, measures: dict[str, tuple[Json, Json]]) -> str:
    """Return how a metric is computed, in terms of other metrics or of a mart's columns."""
    given = metric["type_params"]
    if metric["type"] == "ratio":
        return f"`{given['numerator']['name']}` / `{given['denominator']['name']}`"
    if metric["type"] == "derived":
        return f"`{given['expr']}`"
    measure, model = measures[given["measure"]["name"]]
    said = f"`{measure['agg']}({measure['expr'] or measure['name']})` of `{mart_of(model)}`"
    if measure["non_additive_dimension"]:
        which = {"max": "last", "min": "first"}[measure["non_additive_dimension"]["window_choice"]]
        said += f", at the {which} `{measure['non_additive_dimension']['name']}`"
    for condition in (metric["filter"] or {}).get("where_filters", []):
        said += f", where `{plain(condition['where_sql_template'])}`"
    return said


def plain(condition: str) -> str:
    """Return a filter without its Jinja."""
    return re.sub(r"\{\{ Dimension\('(\w+)'\) \}\}", r"\1", condition)


def mart_of(semantic_model: Json) -> str:
    """Return the mart that a semantic model reads."""
    return str(semantic_model["node_relation"]["alias"]).lower()


def sources(manifest: Json) -> Iterator[str]:
    """Yield what each semantic model reads, and what its metrics can be grouped by."""
    nodes = {node["name"]: node for node in manifest["nodes"].values()}
    yield "## What metrics can be grouped by\n"
    yield (
        "All metrics can be grouped by `metric_time`, at the grain given or a coarser one (as in\n"
        "`metric_time__month`), and by what is listed. Those with the entity `title` can be\n"
        "grouped by its dimensions too.\n"
    )
    yield table(
        ("mart", "one row per", "metric_time", "dimensions", "entities"),
        (
            (
                f"`{mart_of(model)}`",
                grain(nodes[mart_of(model)]["description"]),
                time_of(model),
                ", ".join(f"`{name}`" for name in dimensions(model)),
                ", ".join(f"`{entity['name']}`" for entity in model["entities"]),
            )
            for model in sorted(manifest["semantic_models"].values(), key=mart_of)
        ),
    )


def grain(description: str) -> str:
    """Return what a row of a model is, from the first sentence of its description."""
    return re.split(r"[.:;](?:\s|$)", description.removeprefix("One row per "), maxsplit=1)[0]


def time_of(model: Json) -> str:
    """Return the column and grain of a semantic model's time, if it has one."""
    name = (model["defaults"] or {}).get("agg_time_dimension")
    return "".join(
        f"`{name}`, by {dimension['type_params']['time_granularity']}"
        for dimension in model["dimensions"]
        if dimension["name"] == name
    )


def dimensions(model: Json) -> list[str]:
    """Return the categories of a semantic model, with the entity that leads to them."""
    (entity,) = (entity["name"] for entity in model["entities"] if entity["type"] == "primary")
    return [
        f"{entity}__{dimension['name']}"
        for dimension in model["dimensions"]
        if dimension["type"] == "categorical"
    ]


def marts(manifest: Json) -> Iterator[str]:
    """Yield the numbers that each mart beside the core holds."""
    yield "## Numbers in the marts\n"
    yield "What has a column of its own in a mart, to be read as it stands.\n"
    models = sorted(
        (node for node in manifest["nodes"].values() if node["resource_type"] == "model"),
        key=lambda node: str(node["name"]),
    )
    for model in models:
        if model["fqn"][1] != "marts" or model["fqn"][2] == "core":
            continue
        numbers = [
            column
            for column in model["columns"].values()
            if column["data_type"].lower().startswith(NUMBERS)
        ]
        yield f"### {model['name']}\n"
        yield f"{model['description'].strip()}\n"
        yield table(
            ("column", "definition"),
            ((f"`{column['name']}`", column["description"]) for column in numbers),
        )


def thresholds(manifest: Json, project_file: str) -> Iterator[str]:
    """Yield every var with its value, its meaning and what it may be."""
    rules = manifest["macros"]["macro.streaming_analytics.var_rules"]["macro_sql"]
    ranges = dict(re.findall(r"^(\w+): \{(.+)\}$", rules, flags=re.MULTILINE))
    yield "## Thresholds\n"
    yield (
        "Set under `vars` in `transform/dbt_project.yml`; a value that cannot be right ends a run\n"
        "before its first model. After a change: `meltano invoke dbt build --full-refresh`.\n"
    )
    yield table(
        ("var", "value", "meaning", "may be"),
        (
            (f"`{name}`", f"`{value}`", meaning, ranges[name].replace("_", " "))
            for name, value, meaning in commented_vars(project_file)
        ),
    )


def commented_vars(project_file: str) -> Iterator[tuple[str, str, str]]:
    """Yield name, value and comment of each var; vars without a comment share the one above."""
    _, _, block = project_file.partition("\nvars:\n")
    block, _, _ = block.partition("\n\nmodels:\n")
    meaning: list[str] = []
    is_fresh = True
    for line in block.splitlines():
        text = line.strip()
        if is_fresh and AREA.fullmatch(text):
            continue
        if text.startswith("#"):
            meaning = [*([] if is_fresh else meaning), text.lstrip("# ")]
            is_fresh = False
        elif text:
            name, _, value = text.partition(": ")
            yield name, value.strip("'"), " ".join(meaning)
            is_fresh = True


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Return a Markdown table; the cells are put on one line each."""
    lines = [list(head)]
    lines.append(["---"] * len(lines[0]))
    lines += [[" ".join(str(cell).split()).replace("|", "\\|") for cell in row] for row in rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)
