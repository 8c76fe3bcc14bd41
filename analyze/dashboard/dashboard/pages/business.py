"""What customers pay, what moved it, and who leaves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from dashboard import charts, look, parts
from dashboard.warehouse import ask

if TYPE_CHECKING:
    import pandas as pd

    from dashboard.warehouse import Answer

SPANS = {13: "13 months", 25: "25 months", 121: "10 years"}
MOVEMENTS = {
    "new_mrr": ("New", look.BLUE),
    "reactivation_mrr": ("Reactivation", look.SKY),
    "expansion_mrr": ("Expansion", look.GREEN),
    "contraction_mrr": ("Contraction", look.ORANGE),
    "churn_mrr": ("Churn", look.VERMILLION),
}


def page() -> None:
    """Draw the page."""
    parts.heading(
        "Business", "What do customers pay a month, what moved it, and why do they leave?"
    )
    with parts.filters():
        months = st.segmented_control(
            "Months", list(SPANS), default=13, format_func=SPANS.__getitem__, key="business_months"
        )
        country = parts.one_of(
            "Country of the account",
            ask("business/countries").frame.country,
            key="business_country",
            every="All countries",
        )
    chosen = {"months": months or 13, "country": country}
    movements, churn = ask("business/movements", **chosen), ask("business/churn", **chosen)
    if movements.frame.empty:
        st.info(parts.NOTHING, icon=":material/inbox:")
        return
    currency = str(movements.first.reporting_currency)
    _show_numbers(movements, churn, currency)
    parts.figure(
        "Monthly recurring revenue",
        movements,
        lambda frame: parts.chart(
            charts.lines(
                frame,
                x="month_starts_on",
                series={"ending_mrr": "MRR at the close of the month"},
                unit=f"MRR, {currency}",
                monthly=True,
                description="MRR by month.",
            )
        ),
        note="At planning rates; not invoices. The last month is running and stands as it is.",
    )
    parts.figure(
        "What moved it",
        movements,
        lambda frame: parts.chart(
            charts.movements(
                frame,
                x="month_starts_on",
                parts=MOVEMENTS,
                unit=f"Change of MRR, {currency}",
                description="Movements of MRR by month: new, reactivation, expansion, contraction, "
                "churn.",
            )
        ),
        note="The line is the net change: the start of a month and its movements make its end.",
    )
    left, right = st.columns(2)
    with left:
        parts.figure(
            "Churn",
            churn,
            lambda frame: parts.chart(
                charts.lines(
                    frame,
                    x="month_starts_on",
                    series={"customer_churn_rate": "Customers", "revenue_churn_rate": "MRR"},
                    unit="Share lost in the month",
                    number=".1%",
                    monthly=True,
                    description="Monthly churn of customers and of MRR.",
                )
            ),
            note="Months that are over. Customers who came in the month are in neither side.",
            empty="No month is over yet.",
        )
    with right:
        parts.figure(
            "Why customers left",
            ask("business/reasons", **chosen),
            lambda frame: parts.chart(
                charts.ranking(
                    frame.assign(churn_reason=frame.churn_reason.map(look.words)),
                    label="churn_reason",
                    value="customers",
                    unit="Customers lost",
                    tooltips={"mrr": f"MRR lost, {currency}"},
                    description="Lost customers by reason, the most frequent first.",
                )
            ),
            empty="Nobody was lost.",
        )
    parts.figure(
        "MRR by plan today",
        ask("business/plans", country=country),
        lambda frame: parts.chart(
            charts.ranking(
                frame,
                label="plan_name",
                value="mrr",
                unit=f"MRR, {currency}",
                tooltips={"subscriptions": "Subscriptions"},
                description="MRR by plan, the largest first.",
            )
        ),
    )


def _show_numbers(movements: Answer, churn: Answer, currency: str) -> None:
    newest = movements.frame.iloc[-1]
    over: pd.Series[float] | None = churn.frame.iloc[-1] if len(churn.frame) else None
    average = newest.ending_mrr / newest.customers if newest.customers else None
    running = "" if newest.is_month_over else ", running"
    parts.numbers(
        f"{newest.month_starts_on:%B %Y}{running}",
        [movements, churn],
        [
            {
                "label": f"MRR, {currency}",
                "value": look.count(newest.ending_mrr),
                "delta": look.change(newest.ending_mrr, newest.starting_mrr),
                "help": "Against the close of the month before.",
            },
            {"label": "Paying customers", "value": look.count(newest.customers)},
            {
                "label": f"Per customer, {currency}",
                "value": look.MISSING if average is None else f"{average:,.2f}",
            },
            {
                "label": "Customer churn",
                "value": look.MISSING if over is None else look.share(over.customer_churn_rate),
                "help": "Of the last month that is over.",
            },
            {
                "label": "Trials paid for",
                "value": look.MISSING if over is None else look.share(over.trial_conversion_rate),
                "help": "Of the trials that ended in the last month that is over.",
            },
        ],
    )
