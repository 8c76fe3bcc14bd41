"""What is watched now, here and on the platforms' own lists."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import streamlit as st

from dashboard import charts, look, parts
from dashboard.warehouse import ask

if TYPE_CHECKING:
    from dashboard.warehouse import Answer

BARS = 15
PLATFORMS = {"tmdb": "TMDB", "streaming_availability": "Top list"}
column = st.column_config


def page() -> None:
    """Draw the page."""
    parts.heading(
        "Trending now", "What is watched now, and does the world look up the same titles?"
    )
    with parts.filters():
        kind = parts.title_type("trending_kind")
    now = ask("trending/now", title_type=kind)
    _say_window(now)
    left, right = st.columns(2)
    with left:
        parts.figure(
            "Most watched with us",
            now,
            lambda frame: parts.chart(
                charts.ranking(
                    frame,
                    label="title_name",
                    value="watched_hours",
                    unit="Hours in the window",
                    number=",.1f",
                    tooltips={"viewer_count": "Viewers", "growth": "Growth"},
                    description="Titles by hours in the newest hours.",
                )
            ),
            frame=now.frame[now.frame.watched_rank <= BARS],
            empty="Nobody watched anything in the window.",
        )
    with right:
        parts.figure(
            "Growing fastest with us",
            now,
            lambda frame: parts.chart(
                charts.ranking(
                    frame,
                    label="title_name",
                    value="growth",
                    unit="Times the window before",
                    number=".1f",
                    tooltips={"watched_hours": "Hours", "previous_watched_hours": "Hours before"},
                    description="Titles by growth, the fastest first.",
                )
            ),
            frame=now.frame.dropna(subset=["trending_rank"]).nsmallest(BARS, "trending_rank"),
            empty="No title has enough viewers in the window.",
        )
    _show_list()
    parts.figure(
        "On lists, and not in our catalogue",
        now,
        _show_lacking,
        frame=now.frame[~now.frame.is_in_catalogue.fillna(value=False).astype(bool)],
        empty="We have all that is on the lists.",
    )


def _show_lacking(frame: pd.DataFrame) -> None:
    ranks = ("tmdb_day_rank", "tmdb_week_rank", "best_service_rank")
    parts.table(
        frame.assign(**{name: frame[name].map(look.number_or_blank) for name in ranks}),
        {
            "title_name": "Title",
            "title_type": "Kind",
            "tmdb_day_rank": "TMDB, day",
            "tmdb_week_rank": "TMDB, week",
            "best_service_rank": column.TextColumn("Best place on a service"),
        },
        rows=10,
    )


def _say_window(now: Answer) -> None:
    if now.frame.empty:
        return
    first = now.first
    st.caption(
        f":material/schedule: From {look.moment(first.window_started_at)} to "
        f"{look.moment(first.as_of_at)}, the newest change of a session."
    )


def _show_list() -> None:
    lists = ask("trending/lists")
    if lists.frame.empty:
        st.info("No list of a platform was read yet.", icon=":material/inbox:")
        return
    names = {str(row.list_key): _list_name(row) for row in lists.frame.itertuples()}
    first = next((key for key in names if "trending_day" in key), next(iter(names)))
    with parts.filters():
        key = st.selectbox(
            "List",
            list(names),
            index=list(names).index(first),
            format_func=names.__getitem__,
            key="trending_list",
        )
    listed = ask("trending/list", list_key=key)
    parts.figure(
        "The platforms' lists beside our viewing",
        listed,
        lambda frame: parts.table(
            frame.assign(
                move=[_move(row) for row in frame.itertuples()],
                ours=[_ours(row) for row in frame.itertuples()],
            ),
            {
                "list_rank": column.NumberColumn("Place", width="small"),
                "title_name": "Title",
                "move": column.TextColumn(
                    "Move", help="Places gained since the list before, if there was one."
                ),
                "ours": column.TextColumn("With us now"),
            },
            rows=20,
        ),
        note=f"{names[key]}, read on {look.day(listed.first.listed_on)}.",
    )


def _list_name(row: Any) -> str:
    platform = PLATFORMS.get(row.platform, look.words(row.platform))
    kind = "films" if row.title_type == "film" else "series"
    if pd.isna(row.service_name):
        return f"{platform}: {look.words(row.list_name).lower()}, {kind}"
    return f"{row.service_name} {row.country}: {row.list_name}, {kind}"


def _move(row: Any) -> str:
    if row.is_new_entry is True:
        return "new"
    if pd.isna(row.places_gained):
        return look.MISSING
    return "same" if row.places_gained == 0 else f"{row.places_gained:+.0f}"


def _ours(row: Any) -> str:
    if not pd.isna(row.watched_rank):
        viewers = "1 viewer" if row.viewer_count == 1 else f"{row.viewer_count:.0f} viewers"
        return f"place {row.watched_rank:.0f}, {viewers}"
    return "not watched" if row.is_in_catalogue else "not in our catalogue"
