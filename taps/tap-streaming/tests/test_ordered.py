"""Doing many things at once: order, how far it runs ahead, errors, and giving up early."""

from __future__ import annotations

import threading
from itertools import count, islice

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tap_streaming.ordered import in_order


@settings(deadline=None, max_examples=40)
@given(st.lists(st.integers()), st.integers(1, 8), st.integers(0, 8))
def test_results_come_in_the_order_of_the_items(items: list[int], workers: int, more: int) -> None:
    found = list(in_order(lambda n: n * 2, items, workers=workers, ahead=workers + more))
    assert found == [(item, item * 2) for item in items]


def test_several_run_at_once() -> None:
    meeting = threading.Barrier(4, timeout=20)
    assert len(list(in_order(lambda _: meeting.wait(), range(8), workers=4, ahead=8))) == 8


def test_it_runs_no_further_ahead_than_told() -> None:
    taken: list[int] = []

    def items() -> object:
        for number in count():
            taken.append(number)
            yield number

    results = in_order(lambda n: n, items(), workers=2, ahead=5)  # type: ignore[arg-type]
    assert [result for _, result in islice(results, 10)] == list(range(10))
    results.close()  # type: ignore[attr-defined]
    assert len(taken) <= 10 + 5


def test_an_error_comes_in_its_place() -> None:
    def work(number: int) -> int:
        if number == 3:
            message = "three"
            raise ValueError(message)
        return number

    results = in_order(work, range(100), workers=4, ahead=16)
    assert [next(results)[1] for _ in range(3)] == [0, 1, 2]
    with pytest.raises(ValueError, match="three"):
        next(results)


def test_what_has_not_begun_is_not_done_when_nobody_wants_it() -> None:
    begun: list[int] = []
    gate = threading.Event()

    def work(number: int) -> int:
        begun.append(number)
        if number:
            gate.wait(20)
        return number

    before = threading.active_count()
    results = in_order(work, range(100), workers=2, ahead=50)
    assert next(results) == (0, 0)
    results.close()  # type: ignore[attr-defined]
    gate.set()
    for thread in threading.enumerate():
        if thread.daemon and thread is not threading.current_thread():
            thread.join(0.5)
    assert threading.active_count() <= before
    assert len(begun) <= 4
