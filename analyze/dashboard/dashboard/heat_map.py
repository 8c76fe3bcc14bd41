"""Heat maps: a cell for each pair, and nothing where nothing is known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import altair as alt

from dashboard import look
from dashboard.charts import ROW, finished

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

MANY = 14
"""More columns than this leave out names that have no room."""


def draw(
    frame: pd.DataFrame,
    *,
    x: str,
    y: str,
    value: str,
    x_title: str | None,
    y_title: str | None,
    unit: str,
    number: str,
    x_order: Sequence[Any] | None = None,
    y_order: Sequence[Any] | None = None,
    middle: float | None = None,
    cell_text: bool = True,
    text: str | None = None,
    tooltips: Sequence[alt.Tooltip] = (),
    description: str,
) -> alt.LayerChart:
    """Draw a cell for each row; where there is no row the page shows through, never a nought.

    Args:
        frame: A row for each cell.
        x: Column of the columns.
        y: Column of the rows.
        value: Column of the values.
        x_title: Title of the columns.
        y_title: Title of the rows.
        unit: What the colours say.
        number: Format of the values.
        x_order: The columns in their order, those without a cell among them.
        y_order: The rows in their order.
        middle: With it, colours go two ways from here, as far one way as the other.
        cell_text: Whether the value is written into each cell.
        text: Column of words to write there in place of the value.
        tooltips: What to show at the pointer besides the value.
        description: What the chart shows, for screen readers.
    """
    least, most = float(frame[value].min()), float(frame[value].max())
    if middle is None:
        scale = alt.Scale(domain=[0, most or 1], range=list(look.scale_ends()), interpolate="lab")
        low, high = look.text_on_scale()
        # The scale runs from the colour of the page to one that needs the other ink.
        ink = alt.condition(alt.datum[value] > most * 0.55, alt.value(high), alt.value(low))
    else:
        reach = max(most - middle, middle - least) or 1
        scale = alt.Scale(
            domain=[middle - reach, middle, middle + reach],
            range=list(look.opposite_ends()),
            interpolate="lab",
        )
        ink = _ink_on_opposites(value, middle, reach)
    columns = list(x_order) if x_order is not None else sorted(frame[x].unique())
    rows = list(y_order) if y_order is not None else sorted(frame[y].unique())
    room = sum(max(len(str(name)), 2) * 7 + 4 for name in columns)
    base = alt.Chart(frame).encode(
        x=alt.X(
            f"{x}:O",
            title=x_title,
            scale=alt.Scale(domain=columns),
            sort=None,
            axis=alt.Axis(
                # On a phone names have no room beside each other.
                labelAngle=alt.ExprRef(f"width < {room} ? -45 : 0"),
                labelAlign=alt.ExprRef(f"width < {room} ? 'right' : 'center'"),
                labelOverlap=len(columns) > MANY,
                ticks=False,
                domain=False,
            ),
        ),
        y=alt.Y(
            f"{y}:O",
            title=y_title,
            scale=alt.Scale(domain=rows),
            sort=None,
            axis=alt.Axis(ticks=False, domain=False, labelLimit=150, labelOverlap=False),
        ),
        tooltip=[*tooltips, alt.Tooltip(f"{value}:Q", title=unit, format=number)],
    )
    cells = base.mark_rect(cornerRadius=2).encode(
        color=alt.Color(
            f"{value}:Q",
            scale=scale,
            legend=alt.Legend(
                title=unit, orient="top", format=number, gradientLength=180, titleLimit=400
            ),
        )
    )
    layers: list[alt.Chart] = [cells]
    if cell_text:
        layers.append(
            base.mark_text(fontSize=alt.ExprRef("width < 400 ? 8 : 11")).encode(
                text=alt.Text(f"{text}:N") if text else alt.Text(f"{value}:Q", format=number),
                color=ink,
            )
        )
    return finished(*layers, description=description, height=len(rows) * ROW + 160)


def _ink_on_opposites(value: str, middle: float, reach: float) -> Any:
    """Return the text's colour on a scale that goes two ways: its ends need another ink."""
    near, far = ("#FFFFFF", "#0B1B28") if look.is_dark() else ("#0B1B28", "#FFFFFF")
    above = alt.datum[value] - middle > reach * 0.6
    below = middle - alt.datum[value] > reach * 0.6
    return alt.condition(above | below, alt.value(far), alt.value(near))
