"""Who stays, when and on what people watch, and what they like more than others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import altair as alt
import streamlit as st

from dashboard import charts, heat_map, look, parts
from dashboard.warehouse import ask

if TYPE_CHECKING:
    import pandas as pd

COHORT_MONTHS = 12
SEGMENTS = {"age": "Age group", "plan": "Plan", "country": "Country"}


def page() -> None:
    """Draw the page."""
    parts.heading("Audience", "Who stays, when and on what do people watch, and what do they like?")
    parts.figure(
        "Retention by month of sign-up",
        ask("audience/cohorts", months=COHORT_MONTHS),
        _show_cohorts,
        note="Share of those who signed up that watched in a month. Blank: the month is not over, "
        "or lies before the first play that is known.",
        empty="No month since a sign-up is over yet.",
    )
    choices = ask("audience/choices").frame
    with parts.filters():
        days = parts.period("audience_period")
        country = parts.one_of(
            "Country",
            sorted(choices.country.unique()),
            key="audience_country",
            every="All countries",
        )
        device = parts.one_of(
            "Device",
            sorted(choices.device.unique()),
            key="audience_device",
            every="All devices",
            said=look.words,
        )
    parts.figure(
        "Hours by weekday and hour",
        ask("audience/hours_by_hour", days=days, country=country, device=device),
        _show_hours,
        note="The viewer's own clock. A session counts whole in the hour it started.",
    )
    left, right = st.columns(2)
    with left:
        parts.figure(
            "Hours by device",
            ask("audience/by_device", days=days, country=country),
            lambda frame: _show_share(frame, "device"),
        )
    with right:
        parts.figure(
            "Hours by country",
            ask("audience/by_country", days=days, device=device),
            lambda frame: _show_share(frame, "country"),
        )
    left, right = st.columns(2)
    with left:
        parts.figure(
            "How often people watch",
            ask("audience/frequency"),
            _show_frequency,
            note="Everybody who watched in 28 days, by the number of days with a play.",
        )
    with right:
        parts.figure(
            "Hours by kind of profile",
            ask("audience/profiles", days=days, country=country, device=device),
            lambda frame: _show_share(frame, "profile"),
        )
    with parts.filters():
        segment = st.segmented_control(
            "Groups by",
            list(SEGMENTS),
            default="age",
            format_func=SEGMENTS.__getitem__,
            key="audience_segment",
        )
    parts.figure(
        "Genre affinity",
        ask("audience/affinity", segment=segment or "age"),
        _show_affinity,
        note="1 is what all users watch of the genre, 2 twice as much. Groups of 20 users or more.",
        empty="No group has 20 users who watched enough to be judged.",
    )


def _show_cohorts(frame: pd.DataFrame) -> None:
    shown = frame.assign(cohort=frame.cohort_month.dt.strftime("%b %Y"))
    parts.chart(
        heat_map.draw(
            shown,
            x="months_since_signup",
            y="cohort",
            value="retention_rate",
            x_title="Months since sign-up",
            y_title=None,
            unit="Share of the cohort that watched",
            number=".0%",
            x_order=list(range(COHORT_MONTHS)),
            y_order=list(shown.cohort.unique()),
            tooltips=[
                alt.Tooltip("cohort:N", title="Signed up in"),
                alt.Tooltip("months_since_signup:Q", title="Months since"),
                alt.Tooltip("cohort_size:Q", title="Users of the cohort", format=","),
                alt.Tooltip("active_user_count:Q", title="Of them watched", format=","),
            ],
            description="Retention: rows are months of sign-up, columns the months since.",
        )
    )


def _show_hours(frame: pd.DataFrame) -> None:
    parts.chart(
        heat_map.draw(
            frame.assign(day=frame.weekday.map(lambda number: look.WEEKDAYS[int(number) - 1])),
            x="local_hour",
            y="day",
            value="hours",
            x_title="Hour of the viewer's day",
            y_title=None,
            unit="Hours viewed",
            number=",.0f",
            x_order=list(range(24)),
            y_order=look.WEEKDAYS,
            cell_text=False,
            tooltips=[alt.Tooltip("day:N", title="Day"), alt.Tooltip("local_hour:Q", title="Hour")],
            description="Hours viewed by weekday and hour of the day.",
        )
    )


def _show_share(frame: pd.DataFrame, name: str) -> None:
    total = frame.hours.sum()
    shown = frame.assign(share=frame.hours / total if total else 0.0)
    if name != "country":
        shown[name] = shown[name].map(look.words)
    parts.chart(
        charts.ranking(
            shown,
            label=name,
            value="share",
            unit="Share of hours",
            number=".1%",
            tooltips={"hours": "Hours"},
            description=f"Share of hours by {name}, the largest first.",
        )
    )


def _show_frequency(frame: pd.DataFrame) -> None:
    parts.chart(
        charts.columns(
            frame,
            x="active_days",
            y="users",
            x_title="Days with a play, of 28",
            unit="Users",
            x_order=list(range(1, 29)),
            description="Users by the number of days on which they watched.",
        )
    )


def _show_affinity(frame: pd.DataFrame) -> None:
    largest = frame[["genre_name", "genre_hours"]].drop_duplicates().nlargest(14, "genre_hours")
    shown = frame[frame.genre_name.isin(largest.genre_name)]
    parts.chart(
        heat_map.draw(
            shown,
            x="segment",
            y="genre_name",
            value="affinity",
            x_title=None,
            y_title=None,
            unit="Affinity, 1 is average",
            number=".2f",
            y_order=list(largest.genre_name),
            middle=1.0,
            tooltips=[
                alt.Tooltip("segment:N", title="Group"),
                alt.Tooltip("genre_name:N", title="Genre"),
                alt.Tooltip("users:Q", title="Users judged", format=","),
                alt.Tooltip("hours:Q", title="Hours", format=",.0f"),
            ],
            description="Affinity of groups of users to the most watched genres.",
        )
    )
