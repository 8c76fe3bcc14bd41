"""Whether the numbers can be trusted today."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from dashboard import charts, look, parts
from dashboard.warehouse import ask, ask_if_there

if TYPE_CHECKING:
    import pandas as pd

    from dashboard.warehouse import Answer

column = st.column_config
RECORDS = {
    "runs": "fct_pipeline_runs",
    "tests": "fct_dbt_results",
    "failures": "fct_dbt_results",
    "reconciliations": "fct_reconciliations",
    "loads": "fct_stream_loads",
}
"""Questions that are left out while the table that they are about is not there."""


def page() -> None:
    """Draw the page."""
    parts.heading("Data health", "Did the last runs succeed, and what is not counted?")
    _show_records()
    _show_quarantine()
    _show_measurements()


def _show_records() -> None:
    """Show the records of runs; a project may not keep them yet."""
    there = {name: answer for name in RECORDS if (answer := ask_if_there(f"health/{name}"))}
    if missing := sorted({RECORDS[name] for name in RECORDS if name not in there}):
        parts.missing("Records of runs", missing, "Runs that record themselves fill them.")
    if runs := there.get("runs"):
        _show_records_of(
            "Last runs",
            runs,
            {
                "started_at": _time("Started"),
                "command": "Command",
                "environment": "Environment",
                "status": "Status",
                "failed_step": "Failed in",
                "duration_seconds": column.NumberColumn("Seconds", format="%.0f"),
            },
        )
    left, right = st.columns(2)
    with left:
        if tests := there.get("tests"):
            _show_records_of(
                "dbt, newest run",
                tests,
                {
                    "resource_type": "Kind",
                    "status": "Status",
                    "nodes": column.NumberColumn("Number", format="localized"),
                    "seconds": column.NumberColumn("Seconds", format="%.1f"),
                },
            )
    with right:
        if failures := there.get("failures"):
            _show_records_of(
                "dbt, not passed",
                failures,
                {
                    "started_at": _time("Run"),
                    "node": "Node",
                    "status": "Status",
                    "failures": column.NumberColumn("Rows"),
                },
                empty="All passed.",
            )
    if comparisons := there.get("reconciliations"):
        _show_records_of(
            "Source against warehouse",
            comparisons,
            {
                "table_name": "Table",
                "source_rows": column.NumberColumn("Rows in the source", format="localized"),
                "warehouse_rows": column.NumberColumn("Rows here", format="localized"),
                "differences": column.NumberColumn("Differences", format="localized"),
                "status": "Status",
                "compared_at": _time("Compared"),
            },
            empty="Nothing was compared yet.",
        )
    if loads := there.get("loads"):
        _show_records_of(
            "Streams, last load",
            loads,
            {
                "stream": "Stream",
                "started_at": _time("Run"),
                "rows_loaded": column.NumberColumn("Rows", format="localized"),
                "bytes_loaded": column.NumberColumn("Bytes", format="bytes"),
                "seconds": column.NumberColumn("Seconds", format="%.1f"),
                "bookmark_after": "Bookmark",
            },
        )


def _show_records_of(
    title: str, answer: Answer, columns: dict[str, Any], *, empty: str = "No run was recorded yet."
) -> None:
    parts.figure(
        title,
        answer,
        lambda frame: parts.table(
            frame.assign(status=frame.status.map(_marked)) if "status" in frame else frame,
            columns,
            rows=10,
        ),
        empty=empty,
    )


def _show_measurements() -> None:
    changes = ask("health/changes")
    parts.figure(
        "Marts that moved",
        changes,
        lambda frame: parts.table(
            frame,
            {
                "mart_name": column.TextColumn("Mart", pinned=True),
                "measure_name": "Measure",
                "verdict": "Verdict",
                "measured_value": column.NumberColumn("Newest", format="%.4g"),
                "usual_value": column.NumberColumn("Usual", format="%.4g"),
            },
            rows=10,
        ),
        note="first: nothing to compare with yet.",
        empty="Nothing was measured yet.",
    )
    left, right = st.columns(2)
    with left:
        _show_one_measurement(changes.frame)
    with right:
        _show_matches()


def _show_matches() -> None:
    parts.figure(
        "Contradictions of sources",
        ask("health/conflicts"),
        lambda frame: parts.chart(
            charts.ranking(
                frame.assign(conflict_kind=frame.conflict_kind.map(look.words)),
                label="conflict_kind",
                value="conflicts",
                unit="Contradictions",
                description="Contradictions of titles by kind.",
            )
        ),
        empty="No records of titles contradict each other.",
    )
    parts.figure(
        "How sure titles match",
        ask("health/matches"),
        lambda frame: parts.table(
            frame.assign(source=frame.source.map(look.words)),
            {
                "source": "Source",
                "confidence": "Confidence",
                "records": column.NumberColumn("Records", format="localized"),
            },
            rows=10,
        ),
        empty="No records of titles were read yet.",
    )


def _show_one_measurement(changes: pd.DataFrame) -> None:
    if changes.empty:
        return
    measures = list(zip(changes.mart_name, changes.measure_name, strict=True))
    with parts.filters():
        mart, measure = st.selectbox(
            "Measurement", measures, format_func=" ".join, key="health_measure"
        )
    parts.figure(
        "One measurement",
        ask("health/measurements", mart=mart, measure=measure),
        lambda frame: parts.chart(
            charts.lines(
                frame,
                x="measured_at",
                series={"measured_value": f"{mart} {measure}"},
                unit=look.words(measure),
                number="~s",
                points=True,
                description=f"{measure} of {mart} at each build.",
            )
        ),
    )


def _show_quarantine() -> None:
    quarantine = ask("health/quarantine")
    parts.figure(
        "Quarantine",
        quarantine,
        lambda frame: parts.chart(
            charts.ranking(
                frame.assign(
                    rule=frame.rejection_reason.map(look.words)
                    + ", "
                    + frame.entity.map(look.words)
                ),
                label="rule",
                value="row_count",
                unit="Rows that are not counted",
                label_limit=220,
                description="Rows in quarantine by rule, the most first.",
            )
        ),
        note="Rows that break a rule are kept out of the marts, and come back when they heal.",
        empty="No row is in quarantine.",
    )
    if quarantine.frame.empty:
        return
    rules = list(zip(quarantine.frame.entity, quarantine.frame.rejection_reason, strict=True))
    with st.expander("Which rows?"):
        entity, reason = st.selectbox(
            "Rule",
            rules,
            format_func=lambda rule: f"{look.words(rule[0])}: {look.words(rule[1])}",
            key="health_rule",
        )
        if st.toggle("Show the newest 100", key="health_show"):
            parts.figure(
                "Quarantined rows",
                ask("health/quarantined_rows", entity=entity, reason=reason),
                lambda frame: parts.table(
                    frame,
                    {
                        "row_key": column.TextColumn("Key", pinned=True),
                        "loaded_at": _time("Loaded"),
                        "evidence": column.TextColumn("What broke the rule", width="large"),
                    },
                    rows=10,
                ),
            )


def _marked(status: str) -> str:
    """Return a status with a sign that needs no colour."""
    good = status.lower() in ("success", "succeeded", "pass", "ok", "equal", "skipped")
    going = status.lower() in ("running", "started")
    return f"{'✓' if good else '…' if going else '✗'} {status}"


def _time(label: str) -> Any:
    return column.DatetimeColumn(label, format="D MMM YYYY HH:mm")
