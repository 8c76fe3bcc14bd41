"""How the service does today."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from dashboard import charts, look, parts
from dashboard.warehouse import Answer, ask

if TYPE_CHECKING:
    import pandas as pd

COMPARED_DAYS = 28
"""Four whole weeks: as many Sundays on one side as on the other."""


def page() -> None:
    """Draw the page."""
    parts.heading("Overview", "How many people watch, how much, to the end, and what do they pay?")
    headline, totals = ask("overview/headline"), ask("overview/viewing_totals", days=COMPARED_DAYS)
    revenue, freshness = ask("overview/mrr"), ask("overview/freshness")
    _say_freshness(freshness)
    _show_people(headline)
    _show_viewing(totals, revenue)
    with parts.filters():
        days = parts.period("overview_period", default=90)
    parts.figure(
        "Active users",
        ask("overview/active_users", days=days),
        lambda frame: parts.chart(
            charts.lines(
                frame,
                x="active_on",
                series={"mau": "28 days (MAU)", "wau": "7 days (WAU)", "dau": "1 day (DAU)"},
                unit="Different users",
                description=_described("Active users by day", frame, "mau"),
            )
        ),
        note="Each line counts different people within its own window: days are never added up.",
    )
    viewing = ask("overview/viewing_by_day", days=days)
    left, right = st.columns(2)
    with left:
        parts.figure(
            "Hours viewed by day",
            viewing,
            lambda frame: parts.chart(
                charts.bars_by_day(
                    frame,
                    x="viewed_on",
                    y="hours",
                    unit="Hours",
                    description=_described("Hours viewed by day", frame, "hours"),
                )
            ),
        )
    with right:
        parts.figure(
            "Completion by day",
            viewing,
            lambda frame: parts.chart(
                charts.lines(
                    frame,
                    x="viewed_on",
                    series={"completion_rate": "Complete plays"},
                    unit="Share of plays",
                    number=".0%",
                    description=_described("Share of plays that were complete", frame),
                )
            ),
        )


def _say_freshness(freshness: Answer) -> None:
    first = freshness.first
    st.caption(
        f":material/schedule: Days are shown until **{look.day(first.complete_on)}**, the last "
        f"that is over. Newest session: {look.moment(first.newest_session_at)}. Marts built: "
        f"{look.moment(first.built_at)}."
    )


def _show_people(headline: Answer) -> None:
    first = headline.first
    against = f"against {COMPARED_DAYS} days before"
    parts.numbers(
        f"People on {look.day(first.active_on)}",
        [headline],
        [
            {
                "label": label,
                "value": look.count(first[name]),
                "delta": look.change(first[name], first[f"earlier_{name}"]),
                "help": against,
            }
            for name, label in (
                ("dau", "DAU, 1 day"),
                ("wau", "WAU, 7 days"),
                ("mau", "MAU, 28 days"),
            )
        ]
        + [{"label": "Stickiness, DAU / MAU", "value": look.share(first.stickiness)}],
    )


def _show_viewing(totals: Answer, revenue: Answer) -> None:
    by_period = totals.frame.set_index("period")
    these = by_period.reindex(["these"]).iloc[0]
    before = by_period.reindex(["before"]).iloc[0]
    if before.day_count != these.day_count:
        before = before * float("nan")
    against = f"against the {COMPARED_DAYS} days before"
    month = revenue.first
    parts.numbers(
        f"Viewing in {COMPARED_DAYS} days, and revenue",
        [totals, revenue],
        [
            {
                "label": "Hours viewed",
                "value": look.count(these.hours),
                "delta": look.change(these.hours, before.hours),
                "help": against,
            },
            {
                "label": "Plays",
                "value": look.count(these.plays),
                "delta": look.change(these.plays, before.plays),
                "help": against,
            },
            {
                "label": "Completion",
                "value": look.share(these.completion_rate),
                "delta": look.points(these.completion_rate, before.completion_rate),
                "help": against,
            },
            {
                "label": f"MRR, {month.reporting_currency}",
                "value": look.count(month.mrr),
                "delta": look.change(month.mrr, month.starting_mrr),
                "help": "Against the close of the month before. The running month as it stands.",
            },
        ],
    )


def _described(what: str, frame: pd.DataFrame, column: str | None = None) -> str:
    said = f"{what}, {len(frame)} days"
    return f"{said}; last value {frame[column].iloc[-1]:,.0f}" if column else said
