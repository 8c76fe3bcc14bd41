"""One title: its audience, how far they get, and where else it streams."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import streamlit as st

from dashboard import charts, look, parts
from dashboard.warehouse import ask

if TYPE_CHECKING:
    from dashboard.warehouse import Answer

column = st.column_config


def page() -> None:
    """Draw the page of the title in the address, as in ``/title?title=app-1``."""
    parts.heading(
        "One title", "Who watches it, how far do they get, and where else does it stream?"
    )
    choices = ask("title/choices").frame
    if choices.empty:
        st.info("No title was played yet.", icon=":material/inbox:")
        return
    names = {
        str(row.title_key): f"{row.title_name} ({row.title_type}, {_year(row.release_year)})"
        for row in choices.itertuples()
    }
    wanted = st.session_state.pop("title", None) or st.query_params.get("title")
    if wanted in names:
        st.session_state["title_choice"] = wanted
    elif wanted and not st.session_state.get("title_choice"):
        st.warning(f"There is no title {wanted} that was played.")
    key = st.selectbox(
        "Title", list(names), format_func=names.__getitem__, key="title_choice", on_change=_remember
    )
    st.query_params["title"] = key
    _show(key)


def _remember() -> None:
    """Let what was chosen by hand win over the address."""
    st.query_params["title"] = st.session_state["title_choice"]


def _show(key: str) -> None:
    facts = ask("title/facts", title_key=key)
    _show_facts(facts)
    left, right = st.columns(2)
    with left:
        parts.figure(
            "Hours by day",
            ask("title/daily", title_key=key),
            lambda frame: parts.chart(
                charts.bars_by_day(
                    frame, x="viewed_on", y="hours", unit="Hours", number=",.3~r",
                    description=f"Hours by day of {facts.first.title_name}.",
                )
            ),
            empty="Nobody watched it on a day that is over.",
        )  # fmt: skip
    with right:
        curve = ask("title/completion_curve", title_key=key)
        parts.figure(
            "How far plays get",
            curve,
            lambda frame: parts.chart(
                charts.curve(
                    frame,
                    x="percent_reached",
                    y="share",
                    x_title="Percent of the running time",
                    y_title="Plays that got here",
                    description=f"Completion curve of {facts.first.title_name}.",
                )
            ),
            note="For a series: of each episode. Few people watch the credits.",
            empty="No plays.",
        )
    left, right = st.columns(2)
    with left:
        parts.figure(
            "Hours by device",
            ask("title/devices", title_key=key),
            lambda frame: parts.chart(
                charts.ranking(
                    frame.assign(device=frame.device.map(look.words)),
                    label="device",
                    value="hours",
                    unit="Hours",
                    description=f"Hours by device of {facts.first.title_name}.",
                )
            ),
        )
    with right:
        parts.figure(
            "Where it streams now",
            ask("title/offers", title_key=key),
            lambda frame: parts.table(
                frame.assign(
                    offer_type=frame.offer_type.map(look.words),
                    leaves=frame.leaves_on.map(
                        lambda day: "not announced" if pd.isna(day) else look.day(day)
                    ),
                ),
                {
                    "service_name": column.TextColumn("Service", pinned=True),
                    "offer_type": "Offer",
                    "countries": "Countries",
                    "leaves": "Leaves on",
                },
            ),
            empty="No service is known to offer it now.",
        )


def _show_facts(facts: Answer) -> None:
    first = facts.first
    about = [
        look.words(first.title_type),
        _year(first.release_year),
        str(first.genre_names or "no genre known"),
        f"{first.runtime_minutes:.0f} min" if first.runtime_minutes else "running time not known",
        "in our catalogue" if first.is_in_catalogue else "not in our catalogue",
    ]
    stars = look.MISSING if not first.ratings else f"{first.stars:.1f} of 5"
    parts.numbers(
        str(first.title_name),
        [facts],
        [
            {"label": "Hours viewed", "value": look.count(first.hours)},
            {"label": "Plays", "value": look.count(first.play_count)},
            {"label": "Different viewers", "value": look.count(first.viewers)},
            {"label": "Completion", "value": look.share(first.completion_rate)},
            {
                "label": "Stars",
                "value": stars,
                "help": f"Mean of {look.count(first.ratings)} ratings.",
            },
        ],
    )
    st.caption(" · ".join(about))


def _year(value: Any) -> str:
    return "year not known" if pd.isna(value) else f"{value:.0f}"
