"""Colours and numbers, alike on all pages."""

from __future__ import annotations

from typing import Any, Final

import pandas as pd
import streamlit as st

# Okabe and Ito, Color Universal Design (2008): told apart with every kind of colour vision.
BLUE, VERMILLION, GREEN = "#0072B2", "#D55E00", "#009E73"
PURPLE, ORANGE, SKY = "#CC79A7", "#E69F00", "#56B4E9"

MISSING: Final = "\N{EN DASH}"
NAMES = {
    "tv": "TV",
    "app": "Our app",
    "sa": "Streaming Availability",
    "tmdb": "TMDB",
    "tvmaze": "TVmaze",
    "streaming_availability": "Streaming Availability",
}
"""Names of the data that are not words."""

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def is_dark() -> bool:
    """Whether the reader's theme is dark."""
    return st.context.theme.type == "dark"


def scale_ends() -> tuple[str, str]:
    """Return the colours of least and most: the first is close to the page's background."""
    return ("#1B2A3A", "#7CC7F2") if is_dark() else ("#E8F1F8", "#0B4F7D")


def text_on_scale() -> tuple[str, str]:
    """Return the colours of text on the least and on the most of a scale."""
    return ("#FFFFFF", "#0B1B28") if is_dark() else ("#0B1B28", "#FFFFFF")


def opposite_ends() -> tuple[str, str, str]:
    """Return the colours of the most below nought, of nought, and of the most above."""
    middle = "#2A2F38" if is_dark() else "#F4F4F4"
    return (SKY, middle, ORANGE) if is_dark() else (BLUE, middle, VERMILLION)


def count(value: Any) -> str:
    """Return a whole number with thousands, as in 12,345."""
    number = _number(value)
    return MISSING if number is None else f"{number:,.0f}"


def share(value: Any, digits: int = 1) -> str:
    """Return a share as a percentage, as in 57.6%."""
    number = _number(value)
    return MISSING if number is None else f"{number:.{digits}%}"


def change(now: Any, before: Any) -> str | None:
    """Return the relative change, as in +3.1%; None where there is nothing to compare with."""
    new, old = _number(now), _number(before)
    return None if new is None or not old else f"{new / old - 1:+.1%}"


def points(now: Any, before: Any) -> str | None:
    """Return the difference of two shares in percentage points, as in +0.4 pp."""
    new, old = _number(now), _number(before)
    return None if new is None or old is None else f"{(new - old) * 100:+.1f} pp"


def day(value: Any) -> str:
    """Return a day, as in 28 Nov 2026."""
    return MISSING if pd.isna(value) else f"{value.day} {value:%b %Y}"


def moment(value: Any) -> str:
    """Return a time, as in 28 Nov 2026 07:51 UTC."""
    return MISSING if pd.isna(value) else f"{day(value)} {value:%H:%M} UTC"


def words(name: str) -> str:
    """Return a name of the data as words, as in Not watching."""
    return NAMES.get(name, name.replace("_", " ").capitalize())


def number_or_blank(value: Any) -> str:
    """Return a whole number as text, blank where there is none."""
    return "" if pd.isna(value) else f"{value:,.0f}"


def _number(value: Any) -> float | None:
    return None if pd.isna(value) else float(value)
