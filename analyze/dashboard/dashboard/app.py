"""The pages, their navigation, and what is said when there is no answer."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from dashboard import warehouse
from dashboard.pages import audience, business, catalogue, health, overview, title, titles, trending
from dashboard.warehouse import MartsError

if TYPE_CHECKING:
    from collections.abc import Callable

    from streamlit.navigation.page import StreamlitPage


# A named icon would be fetched from Google as the tab's icon.
ICON = Path(__file__).with_name("icon.png")

STYLE = """
.stMainBlockContainer {padding: 3rem clamp(1rem, 3vw, 3rem) 4rem;}
[data-testid="stCaptionContainer"] {color: inherit !important; opacity: 0.85 !important;}
"""
"""Streamlit leaves a wide margin, which charts and phones need, and its captions are too pale."""


def main() -> None:
    """Show the page that the reader asked for."""
    st.set_page_config(page_title="Streaming", page_icon=str(ICON), layout="wide")
    st.html(f"<style>{STYLE}</style>")
    page = st.navigation(_pages())
    with st.sidebar:
        if st.button("Read again", icon=":material/refresh:", help="Forget what was read before."):
            warehouse.forget()
            st.rerun()
        st.caption(
            f"Answers are kept for {warehouse.TTL.seconds // 60} minutes. All days and times are "
            "UTC, unless it says otherwise."
        )
    page.run()


def _pages() -> list[StreamlitPage]:
    one_title = st.Page(
        guarded(title.page), title="One title", icon=":material/movie_info:", url_path="title"
    )
    return [
        st.Page(
            guarded(overview.page), title="Overview", icon=":material/dashboard:", default=True
        ),
        st.Page(
            guarded(lambda: titles.page(one_title)),
            title="Titles",
            icon=":material/movie:",
            url_path="titles",
        ),
        one_title,
        st.Page(
            guarded(audience.page), title="Audience", icon=":material/groups:", url_path="audience"
        ),
        st.Page(
            guarded(business.page),
            title="Business",
            icon=":material/payments:",
            url_path="business",
        ),
        st.Page(
            guarded(catalogue.page),
            title="Catalogue and gap",
            icon=":material/library_books:",
            url_path="catalogue",
        ),
        st.Page(
            guarded(trending.page),
            title="Trending now",
            icon=":material/trending_up:",
            url_path="trending",
        ),
        st.Page(
            guarded(health.page),
            title="Data health",
            icon=":material/monitor_heart:",
            url_path="health",
        ),
    ]


def guarded(draw: Callable[[], None]) -> Callable[[], None]:
    """Return a page that says what to do when it cannot be drawn."""

    def page() -> None:
        try:
            draw()
        except MartsError as error:
            st.error(error.what, icon=":material/error:")
            st.markdown(f"**What to do.** {error.remedy}")
            st.button("Try again", on_click=warehouse.forget)

    return page
