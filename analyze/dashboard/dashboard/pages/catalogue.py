"""What we and other services offer, and what is watched more than it is offered."""

from __future__ import annotations

from typing import TYPE_CHECKING

import altair as alt
import streamlit as st

from dashboard import charts, heat_map, parts
from dashboard.warehouse import ask

if TYPE_CHECKING:
    import pandas as pd

column = st.column_config


def page() -> None:
    """Draw the page."""
    parts.heading(
        "Catalogue and content gap", "What do people watch that a service has too little of?"
    )
    countries = list(ask("catalogue/countries").frame.country)
    if not countries:
        st.info("No catalogue is known in any country yet.", icon=":material/inbox:")
        return
    with parts.filters():
        country = st.selectbox("Country", countries, key="catalogue_country", width=220)
    gap = ask("catalogue/gap", country=country)
    parts.figure(
        "Content gap by genre and service",
        gap,
        _show_gap,
        note="Share of the hours that people watch with us, less share of the service's titles, in "
        "percentage points. Above 0 it is watched more than offered; a genre that a service has "
        "nothing of is marked with an exclamation mark.",
    )
    left, right = st.columns(2)
    with left:
        parts.figure(
            "Where our own gap is largest",
            gap,
            lambda frame: parts.chart(
                charts.ranking(
                    frame,
                    label="genre_name",
                    value="gap_points",
                    unit="Gap, percentage points",
                    number=".1f",
                    tooltips={"demand_hours": "Hours watched", "supply_title_count": "Titles"},
                    description="Genres by our own content gap, the largest first.",
                )
            ),
            frame=_own_gaps(gap.frame),
            empty="No genre is watched more than we offer it here.",
        )
    with right:
        parts.figure(
            "Catalogues",
            ask("catalogue/services", country=country),
            lambda frame: parts.table(
                frame,
                {
                    "service_name": column.TextColumn("Service", pinned=True),
                    "title_count": column.NumberColumn("Titles", format="localized"),
                    "added_last_month_count": column.NumberColumn(
                        "Added", help="In the last 30 days."
                    ),
                    "newly_released_share": column.NumberColumn(
                        "New", format="percent", help="Released in the last year."
                    ),
                    "median_age_years": column.NumberColumn(
                        "Age", format="%.1f", help="Median of years since release."
                    ),
                },
            ),
            note="Titles of a subscription; what is rented or sold does not count.",
        )
    left, right = st.columns(2)
    with left:
        parts.figure(
            "What others have and we lack",
            ask("catalogue/lacked", country=country),
            lambda frame: parts.table(
                frame,
                {
                    "title_name": column.TextColumn("Title", pinned=True),
                    "popularity": column.NumberColumn(
                        "Popularity", format="%.0f", help="At TMDB; has no unit."
                    ),
                    "services": "Services",
                },
                rows=12,
            ),
            empty="No other service is known to have what we lack here.",
        )
    with right:
        parts.figure(
            "What we have and others lack",
            ask("catalogue/ours_alone", country=country),
            lambda frame: parts.table(
                frame,
                {
                    "title_name": column.TextColumn("Title", pinned=True),
                    "hours": column.NumberColumn("Hours", format="%.1f", help="In 28 days."),
                    "viewers": column.NumberColumn("Viewers"),
                    "lacking_services": column.NumberColumn("Lack it", help="Services without it."),
                },
                rows=12,
            ),
            empty="No other service is compared here.",
        )


def _show_gap(frame: pd.DataFrame) -> None:
    by_demand = frame.sort_values("demand_hours", ascending=False)
    shown = frame.assign(
        points=frame.gap * 100,
        text=frame.apply(
            lambda row: (
                f"{row.gap * 100:+.1f}"
                + (" !" if row.demand_hours and not row.supply_title_count else "")
            ),
            axis=1,
        ),
    )
    parts.chart(
        heat_map.draw(
            shown,
            x="service_name",
            y="genre_name",
            value="points",
            x_title=None,
            y_title=None,
            unit="Gap, percentage points",
            number="+.1f",
            x_order=list(frame.service_name.unique()),
            y_order=list(by_demand.genre_name.unique()),
            middle=0.0,
            text="text",
            tooltips=[
                alt.Tooltip("service_name:N", title="Service"),
                alt.Tooltip("genre_name:N", title="Genre"),
                alt.Tooltip("demand_share:Q", title="Share of hours", format=".1%"),
                alt.Tooltip("supply_share:Q", title="Share of titles", format=".1%"),
                alt.Tooltip("supply_title_count:Q", title="Titles", format=",.1f"),
            ],
            description="Content gap: rows are genres, the most watched first, columns services.",
        )
    )


def _own_gaps(frame: pd.DataFrame) -> pd.DataFrame:
    own = frame[frame.is_own.astype(bool) & (frame.gap > 0)].nsmallest(12, "gap_rank")
    return own.assign(gap_points=own.gap * 100)
