"""Charts: each with a title of its axis, its unit, and words for those who cannot see it."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import altair as alt

from dashboard import look

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

HEIGHT = 260
ROW = 26
"""Height of a bar with its label, and of a row of a heat map."""

_DAYS = alt.Axis(format="%-d %b", title=None, grid=False, labelOverlap=True, tickCount=6)
_MONTHS = alt.Axis(format="%b %Y", title=None, grid=False, labelOverlap=True, tickCount=6)
_LEGEND = alt.Legend(
    orient="top",
    title=None,
    direction="horizontal",
    columns=alt.ExprRef("width < 400 ? 2 : 6"),
    labelLimit=200,
)


def lines(
    frame: pd.DataFrame,
    *,
    x: str,
    series: dict[str, str],
    unit: str,
    colors: Sequence[str] = (look.BLUE, look.VERMILLION, look.GREEN),
    number: str = ",.0f",
    monthly: bool = False,
    points: bool = False,
    description: str,
) -> alt.LayerChart:
    """Draw a line for each of some columns, with all values of a day at the pointer.

    Args:
        frame: A row for each day or month.
        x: Column of days or months.
        series: Label of each column that is drawn.
        unit: Title of the axis of values.
        colors: One for each line.
        number: Format of the values, as d3 has it.
        monthly: Whether ``x`` holds months.
        points: Whether each value is marked; months always are.
        description: What the chart shows, for screen readers.
    """
    long = frame.melt(id_vars=[x], value_vars=list(series), var_name="series", value_name="value")
    long["series"] = long["series"].map(series)
    labels = list(series.values())
    legend = _LEGEND if len(labels) > 1 else None
    scale = alt.Scale(domain=labels, range=list(colors[: len(labels)]))
    when = alt.X(f"{x}:T", axis=_MONTHS if monthly else _DAYS)
    value = alt.Y("value:Q", title=unit, axis=alt.Axis(format=number, tickCount=5), scale=_from_0())
    drawn = (
        alt.Chart(long)
        .mark_line(strokeWidth=2, point=monthly or points)
        .encode(
            x=when,
            y=value,
            color=alt.Color("series:N", scale=scale, legend=legend),
            strokeDash=alt.StrokeDash(
                "series:N",
                scale=alt.Scale(domain=labels, range=[[1, 0], [6, 2], [2, 2]]),
                legend=legend,
            ),
        )
    )
    nearest = alt.selection_point(
        nearest=True, on="pointerover", fields=[x], empty=False, clear="pointerout"
    )
    tips = [
        alt.Tooltip(f"{x}:T", title="Month" if monthly else "Day (UTC)", format=_when(monthly)),
        *(alt.Tooltip(f"{c}:Q", title=label, format=number) for c, label in series.items()),
    ]
    rule = (
        alt.Chart(frame)
        .mark_rule(color="#8A8F98")
        .encode(x=when, opacity=alt.condition(nearest, alt.value(0.9), alt.value(0)), tooltip=tips)
        .add_params(nearest)
    )
    return finished(drawn, rule, description=description)


def _from_0() -> alt.Scale:
    return alt.Scale(zero=True, nice=True)


def _when(monthly: bool) -> str:  # noqa: FBT001
    return "%B %Y" if monthly else "%a %-d %b %Y"


def bars_by_day(
    frame: pd.DataFrame, *, x: str, y: str, unit: str, number: str = ",.0f", description: str
) -> alt.LayerChart:
    """Draw one column over the days as bars from nought.

    Args:
        frame: A row for each day.
        x: Column of days.
        y: Column of values.
        unit: Title of the axis of values.
        number: Format of the values.
        description: What the chart shows, for screen readers.
    """
    bars = (
        alt.Chart(frame)
        .mark_bar(color=look.BLUE, binSpacing=1)
        .encode(
            x=alt.X(f"{x}:T", axis=_DAYS, timeUnit="yearmonthdate"),
            y=alt.Y(f"{y}:Q", title=unit, axis=alt.Axis(format=number, tickCount=5)),
            tooltip=[
                alt.Tooltip(f"{x}:T", title="Day (UTC)", format=_when(monthly=False)),
                alt.Tooltip(f"{y}:Q", title=unit, format=number),
            ],
        )
    )
    return finished(bars, description=description)


def columns(
    frame: pd.DataFrame,
    *,
    x: str,
    y: str,
    x_title: str,
    unit: str,
    x_order: Sequence[int],
    description: str,
) -> alt.LayerChart:
    """Draw a column from nought for each whole number.

    Args:
        frame: A row for each number that there is.
        x: Column of the numbers.
        y: Column of the values.
        x_title: Title of the axis of numbers.
        unit: Title of the axis of values.
        x_order: All numbers, those without a row among them.
        description: What the chart shows, for screen readers.
    """
    bars = (
        alt.Chart(frame)
        .mark_bar(color=look.BLUE)
        .encode(
            x=alt.X(
                f"{x}:O",
                title=x_title,
                scale=alt.Scale(domain=list(x_order)),
                axis=alt.Axis(labelAngle=0, labelOverlap=True),
            ),
            y=alt.Y(f"{y}:Q", title=unit, axis=alt.Axis(format=",.0f", tickCount=5)),
            tooltip=[
                alt.Tooltip(f"{x}:Q", title=x_title),
                alt.Tooltip(f"{y}:Q", title=unit, format=",.0f"),
            ],
        )
    )
    return finished(bars, description=description)


def curve(
    frame: pd.DataFrame, *, x: str, y: str, x_title: str, y_title: str, description: str
) -> alt.LayerChart:
    """Draw a share that falls from all to none, over percents from 0 to 100.

    Args:
        frame: A row for each step.
        x: Column of percents.
        y: Column of shares.
        x_title: Title of the axis of percents.
        y_title: Title of the axis of shares.
        description: What the chart shows, for screen readers.
    """
    base = alt.Chart(frame).encode(
        x=alt.X(
            f"{x}:Q",
            title=x_title,
            scale=alt.Scale(domain=[0, 100]),
            axis=alt.Axis(tickCount=5, grid=False),
        ),
        y=alt.Y(
            f"{y}:Q",
            title=y_title,
            scale=alt.Scale(domain=[0, 1]),
            axis=alt.Axis(format=".0%", tickCount=5),
        ),
        tooltip=[
            alt.Tooltip(f"{x}:Q", title=x_title),
            alt.Tooltip(f"{y}:Q", title=y_title, format=".1%"),
        ],
    )
    area = base.mark_area(color=look.BLUE, opacity=0.25)
    line = base.mark_line(color=look.BLUE, point=alt.OverlayMarkDef(color=look.BLUE, size=25))
    return finished(area, line, description=description)


def ranking(
    frame: pd.DataFrame,
    *,
    label: str,
    value: str,
    unit: str,
    number: str = ",.0f",
    label_limit: int = 170,
    tooltips: dict[str, str] | None = None,
    description: str,
) -> alt.LayerChart:
    """Draw a horizontal bar for each row, in the order of the rows, with its value beside it.

    Args:
        frame: A row for each bar.
        label: Column of the names.
        value: Column of the values.
        unit: Title of the axis of values.
        number: Format of the values.
        label_limit: Pixels of a name before it is cut.
        tooltips: Label of each further column to show at the pointer.
        description: What the chart shows, for screen readers.
    """
    base = alt.Chart(frame).encode(
        y=alt.Y(
            f"{label}:N",
            sort=list(frame[label]),
            title=None,
            axis=alt.Axis(labelLimit=label_limit, labelOverlap=False, ticks=False, domain=False),
        ),
        x=alt.X(
            f"{value}:Q",
            title=unit,
            axis=alt.Axis(labels=False, ticks=False, grid=False, domain=False),
            # Room for the numbers beside the longest bar.
            scale=alt.Scale(domainMin=0, domainMax=float(frame[value].max() or 1) * 1.2),
        ),
        tooltip=[
            alt.Tooltip(f"{label}:N", title="Name"),
            alt.Tooltip(f"{value}:Q", title=unit, format=number),
            *(alt.Tooltip(f"{name}:Q", title=said) for name, said in (tooltips or {}).items()),
        ],
    )
    bars = base.mark_bar(color=look.BLUE, cornerRadiusEnd=2, height={"band": 0.7})
    text = base.mark_text(align="left", dx=4, color=_ink()).encode(
        text=alt.Text(f"{value}:Q", format=number)
    )
    height = len(frame) * ROW + 60
    return finished(bars, text, description=description, height=height)


def movements(
    frame: pd.DataFrame, *, x: str, parts: dict[str, tuple[str, str]], unit: str, description: str
) -> alt.LayerChart:
    """Draw what came and what went in each month, stacked from nought, and their sum as a line.

    Args:
        frame: A row for each month.
        x: Column of months.
        parts: Label and colour of each column.
        unit: Title of the axis of values.
        description: What the chart shows, for screen readers.
    """
    long = frame.melt(id_vars=[x], value_vars=list(parts), var_name="part", value_name="value")
    long["part"] = long["part"].map({name: label for name, (label, _) in parts.items()})
    labels = [label for label, _ in parts.values()]
    when = alt.X(f"{x}:T", timeUnit="yearmonth", axis=_MONTHS, bandPosition=0.5)
    bars = (
        alt.Chart(long)
        .mark_bar()
        .encode(
            x=when,
            y=alt.Y("sum(value):Q", title=unit, axis=alt.Axis(format=",.0f", tickCount=6)),
            color=alt.Color(
                "part:N",
                scale=alt.Scale(domain=labels, range=[color for _, color in parts.values()]),
                legend=_LEGEND,
            ),
            tooltip=[
                alt.Tooltip(f"{x}:T", title="Month", format="%B %Y"),
                alt.Tooltip("part:N", title="Movement"),
                alt.Tooltip("sum(value):Q", title=unit, format="+,.0f"),
            ],
        )
    )
    net = (
        alt.Chart(long)
        .mark_line(
            color=_ink(), point=alt.OverlayMarkDef(color=_ink(), filled=True), strokeWidth=1.5
        )
        .encode(
            x=when,
            y="sum(value):Q",
            tooltip=[
                alt.Tooltip(f"{x}:T", title="Month", format="%B %Y"),
                alt.Tooltip("sum(value):Q", title="Net change", format="+,.0f"),
            ],
        )
    )
    return finished(bars, net, description=description)


def _ink() -> str:
    return "#E6E9EE" if look.is_dark() else "#31333F"


def finished(*layers: alt.Chart, description: str, height: int = HEIGHT) -> alt.LayerChart:
    """Return layers as one chart, as high as all of them and without a frame.

    Args:
        *layers: What is drawn over each other.
        description: What the chart shows, for screen readers.
        height: Pixels, axes and legend among them.
    """
    chart = cast("alt.LayerChart", alt.layer(*layers))
    done = chart.properties(height=height, description=description).configure_view(strokeWidth=0)
    return cast("alt.LayerChart", done)
