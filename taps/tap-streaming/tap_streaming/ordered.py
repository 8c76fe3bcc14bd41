"""Doing many things at once and handing out the results in order."""

from __future__ import annotations

import threading
from collections import deque
from concurrent.futures import Future
from queue import SimpleQueue
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

Item = TypeVar("Item")
Result = TypeVar("Result")


def in_order(
    work: Callable[[Item], Result], items: Iterable[Item], *, workers: int, ahead: int
) -> Iterator[tuple[Item, Result]]:
    """Do work on each item, several at once, and yield the results in the order of the items.

    Items are taken one by one and no more than ``ahead`` of what has been yielded, so memory does
    not depend on their number. An exception is raised in its item's place, after all earlier
    results. The threads are daemons: a run that is told to end does not wait for answers. (An
    executor's threads are waited for at exit.)

    Args:
        work: Called in several threads.
        items: Taken in the caller's thread.
        workers: Number of threads; 1 means that nothing runs ahead.
        ahead: Items taken before the result of the first is yielded, at least ``workers``.
    """
    if workers == 1:
        for item in items:
            yield item, work(item)
        return
    jobs: SimpleQueue[tuple[Future[Result], Item] | None] = SimpleQueue()
    waiting: deque[tuple[Item, Future[Result]]] = deque()
    threads = 0
    try:
        for item in items:
            future: Future[Result] = Future()
            waiting.append((item, future))
            jobs.put((future, item))
            if threads < workers:
                threads += 1
                threading.Thread(target=_run, args=(work, jobs), daemon=True).start()
            if len(waiting) >= ahead:
                done, future = waiting.popleft()
                yield done, future.result()
        while waiting:
            done, future = waiting.popleft()
            yield done, future.result()
    finally:
        for _, future in waiting:
            future.cancel()
        for _ in range(threads):
            jobs.put(None)


def _run(
    work: Callable[[Item], Result], jobs: SimpleQueue[tuple[Future[Result], Item] | None]
) -> None:
    while (job := jobs.get()) is not None:
        future, item = job
        if not future.set_running_or_notify_cancel():
            continue
        try:
            result = work(item)
        except BaseException as error:  # noqa: BLE001
            future.set_exception(error)
        else:
            future.set_result(result)
