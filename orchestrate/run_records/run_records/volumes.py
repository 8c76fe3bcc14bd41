"""Is the number of rows that a stream brought unlike those of the runs before.

Rows of an hour differ by the hour and the day, so a load is compared with those of the same hour of
the week, or, while there are not enough of them, with the newest ones. Medians are used, since one
odd load must not decide what is usual, and logarithms, since loads differ by factors.
"""

from __future__ import annotations

import datetime as dt
import itertools
import math
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

LOOK_BACK = dt.timedelta(days=42)
"""How far the history reaches: six loads of the same hour of the week."""

SAME_HOUR = dt.timedelta(minutes=30)
ENOUGH_OF_THE_HOUR = 5
ENOUGH = 12
"""Fewer earlier loads say nothing."""

MOST = 48
"""Of the newest loads: two days of hourly ones."""

DEVIATIONS = 5.0
"""How many standard deviations are unusual, estimated from the median absolute deviation."""

SMALLEST_DEVIATION = 0.25
"""In logarithms: a load within a factor of 3.5 (five times this) is never unusual."""

SMALLEST_DIFFERENCE = 100
"""Rows: where there are few, one is a large share."""

MAD_TO_DEVIATION = 1.4826
"""Of a normal distribution."""

LATE = 2.0
"""A run that comes after more than this many usual pauses brings more; that is no news."""

WEEK = dt.timedelta(days=7)


@dataclass(frozen=True)
class Load:
    """Rows that a run brought."""

    at: dt.datetime
    rows: int


@dataclass(frozen=True)
class Unusual:
    """A load that is unlike those before.

    Attributes:
        rows: That came.
        usual: Median of the loads that it is compared with.
        compared_with: Their number.
    """

    rows: int
    usual: float
    compared_with: int


def judge(load: Load, history: Sequence[Load]) -> Unusual | None:
    """Compare a load with those before it.

    Args:
        load: Rows of the run, and when it started.
        history: Of the same stream in runs of the same command that succeeded and did not read
            everything again.

    Returns:
        What is unusual about it, or None.
    """
    earlier = sorted((one for one in history if one.at < load.at), key=lambda one: one.at)
    if len(earlier) < ENOUGH:
        return None
    same_hour = [one for one in earlier if _is_same_hour_of_week(one.at, load.at)]
    compared = same_hour if len(same_hour) >= ENOUGH_OF_THE_HOUR else earlier[-MOST:]
    usual = median(one.rows for one in compared)
    found = Unusual(load.rows, usual, len(compared))
    if load.rows == 0 and all(one.rows for one in compared):
        return found
    if abs(load.rows - usual) < SMALLEST_DIFFERENCE:
        return None
    if load.rows > usual and _is_late(load, earlier):
        return None
    logs = [math.log1p(one.rows) for one in compared]
    middle = median(logs)
    deviation = MAD_TO_DEVIATION * median(abs(value - middle) for value in logs)
    distance = abs(math.log1p(load.rows) - middle)
    return found if distance > DEVIATIONS * max(deviation, SMALLEST_DEVIATION) else None


def _is_same_hour_of_week(one: dt.datetime, other: dt.datetime) -> bool:
    apart = (one - other) % WEEK
    return min(apart, WEEK - apart) <= SAME_HOUR


def _is_late(load: Load, earlier: Sequence[Load]) -> bool:
    pauses = [(later.at - one.at).total_seconds() for one, later in itertools.pairwise(earlier)]
    return (load.at - earlier[-1].at).total_seconds() > LATE * median(pauses)
