"""The rule on made-up histories; what it does to months of them is in docs/decisions.md."""

from __future__ import annotations

import datetime as dt
import math
import random

import pytest

from run_records.volumes import ENOUGH, SMALLEST_DIFFERENCE, Load, judge

NOW = dt.datetime(2026, 6, 1, 12, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)


def hourly(*rows: int) -> list[Load]:
    return [Load(NOW - HOUR * (len(rows) - place), count) for place, count in enumerate(rows)]


def verdict(rows: int, history: list[Load]) -> str | None:
    found = judge(Load(NOW, rows), history)
    return (
        None if found is None else "none" if rows == 0 else "less" if rows < found.usual else "more"
    )


@pytest.mark.parametrize(
    ("rows", "expected"),
    [(0, "none"), (100, "less"), (400, None), (1000, None), (3000, None), (10_000, "more")],
)
def test_a_factor_of_several_is_unusual(rows: int, expected: str | None) -> None:
    history = hourly(*[900, 1000, 1100, 1000] * 5)
    assert verdict(rows, history) == expected


def test_without_enough_history_nothing_is_said() -> None:
    assert verdict(0, hourly(*[1000] * (ENOUGH - 1))) is None
    assert verdict(0, hourly(*[1000] * ENOUGH)) == "none"
    assert verdict(0, []) is None


def test_nothing_is_unusual_only_where_something_always_came() -> None:
    assert verdict(0, hourly(*[1] * 20)) == "none"
    assert verdict(0, hourly(*[1] * 20, 0)) is None


def test_few_rows_more_or_less_say_nothing() -> None:
    assert verdict(3 + SMALLEST_DIFFERENCE - 1, hourly(*[3] * 20)) is None
    assert verdict(3 + SMALLEST_DIFFERENCE, hourly(*[3] * 20)) == "more"


def test_one_odd_load_does_not_decide_what_is_usual() -> None:
    assert verdict(1000, hourly(*[1000] * 20, 1_000_000, 0)) is None
    assert verdict(20_000, hourly(*[1000] * 20, 1_000_000, 0)) == "more"


def test_where_loads_differ_much_more_is_usual() -> None:
    assert verdict(9000, hourly(*[100, 1000, 10_000] * 8)) is None


def test_an_hour_is_compared_with_the_same_hour_of_other_weeks() -> None:
    busy = [Load(NOW - dt.timedelta(weeks=week), 50_000) for week in range(1, 6)]
    quiet = hourly(*[10] * 100)
    assert verdict(50_000, quiet) == "more"
    assert verdict(50_000, busy + quiet) is None
    assert verdict(10, busy + quiet) == "less"


def test_a_late_run_may_bring_more_but_not_less() -> None:
    before = [Load(one.at - dt.timedelta(hours=9), one.rows) for one in hourly(*[1000] * 20)]
    assert verdict(10_000, before) is None
    assert verdict(100, before) == "less"


def test_what_comes_later_is_no_history() -> None:
    later = [Load(NOW + HOUR * place, 1000) for place in range(20)]
    assert verdict(0, later) is None


def made_up_hours(seed: int, weeks: int) -> list[Load]:
    """Return hourly loads of a service: day and night, week-ends, growth, and chance."""
    chance = random.Random(seed)
    start = NOW - dt.timedelta(weeks=weeks)
    found = []
    for hour in range(weeks * 7 * 24):
        at = start + HOUR * hour
        day = 1.2 - math.cos((at.hour - 4) / 24 * 2 * math.pi)
        usual = 400 * day * (1.4 if at.weekday() >= 5 else 1) * 1.01 ** (hour / 168)
        found.append(Load(at, round(usual * chance.lognormvariate(0, 0.25))))
    return found


def test_an_ordinary_week_raises_no_alarm_and_a_broken_hour_does() -> None:
    loads = made_up_hours(seed=7, weeks=8)
    tested = range(len(loads) - 7 * 24, len(loads))
    window = dt.timedelta(days=42)

    def alarms(factor: float) -> int:
        return sum(
            judge(
                Load(loads[place].at, round(loads[place].rows * factor)),
                [one for one in loads[:place] if one.at >= loads[place].at - window],
            )
            is not None
            for place in tested
        )

    assert alarms(1) == 0
    assert alarms(0) == len(tested)
    assert alarms(10) > 0.95 * len(tested)
