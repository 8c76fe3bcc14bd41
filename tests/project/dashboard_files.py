"""Writes what the dashboard holds of the dbt project: its definitions and its exposures."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from dashboard.queries import Query

Json = dict[str, Any]
DOC = re.compile(r"\s+")
VAR = re.compile(r"\bvar (\w+)\b")


def definitions(manifest: Json, names: Iterable[str], thresholds: Mapping[str, Any]) -> str:
    """Return definitions.json: what the project says of metrics, marts and columns.

    Args:
        manifest: dbt's manifest.json.
        names: Those that the dashboard names; one of a mart that is not there is left out.
        thresholds: The vars of dbt_project.yml, which texts name.
    """
    metrics = {metric["name"]: metric for metric in manifest["metrics"].values()}
    marts = {node["name"]: node for node in manifest["nodes"].values()}
    found = {}
    for name in sorted(set(names)):
        mart, _, column = name.partition(".")
        if name in metrics:
            found[name] = of_metric(metrics[name], thresholds)
        elif mart in marts and not column:
            found[name] = {"label": name, "text": said(marts[mart]["description"], thresholds)}
        elif mart in marts:
            text = said(marts[mart]["columns"][column]["description"], thresholds)
            found[name] = {"label": column.replace("_", " ").capitalize(), "text": text}
    return json.dumps(found, indent=2, ensure_ascii=False) + "\n"


def of_metric(metric: Json, thresholds: Mapping[str, Any]) -> dict[str, str]:
    """Return the definition of a metric, with its trap, and the thresholds that it depends on."""
    meta = metric["config"]["meta"]
    parts = [metric["description"]]
    if trap := meta.get("trap"):
        parts.append(trap)
    if depends := meta.get("vars"):
        parts.append("Thresholds: " + ", ".join(f"{n} = {thresholds[n]}" for n in depends) + ".")
    return {"label": metric["label"], "text": said(" ".join(parts), thresholds)}


def said(text: str, thresholds: Mapping[str, Any]) -> str:
    """Return a text on one line, with the values of the vars that it names."""
    return VAR.sub(lambda found: f"{found[1]} = {thresholds[found[1]]}", DOC.sub(" ", text).strip())


def tables_of(queries: Iterable[Query]) -> set[str]:
    """Return the marts that some queries read."""
    return {table for query in queries for table in query.tables}
