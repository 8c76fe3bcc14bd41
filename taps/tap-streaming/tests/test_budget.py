"""Spreading a month's budget over its days."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_streaming.budget import Budget, BudgetSpentError, Spent

DAY = timedelta(days=1)


@given(
    st.integers(0, 3000),
    st.dates(date(2026, 1, 1), date(2027, 12, 31)),
    st.lists(st.integers(0, 400), min_size=31, max_size=62),
)
def test_no_month_costs_more_than_its_budget(monthly: int, first: date, wanted: list[int]) -> None:
    spent, by_month = Spent(), dict[tuple[int, int], int]()
    for day, requests in enumerate(wanted):
        today = first + day * DAY
        budget = Budget(monthly, today, [spent])
        done = 0
        while done < requests and budget.left:
            budget.spend(1)
            done += 1
        spent = budget.spent
        month = today.year, today.month
        by_month[month] = by_month.get(month, 0) + done
    assert all(total <= monthly for total in by_month.values())


def test_a_whole_month_can_be_spent() -> None:
    spent, total = Spent(), 0
    for day in range(30):
        budget = Budget(1000, date(2026, 11, 1) + day * DAY, [spent])
        while budget.left:
            budget.spend(1)
            total += 1
        spent = budget.spent
    assert total == 1000


def test_a_days_share_is_not_exceeded_by_many_runs() -> None:
    today, spent, total = date(2026, 11, 1), Spent(), 0
    for _ in range(24):
        budget = Budget(300, today, [spent])
        while budget.left:
            budget.spend(1)
            total += 1
        spent = budget.spent
    assert total == 10


def test_what_would_cost_too_much_is_not_spent() -> None:
    budget = Budget(30, date(2026, 11, 1))
    with pytest.raises(BudgetSpentError):
        budget.spend(2)
    assert budget.left == 1


def test_streams_share_a_budget() -> None:
    today = date(2026, 11, 10)
    others = [Spent(today, 3, 40), Spent(today - DAY, 5, 60), Spent(date(2026, 10, 31), 9, 900)]
    assert Budget(1000, today, others).spent == Spent(today, 3, 100)


def test_the_platform_knows_better_what_was_spent() -> None:
    today = date(2026, 11, 30)
    assert Budget(1000, today, [Spent(today, 5, 10)], used=990).left == 10


@pytest.mark.parametrize(
    "state",
    [None, 5, {}, {"day": "soon", "today": 1, "month": 1}, {"day": "2026-11-01"},
     {"day": 5, "today": 1, "month": 1}, {"day": "2026-11-01", "today": "x", "month": None}],
)  # fmt: skip
def test_a_state_that_makes_no_sense_is_nothing_spent(state: Any) -> None:
    assert Spent.from_state(state) == Spent()


def test_a_state_comes_back_as_it_went() -> None:
    spent = Spent(date(2026, 11, 1), 2, 30)
    assert Spent.from_state(spent.as_state()) == spent
