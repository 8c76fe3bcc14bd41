"""What pages are made of: figures with their definitions, filters, tables, empty states."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from dashboard.definitions import explained

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import altair as alt
    import pandas as pd

    from dashboard.warehouse import Answer

ALL = "all"
PERIODS = {28: "28 days", 90: "90 days", 365: "1 year"}
TITLE_TYPES = {ALL: "All", "film": "Films", "series": "Series"}
NOTHING = "Nothing to show for these filters."


def heading(title: str, question: str) -> None:
    """Write the title of the page, and what it answers."""
    st.title(title, anchor=False)
    st.caption(question)


def figure(
    title: str,
    answer: Answer,
    draw: Callable[[pd.DataFrame], object],
    *,
    note: str = "",
    empty: str = NOTHING,
    frame: pd.DataFrame | None = None,
) -> None:
    """Show the answer to a question in a frame of its own, with its definitions one click away.

    Args:
        title: What is shown.
        answer: The rows, and the SQL that they come from.
        draw: Draws the rows; only called when there are any.
        note: A line on how to read it.
        empty: What is said when there are no rows.
        frame: Rows to draw in place of the answer's, when they were rearranged.
    """
    with st.container(border=True, height="stretch"):
        _head(title, [answer])
        if note:
            st.caption(note)
        rows = answer.frame if frame is None else frame
        if rows.empty:
            st.info(empty, icon=":material/inbox:")
        else:
            draw(rows)


def numbers(title: str, answers: Iterable[Answer], metrics: list[dict[str, Any]]) -> None:
    """Show some single numbers, beside each other where there is room.

    Args:
        title: What they have in common.
        answers: What they come from.
        metrics: What ``st.metric`` takes, for each.
    """
    with st.container(border=True):
        _head(title, list(answers))
        with st.container(horizontal=True, gap="small"):
            for metric in metrics:
                st.metric(**metric, width=140)


def missing(title: str, tables: Iterable[str], what: str) -> None:
    """Say that tables are not there yet.

    Args:
        title: What would be shown.
        tables: Names of the tables.
        what: When they will be there.
    """
    with st.container(border=True):
        st.header(title, anchor=False)
        names = ", ".join(f"`{name}`" for name in tables)
        st.info(f"Not there yet: {names}. {what}", icon=":material/inbox:")


def _head(title: str, answers: list[Answer]) -> None:
    with st.container(
        horizontal=True, horizontal_alignment="distribute", vertical_alignment="center", gap="small"
    ):
        st.header(title, anchor=False, width="content")
        with st.popover("Definition", icon=":material/info:", width="content"):
            for answer in answers:
                st.markdown(answer.query.about)
                for name in answer.query.definitions:
                    st.markdown(explained(name))
                st.code(answer.sql, language="sql", wrap_lines=True)


def chart(drawn: alt.LayerChart) -> None:
    """Show a chart in the reader's theme, as wide as there is room."""
    st.altair_chart(drawn)


def table(frame: pd.DataFrame, columns: dict[str, Any], *, rows: int | None = None) -> None:
    """Show a table that can be sorted and searched.

    Args:
        frame: The rows.
        columns: Columns to show in their order, with what ``st.dataframe`` takes for each.
        rows: How many to show before it scrolls; without it, as many as fit.
    """
    st.dataframe(
        frame,
        column_order=list(columns),
        column_config=columns,
        hide_index=True,
        height=35 * (min(rows or len(frame), len(frame)) + 1) + 3,
    )


def period(key: str, *, default: int = 28) -> int:
    """Ask for a period; returns its days."""
    chosen = st.segmented_control(
        "Period",
        list(PERIODS),
        default=default,
        format_func=PERIODS.__getitem__,
        key=key,
    )
    return chosen or default


def title_type(key: str) -> str:
    """Ask for films or series; returns ``all``, ``film`` or ``series``."""
    chosen = st.segmented_control(
        "Kind",
        list(TITLE_TYPES),
        default=ALL,
        format_func=TITLE_TYPES.__getitem__,
        key=key,
    )
    return chosen or ALL


def one_of(
    label: str, values: Iterable[Any], *, key: str, every: str, said: Callable[[Any], str] = str
) -> Any:
    """Ask for one of some values, or for all.

    Args:
        label: What is asked for.
        values: What there is.
        key: Key of the widget.
        every: What all of them are called.
        said: Returns what a value is called.

    Returns:
        The value, or ``all``.
    """
    return st.selectbox(
        label,
        [ALL, *values],
        format_func=lambda value: every if value == ALL else said(value),
        key=key,
        width=220,
    )


def filters() -> Any:
    """Return a row for filters; use it in a ``with``."""
    return st.container(horizontal=True, vertical_alignment="bottom", gap="medium")
