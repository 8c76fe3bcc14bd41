"""Whether the numbers can be trusted today."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from dashboard import charts, look, parts
from dashboard.warehouse import ask, ask_if_there

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

column = st.column_config
RECORDED = "Runs that record themselves fill it."


def page() -> None:
    """Draw the page."""
    parts.heading("Data health", "Did the last runs succeed, and what is not counted?")
    _optional(
        "Last runs",
        "health/runs",
        "fct_pipeline_runs",
        {
            "started_at": _time("Started"),
            "command": "Command",
            "environment": "Environment",
            "status": "Status",
            "failed_step": "Failed in",
            "duration_seconds": column.NumberColumn("Seconds", format="%.0f"),
        },
        marked="status",
    )
    left, right = st.columns(2)
    with left:
        _optional(
            "dbt, newest run",
            "health/tests",
            "fct_dbt_results",
            {
                "resource_type": "Kind",
                "status": "Status",
                "nodes": column.NumberColumn("Number", format="localized"),
                "seconds": column.NumberColumn("Seconds", format="%.1f"),
            },
            marked="status",
        )
    with right:
        _optional(
            "dbt, not passed",
            "health/failures",
            "fct_dbt_results",
            {
                "started_at": _time("Run"),
                "node": "Node",
                "status": "Status",
                "failures": column.NumberColumn("Rows"),
            },
            marked="status",
            empty="All passed.",
        )
    _optional(
        "Source against warehouse",
        "health/reconciliations",
        "fct_reconciliations",
        {
            "table_name": column.TextColumn("Table", pinned=True),
            "source_rows": column.NumberColumn("Rows in the source", format="localized"),
            "warehouse_rows": column.NumberColumn("Rows here", format="localized"),
            "differences": column.NumberColumn("Differences", format="localized"),
            "status": "Status",
            "compared_at": _time("Compared"),
        },
        marked="status",
    )
    _optional(
        "Streams, last load",
        "health/loads",
        "fct_stream_loads",
        {
            "stream": column.TextColumn("Stream", pinned=True),
            "started_at": _time("Run"),
            "rows_loaded": column.NumberColumn("Rows", format="localized"),
            "bytes_loaded": column.NumberColumn("Bytes", format="bytes"),
            "seconds": column.NumberColumn("Seconds", format="%.1f"),
            "bookmark_after": "Bookmark",
        },
    )
    _show_quarantine()
    left, right = st.columns(2)
    with left:
        _show_measurements()
    with right:
        parts.figure(
            "Sources that contradict each other",
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
            "How sure titles are matched",
            ask("health/matches"),
            lambda frame: parts.table(
                frame.assign(source=frame.source.map(look.words)),
                {
                    "source": column.TextColumn("Source", pinned=True),
                    "confidence": "Confidence",
                    "records": column.NumberColumn("Records", format="localized"),
                },
                rows=10,
            ),
            empty="No records of titles were read yet.",
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
    if changes.frame.empty:
        return
    measures = list(zip(changes.frame.mart_name, changes.frame.measure_name, strict=True))
    with parts.filters():
        mart, measure = st.selectbox(
            "Measurement", measures, format_func=" ".join, key="health_measure"
        )
    parts.figure(
        "One measurement over the builds",
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
                    rule=frame.entity.map(look.words)
                    + ": "
                    + frame.rejection_reason.map(look.words)
                ),
                label="rule",
                value="row_count",
                unit="Rows that are not counted",
                label_limit=300,
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


def _optional(
    title: str,
    name: str,
    table: str,
    columns: dict[str, object],
    *,
    marked: str | None = None,
    empty: str = "No run was recorded yet.",
) -> None:
    """Show a table of records that not every project keeps."""
    answer = ask_if_there(name)
    if answer is None:
        parts.missing(title, table, RECORDED)
        return
    mark: Callable[[pd.DataFrame], pd.DataFrame] = (
        (lambda frame: frame.assign(**{marked: frame[marked].map(_marked)}))
        if marked
        else (lambda frame: frame)
    )
    parts.figure(
        title, answer, lambda frame: parts.table(mark(frame), columns, rows=10), empty=empty
    )


def _marked(status: str) -> str:
    """Return a status with a sign that needs no colour."""
    good = status.lower() in ("success", "succeeded", "pass", "ok", "equal", "skipped")
    going = status.lower() in ("running", "started")
    return f"{'✓' if good else '…' if going else '✗'} {status}"


def _time(label: str) -> object:
    return column.DatetimeColumn(label, format="D MMM YYYY HH:mm")
