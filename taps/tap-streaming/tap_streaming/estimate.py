"""What the next run will cost, said before it is made."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_streaming.budget import BudgetSpentError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tap_streaming.client import PlatformStream


def estimate(streams: Iterable[PlatformStream]) -> Iterator[str]:
    """Yield lines that say how many requests each stream and each platform will take.

    To know, a few requests are made: one per list whose length is not known, and day of a feed.

    Args:
        streams: The selected streams.

    Raises:
        TapError: if a platform cannot be asked.
    """
    by_platform: dict[str, list[PlatformStream]] = {}
    for stream in streams:
        by_platform.setdefault(stream.platform.key, []).append(stream)
    for members in by_platform.values():
        yield from _of_platform(members)


def _of_platform(streams: list[PlatformStream]) -> Iterator[str]:
    platform, config = streams[0].platform, streams[0].config
    if not platform.is_configured(config) and platform.optional:
        yield f"{platform.title}: nothing, since {platform.token_setting} is not set"
        return
    total = 0
    lines = []
    for stream in streams:
        try:
            cost = stream.cost()
        except BudgetSpentError:
            lines.append(f"  {stream.name}: not known, since today's share is spent")
            continue
        total += cost
        lines.append(f"  {stream.name}: {cost:,}")
    client = streams[0].client
    rate = float(config[platform.rate_setting])
    line = f"{platform.title}: about {total:,} requests, {_span(total / rate)} at {rate:g} a second"
    if client.budget is not None:
        budget = client.budget
        line = (
            f"{platform.title}: about {total:,} of {budget.left:,} that may be spent today"
            f" ({budget.spent.month:,} of {budget.monthly:,} spent this month)"
        )
        if total > budget.left:
            line += "; later runs read what is left"
    yield line
    yield from lines
    yield f"  ({client.requests} requests were made to find out)"


def _span(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
