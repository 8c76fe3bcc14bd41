"""Which titles are watched, which grow, which leave."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from dashboard import charts, look, parts
from dashboard.warehouse import ask

if TYPE_CHECKING:
    from streamlit.navigation.page import StreamlitPage

BARS = 15
column = st.column_config


def page(one_title: StreamlitPage) -> None:
    """Draw the page.

    Args:
        one_title: The page that a chosen row leads to.
    """
    parts.heading("Titles", "What is watched most, what is growing, and what leaves soon?")
    genres = ask("titles/genres").frame.set_index("genre_key").genre_name
    with parts.filters():
        days = parts.period("titles_period")
        kind = parts.title_type("titles_kind")
        genre = parts.one_of(
            "Genre", genres.index, key="titles_genre", every="All genres", said=genres.__getitem__
        )
    top = ask("titles/top", days=days, title_type=kind, genre_key=genre)
    parts.figure(
        "Most watched titles",
        top,
        lambda frame: _show_top(frame, one_title),
        note="Select a row to open the title.",
    )
    left, right = st.columns(2)
    with left:
        parts.figure(
            "Rising",
            ask("titles/rising", title_type=kind),
            _show_rising,
            note="Hours of the last 7 days to the usual week before. 1 is unchanged.",
            empty="No title has enough viewers in the last seven days.",
        )
    with right:
        parts.figure(
            "Hours by genre",
            ask("titles/genre_hours", days=days, title_type=kind),
            lambda frame: parts.chart(
                charts.ranking(
                    frame.head(BARS),
                    label="genre_name",
                    value="hours",
                    unit="Hours, split between a title's genres",
                    description="Hours by genre; Drama and so on, the most watched first.",
                )
            ),
            note="A title of three genres counts a third in each, so that all add up to all hours.",
        )
    left, right = st.columns(2)
    with left:
        parts.figure(
            "Leaving soon",
            ask("titles/leaving_soon", title_type=kind),
            _show_leaving,
            empty="Nothing that is watched is announced to leave.",
        )
    with right:
        parts.figure(
            "Binges",
            ask("titles/binges", days=days),
            lambda frame: parts.chart(
                charts.ranking(
                    frame.head(BARS),
                    label="title_name",
                    value="binges",
                    unit="Binges",
                    tooltips={"episodes_per_binge": "Episodes in one, on average"},
                    description="Series by binges, the most binged first.",
                )
            ),
            note="Runs of episodes of one series by one profile, without a long gap.",
            empty="No series was binged.",
        )


def _show_top(frame: pd.DataFrame, one_title: StreamlitPage) -> None:
    shown = frame.assign(
        year=frame.release_year.map(lambda year: "" if pd.isna(year) else f"{year:.0f}")
    )
    selection = st.dataframe(
        shown,
        column_order=[
            "title_name", "hours", "plays", "viewers", "completion_rate", "title_type", "year",
            "genre_names",
        ],
        column_config={
            "title_name": column.TextColumn("Title", pinned=True),
            "hours": column.ProgressColumn(
                "Hours", format="%.0f", min_value=0, max_value=float(frame.hours.max())
            ),
            "plays": column.NumberColumn("Plays", format="localized"),
            "viewers": column.NumberColumn("Viewers", format="localized"),
            "completion_rate": column.NumberColumn("Completion", format="percent"),
            "title_type": "Kind",
            "year": "Year",
            "genre_names": "Genres",
        },
        hide_index=True,
        height=35 * 16 + 3,
        on_select="rerun",
        selection_mode="single-row",
        key="titles_top",
    )  # fmt: skip
    if rows := selection["selection"]["rows"]:
        st.session_state["title"] = str(frame.title_key.iloc[rows[0]])
        st.switch_page(one_title)


def _show_rising(frame: pd.DataFrame) -> None:
    parts.chart(
        charts.ranking(
            frame.head(BARS),
            label="title_name",
            value="growth",
            unit="Times the usual week",
            number=".1f",
            tooltips={"hours": "Hours in 7 days", "usual_hours": "Hours in a usual week"},
            description="Growth of titles, the fastest first.",
        )
    )


def _show_leaving(frame: pd.DataFrame) -> None:
    parts.table(
        frame.assign(
            service=frame.service_name + ", " + frame.country, leaves=frame.leaving_on.map(look.day)
        ),
        {
            "title_name": "Title",
            "service": "Service",
            "leaves": "Leaves on",
            "days_left": column.NumberColumn("Days left", width="small"),
            "viewer_count": column.NumberColumn(
                "Viewers", width="small", help="Here, in the country, in the last 28 days."
            ),
        },
        rows=BARS,
    )
