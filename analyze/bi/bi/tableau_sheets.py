"""The worksheets of the Tableau workbook, and the dashboard that they make up."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass
from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element, SubElement

from bi import tableau

if TYPE_CHECKING:
    from bi.layer import Layer, Metric, Table

DASHBOARD = "Overview"
WHOLE = 100_000
"""Zones are measured in this part of the dashboard's width and height."""


@dataclass(frozen=True)
class Sheet:
    """A worksheet.

    Attributes:
        name: What people see.
        across: Column or calculation along which the numbers are shown.
        metrics: The numbers, one above the other.
    """

    name: str
    across: str
    metrics: tuple[str, ...]


SHEETS = (
    Sheet("Active users", "Period", ("dau", "wau", "mau")),
    Sheet("Monthly recurring revenue", "Period", ("mrr", "paying_customers")),
    Sheet("Hours by device", "device", ("hours_viewed",)),
    Sheet("Retention", "months_since_signup", ("retention_rate",)),
)


def add(workbook: Element, layer: Layer) -> None:
    """Add worksheets, dashboard and windows to a workbook that has its data sources."""
    sheets = SubElement(workbook, "worksheets")
    for sheet in SHEETS:
        sheets.append(_worksheet(sheet, layer, workbook))
    SubElement(workbook, "dashboards").append(_dashboard())
    windows = SubElement(workbook, "windows")
    for name in (DASHBOARD, *(sheet.name for sheet in SHEETS)):
        kind = "dashboard" if name == DASHBOARD else "worksheet"
        window = SubElement(windows, "window", {"class": kind, "name": name})
        if kind == "dashboard":
            SubElement(window, "viewpoints")
            SubElement(window, "active", id="-1")
        else:
            SubElement(window, "cards")
        SubElement(window, "simple-id", uuid=tableau.identifier(f"window {name}"))


def _worksheet(sheet: Sheet, layer: Layer, workbook: Element) -> Element:
    metrics = [layer.metrics[name] for name in sheet.metrics]
    table = _table(layer, metrics)
    name = tableau.source_name(table)
    worksheet = Element("worksheet", name=sheet.name)
    content = SubElement(worksheet, "table")
    view = SubElement(content, "view")
    used = SubElement(view, "datasources")
    SubElement(used, "datasource", caption=table.title, name=name)
    SubElement(used, "datasource", name="Parameters")
    columns = _columns(workbook, name)
    read = [f"[{sheet.across}]", *(tableau.metric_name(metric) for metric in metrics)]
    needed = _needed(columns, read)
    if any("[Parameters]" in (_formula(columns[each]) or "") for each in needed):
        parameters = SubElement(view, "datasource-dependencies", datasource="Parameters")
        for column in _columns(workbook, "Parameters").values():
            parameters.append(deepcopy(column))
    dependencies = SubElement(view, "datasource-dependencies", datasource=name)
    for each in sorted(needed):
        dependencies.append(_bare(columns[each]))
    across = _instance(columns[read[0]], "None", "none")
    dependencies.append(across)
    numbers = [_instance(columns[each], "User", "usr") for each in read[1:]]
    for number in numbers:
        dependencies.append(number)
    SubElement(view, "aggregation", value="true")
    SubElement(content, "style")
    pane = SubElement(SubElement(content, "panes"), "pane")
    SubElement(SubElement(pane, "view"), "breakdown", value="auto")
    SubElement(pane, "mark", {"class": "Automatic"})
    rows = [f"[{name}].{number.get('name')}" for number in numbers]
    SubElement(content, "rows").text = rows[0] if len(rows) == 1 else f"({' + '.join(rows)})"
    SubElement(content, "cols").text = f"[{name}].{across.get('name')}"
    SubElement(worksheet, "simple-id", uuid=tableau.identifier(f"worksheet {sheet.name}"))
    return worksheet


def _table(layer: Layer, metrics: list[Metric]) -> Table:
    (name,) = {name for metric in metrics for name in layer.tables_of(metric)}
    return layer.tables[name]


def _columns(workbook: Element, source: str) -> dict[str, Element]:
    (found,) = workbook.iterfind(f"datasources/datasource[@name='{source}']")
    return {column.attrib["name"]: column for column in found.iterfind("column")}


def _formula(column: Element) -> str | None:
    calculation = column.find("calculation")
    return None if calculation is None else calculation.get("formula")


def _needed(columns: dict[str, Element], names: list[str]) -> set[str]:
    """Return names, and those that their formulas come down to."""
    needed = set(names)
    for name in names:
        text = _formula(columns[name]) or ""
        needed |= _needed(columns, [other for other in columns if other in text])
    return needed


def _bare(column: Element) -> Element:
    """Return a column without its description."""
    bare = Element("column", column.attrib)
    bare.extend(deepcopy(each) for each in column.findall("calculation"))
    return bare


def _instance(column: Element, derivation: str, short: str) -> Element:
    kind = column.attrib["type"]
    name = column.attrib["name"].strip("[]")
    return Element(
        "column-instance",
        {
            "column": f"[{name}]",
            "derivation": derivation,
            "name": f"[{short}:{name}:{kind[0]}k]",
            "pivot": "key",
            "type": kind,
        },
    )


def _dashboard() -> Element:
    dashboard = Element("dashboard", name=DASHBOARD)
    SubElement(dashboard, "style")
    SubElement(dashboard, "size", {"maxheight": "900", "maxwidth": "1400",
                                   "minheight": "900", "minwidth": "1400"})  # fmt: skip
    whole = SubElement(SubElement(dashboard, "zones"), "zone", _zone(1, 0, 0, WHOLE))
    whole.set("type-v2", "layout-basic")
    half = WHOLE // 2
    for number, sheet in enumerate(SHEETS):
        zone = _zone(number + 2, half * (number % 2), half * (number // 2), half)
        SubElement(whole, "zone", {**zone, "name": sheet.name})
    SubElement(dashboard, "simple-id", uuid=tableau.identifier(f"dashboard {DASHBOARD}"))
    return dashboard


def _zone(number: int, left: int, top: int, size: int) -> dict[str, str]:
    return {"h": str(size), "id": str(number), "w": str(size), "x": str(left), "y": str(top)}
